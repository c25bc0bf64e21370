//! The service file of libpq: sections of names and values.

use zeroize::Zeroizing;

use crate::model::postgres_url::{PostgresUrl, PostgresUrlProblem};

/// What a service says.
#[derive(Default)]
pub(super) struct Service {
    pub(super) url: PostgresUrl,
    pub(super) password: Option<Zeroizing<String>>,
    pub(super) password_file: Option<String>,
}

/// Finds a service in a service file; `None` if it has none of this name.
///
/// # Errors
/// What is wrong with the service.
pub(super) fn find(text: &str, name: &str) -> Option<Result<Service, PostgresUrlProblem>> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| section(line) == Some(name))?;
    let lines = lines.take_while(|line| section(line).is_none());
    let fields = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut service = Service::default();
    for line in fields {
        let (field, value) = line.split_once('=').unwrap_or((line, ""));
        let (field, value) = (field.trim(), value.trim());
        let set = match field {
            "password" => {
                service.password = Some(Zeroizing::new(value.to_owned()));
                Ok(())
            }
            "passfile" => {
                service.password_file = Some(value.to_owned());
                Ok(())
            }
            _ => service.url.set(field, value),
        };
        if let Err(problem) = set {
            return Some(Err(problem));
        }
    }
    Some(service.url.check().map(|()| service))
}

fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::postgres_url::SslMode;

    const FILE: &str = "# services\n[other]\nhost=other\n\n[ keyform ]\r\nhost = db.example \n\
                        # a comment\nport=6432\nuser=k\ndbname=states\npassword=se=cret\n\
                        passfile=/etc/pass\nsslmode=verify-full\n[last]\nsslmode=require\n[empty]";

    #[test]
    fn a_service_ends_where_the_next_begins() {
        let service = find(FILE, "keyform").expect("it is there").expect("it is right");
        let text = |text: &str| Some(text.to_owned());
        let url = PostgresUrl {
            host: text("db.example"),
            port: Some(6432),
            user: text("k"),
            database: text("states"),
            ssl_mode: Some(SslMode::VerifyFull),
            ..PostgresUrl::default()
        };
        assert_eq!(service.url, url);
        assert_eq!(service.password.as_deref().map(String::as_str), Some("se=cret"));
        assert_eq!(service.password_file, text("/etc/pass"));
        let empty = find(FILE, "empty").expect("it is there").expect("it is right");
        assert_eq!((empty.url, empty.password), (PostgresUrl::default(), None));
    }

    #[test]
    fn what_is_wrong_with_a_service_is_found_only_if_it_is_used() {
        assert!(find(FILE, "none").is_none());
        let unverified = PostgresUrlProblem::Unverified { mode: "require".to_owned() };
        assert_eq!(find(FILE, "last").expect("it is there").err(), Some(unverified));
        let unknown = find("[x]\ngssencmode=disable", "x").expect("it is there").err();
        let name = "gssencmode".to_owned();
        assert_eq!(unknown, Some(PostgresUrlProblem::Parameter { name }));
    }
}

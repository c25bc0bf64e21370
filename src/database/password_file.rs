//! The password file of libpq: lines of `host:port:database:user:password`.

use zeroize::Zeroizing;

/// Whom a password is for.
pub(super) struct Wanted<'a> {
    /// The host; for a socket it is `localhost`.
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password of the first line that fits.
pub(super) fn find(text: &str, wanted: &Wanted<'_>) -> Option<Zeroizing<String>> {
    let port = wanted.port.to_string();
    let values = [wanted.host, &port, wanted.database, wanted.user];
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(fields).find_map(|fields| {
        let [given @ .., password] = fields.as_slice() else { return None };
        let fits = |(given, value): (&Zeroizing<String>, &str)| {
            given.as_str() == "*" || given.as_str() == value
        };
        let is_whole = given.len() == values.len();
        let fits = is_whole && given.iter().zip(values).all(fits);
        fits.then(|| password.clone())
    })
}

/// The fields of a line: `\` stands before a `:` or a `\` that belongs to one. The password is the
/// rest.
fn fields(line: &str) -> Vec<Zeroizing<String>> {
    // No text of it grows, so that no copy of a password is left behind.
    let room = || Zeroizing::new(String::with_capacity(line.len()));
    let mut fields = vec![room()];
    let mut is_escaped = false;
    for character in line.chars() {
        let is_end = character == ':' && !is_escaped && fields.len() < 5;
        is_escaped = character == '\\' && !is_escaped;
        if is_end {
            fields.push(room());
        } else if let Some(field) = fields.last_mut().filter(|_| !is_escaped) {
            field.push(character);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let file = "# host:port:database:user:password\n\
                    db.example:5432:states:keyform:first\n\
                    db.example:*:states:keyform:any-port\n\
                    a\\:b:1:*:back\\\\slash:co:lon\\:s\n\
                    *:*:*:keyform:last\n\
                    short:line\n";
        for (host, port, database, user, password) in [
            ("db.example", 5432, "states", "keyform", Some("first")),
            ("db.example", 6432, "states", "keyform", Some("any-port")),
            ("a:b", 1, "x", "back\\slash", Some("co:lon:s")),
            ("other", 1, "x", "keyform", Some("last")),
            ("other", 1, "x", "root", None),
            ("# host", 1, "x", "root", None),
        ] {
            let found = find(file, &Wanted { host, port, database, user });
            assert_eq!(found.as_deref().map(String::as_str), password, "{host} {user}");
        }
    }
}

//! The fourth link: the file of the vendor's SDKs, in the form of INI.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    Absence, Choice, Credentials, Granted, NotGranted, Problem, Secret, Surroundings,
    instance_role,
    oidc::{Exchange, session_name, sts_host},
    token::TokenFrom,
};
use crate::alicloud::sts::{Role, Sts};

const FILE: &str = "ALIBABA_CLOUD_CREDENTIALS_FILE";
const PROFILE: &str = "ALIBABA_CLOUD_PROFILE";

/// The names below the home directory: one SDK reads the first, another the second.
const NAMES: [&str; 2] = ["credentials.ini", "credentials"];

pub(super) fn ask(around: &Surroundings, choice: &Choice) -> Result<Granted, NotGranted> {
    let (file, bytes) = find(around)?;
    let asked = choice.profile.as_deref().or_else(|| around.variables.get(PROFILE));
    let name = asked.unwrap_or("default");
    let malformed = |flaw: &str| Problem::Malformed { what: file.clone(), flaw: flaw.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed("is no UTF-8"))?;
    let mut sections = parse(text).map_err(|line| {
        malformed(&format!("has neither a section nor `name = value` at line {line}"))
    })?;
    let Some(fields) = sections.remove(name) else {
        let names: Vec<_> = sections.keys().map(|name| format!("`{name}`")).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Absence::NoSuchProfile { file, profile: name.to_owned(), known }.into());
    };
    let place = format!("section `{name}` of {file}");
    Section { around, choice, place, fields }.grant()
}

/// The file and its content.
fn find(around: &Surroundings) -> Result<(String, zeroize::Zeroizing<Vec<u8>>), NotGranted> {
    let named = around.variables.get(FILE).map(PathBuf::from);
    let files = match (&named, &around.home) {
        (Some(file), _) => vec![file.clone()],
        (None, Some(home)) => NAMES.map(|name| home.join(".alibabacloud").join(name)).into(),
        (None, None) => return Err(Absence::NoHome.into()),
    };
    for path in &files {
        match around.files.read(path) {
            Ok(bytes) => return Ok((path.display().to_string(), bytes)),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let (file, reason) = (path.display().to_string(), error.to_string());
                return Err(Problem::Unreadable { file, reason }.into());
            }
        }
    }
    let files: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
    Err(Absence::NoFile { files: files.join(" and no ") }.into())
}

type Fields = BTreeMap<String, Secret>;

/// Reads sections; the number of a line that is none of it otherwise. `#` and `;` begin a comment,
/// behind a value if a blank is before them.
fn parse(text: &str) -> Result<BTreeMap<String, Fields>, usize> {
    let mut sections = BTreeMap::<String, Fields>::new();
    let mut current = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let name = name.0.trim().to_owned();
            sections.entry(name.clone()).or_default();
            current = Some(name);
            continue;
        }
        let fields = current.as_ref().and_then(|name| sections.get_mut(name));
        let (Some(fields), Some((name, value))) = (fields, line.split_once('=')) else {
            return Err(index + 1);
        };
        let value = [" #", " ;", "\t#"]
            .iter()
            .fold(value, |value, mark| value.split_once(mark).map_or(value, |(before, _)| before));
        fields.insert(name.trim().to_ascii_lowercase(), Secret::new(value.trim()));
    }
    Ok(sections)
}

struct Section<'a> {
    around: &'a Surroundings,
    choice: &'a Choice,
    place: String,
    fields: Fields,
}

impl Section<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }

    fn given(&self, missing: &'static str) -> Result<&str, Problem> {
        let place = self.place.clone();
        self.get(missing).ok_or(Problem::Incomplete { place, missing })
    }

    fn grant(&self) -> Result<Granted, NotGranted> {
        let kind = self.get("type").unwrap_or("access_key");
        match kind {
            "access_key" => Ok(Granted::lasting(self.key(None)?, self.place.clone())),
            "sts" => {
                let token = self.given("security_token")?;
                Ok(Granted::lasting(self.key(Some(token))?, self.place.clone()))
            }
            "ram_role_arn" => {
                let base = self.key(self.get("security_token"))?;
                let base = Granted::lasting(base, self.place.clone());
                Ok(self.assume(&base)?)
            }
            "oidc_role_arn" => Ok(self.exchange()?),
            "ecs_ram_role" => match instance_role::get(self.around, self.get("role_name")) {
                Err(NotGranted::Absent(absence)) => {
                    let flaw = format!("has the type ecs_ram_role, and {absence}");
                    Err(Problem::Malformed { what: self.place.clone(), flaw }.into())
                }
                other => other,
            },
            other => {
                let (place, mode) = (self.place.clone(), other.to_owned());
                Err(Problem::UnsupportedMode { place, mode }.into())
            }
        }
    }

    fn key(&self, token: Option<&str>) -> Result<Credentials, Problem> {
        let (id, secret) = (self.get("access_key_id"), self.get("access_key_secret"));
        let names = ["access_key_id", "access_key_secret"];
        Credentials::written(id, secret, token, &self.place, names)
    }

    fn role(&self) -> Result<Role, Problem> {
        Ok(Role {
            arn: self.given("role_arn")?.to_owned(),
            session_name: session_name(self.around, self.get("role_session_name")),
            policy: self.get("policy").map(str::to_owned),
            ..Role::default()
        })
    }

    fn assume(&self, base: &Granted) -> Result<Granted, Problem> {
        let role = self.role()?;
        let sts =
            Sts { around: self.around, host: sts_host(self.around, self.choice, None, false)? };
        let credentials = sts.assume_role(&base.credentials, &role)?;
        let renewal = base.renewal.of_role(&base.credentials);
        let origin = format!("{} (as {})", self.place, role.arn);
        Ok(Granted { credentials, renewal, origin })
    }

    fn exchange(&self) -> Result<Granted, Problem> {
        let exchange = Exchange {
            provider_arn: self.given("oidc_provider_arn")?.to_owned(),
            token: TokenFrom::File(self.given("oidc_token_file_path")?.into()),
            role: self.role()?,
            sts: sts_host(self.around, self.choice, None, false)?,
        };
        exchange.make(self.around, self.place.clone())
    }
}

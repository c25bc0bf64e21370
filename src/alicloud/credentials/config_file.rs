//! The third link: the file of the vendor's command line, and the modes of its profiles.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{
    Absence, Choice, Credentials, Granted, NotGranted, Problem, Renewal, Secret, Surroundings,
    external, instance_role,
    oidc::{Exchange, session_name, sts_host},
    token::TokenFrom,
    uri,
};
use crate::{
    alicloud::{
        http::HttpHost,
        sts::{Role, Sts},
    },
    model::Timestamp,
};

const DISABLED: &str = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED";
const PROFILE: &str = "ALIBABA_CLOUD_PROFILE";

/// The file; the command line has more fields.
#[derive(Deserialize)]
struct ConfigFile {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
}

/// One profile. What is absent and what is empty means the same.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    name: String,
    mode: String,
    access_key_id: Secret,
    access_key_secret: Secret,
    sts_token: Secret,
    sts_expiration: i64,
    ram_role_arn: String,
    ram_session_name: String,
    ram_role_name: String,
    expired_seconds: u32,
    policy: String,
    external_id: String,
    sts_region: String,
    enable_vpc: bool,
    source_profile: String,
    oidc_provider_arn: String,
    oidc_token_file: PathBuf,
    process_command: String,
    credentials_uri: String,
}

pub(super) fn ask(around: &Surroundings, choice: &Choice) -> Result<Granted, NotGranted> {
    if around.variables.is_true(DISABLED) {
        return Err(Absence::TurnedOff { variable: DISABLED }.into());
    }
    let home = around.home.as_ref().ok_or(Absence::NoHome)?;
    let path = home.join(".aliyun").join("config.json");
    let shown = path.display().to_string();
    let Some(content) = read(around, &path, &shown)? else {
        return Err(Absence::NoFile { files: shown }.into());
    };
    let profiles = Profiles { around, choice, file: shown, content };
    let asked = choice.profile.as_deref().or_else(|| around.variables.get(PROFILE));
    let name = match asked {
        // It may be a section of the other file.
        Some(name) if profiles.get(name).is_none() => {
            let (file, profile) = (profiles.file.clone(), name.to_owned());
            return Err(Absence::NoSuchProfile { file, profile, known: profiles.known() }.into());
        }
        Some(name) => name.to_owned(),
        None => profiles.content.current.clone(),
    };
    if name.is_empty() || profiles.get(&name).is_some_and(Profile::is_blank) {
        return Err(Absence::NoProfiles { file: profiles.file }.into());
    }
    profiles.grant(&name, "`current`", &mut Vec::new())
}

/// Reads the file; none if it is not there.
fn read(around: &Surroundings, path: &Path, shown: &str) -> Result<Option<ConfigFile>, Problem> {
    let bytes = match around.files.read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let reason = error.to_string();
            return Err(Problem::Unreadable { file: shown.to_owned(), reason });
        }
    };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    // What serde says could repeat a part of the file.
    let read = serde_json::from_slice(text).map(Some);
    read.map_err(|error| {
        let flaw = format!("has something at line {} that is not expected there", error.line());
        Problem::Malformed { what: shown.to_owned(), flaw }
    })
}

impl Profile {
    /// Whether it is as `aliyun configure` makes it before anything is typed.
    fn is_blank(&self) -> bool {
        let is_key = self.mode.is_empty() || self.mode.eq_ignore_ascii_case("ak");
        is_key && self.access_key_id.is_empty() && self.access_key_secret.is_empty()
    }
}

struct Profiles<'a> {
    around: &'a Surroundings,
    choice: &'a Choice,
    file: String,
    content: ConfigFile,
}

impl Profiles<'_> {
    fn get(&self, name: &str) -> Option<&Profile> {
        self.content.profiles.iter().find(|profile| profile.name == name)
    }

    /// The names of the profiles, for people.
    fn known(&self) -> String {
        let names: Vec<_> =
            self.content.profiles.iter().map(|profile| format!("`{}`", profile.name)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    fn place(&self, profile: &Profile) -> String {
        format!("profile `{}` of {}", profile.name, self.file)
    }

    /// The credentials of a profile; `seen` are those that led to it.
    fn grant(
        &self,
        name: &str,
        named_by: &str,
        seen: &mut Vec<String>,
    ) -> Result<Granted, NotGranted> {
        let Some(profile) = self.get(name) else {
            return Err(Problem::NoProfile {
                file: self.file.clone(),
                profile: name.to_owned(),
                named_by: named_by.to_owned(),
                known: self.known(),
            }
            .into());
        };
        if seen.iter().any(|one| one == name) {
            let (file, profiles) = (self.file.clone(), seen.join(", "));
            return Err(Problem::ProfileCircle { file, profiles }.into());
        }
        seen.push(name.to_owned());
        self.by_mode(profile, seen)
    }

    /// The vendor's command line matches modes without regard to case.
    fn by_mode(&self, profile: &Profile, seen: &mut Vec<String>) -> Result<Granted, NotGranted> {
        let place = self.place(profile);
        match profile.mode.to_ascii_lowercase().as_str() {
            "" | "ak" => {
                let credentials = self.key(profile, None)?;
                Ok(Granted::lasting(credentials, place))
            }
            "ststoken" => Ok(self.token(profile)?),
            "ramrolearn" => {
                let token = Some(profile.sts_token.expose());
                let base = Granted::lasting(self.key(profile, token)?, place.clone());
                Ok(self.role(profile, base)?)
            }
            "chainableramrolearn" => {
                let source = self.given(&profile.source_profile, profile, "source_profile")?;
                let named_by = format!("source_profile of `{}`", profile.name);
                let base = self.grant(source, &named_by, seen)?;
                Ok(self.role(profile, base)?)
            }
            "ecsramrole" => {
                let role = Some(profile.ram_role_name.as_str()).filter(|role| !role.is_empty());
                self.named(instance_role::get(self.around, role), place)
            }
            "oidc" => Ok(self.exchange(profile)?),
            "external" => Ok(external::run(self.around, &profile.process_command, place)?),
            "credentialsuri" => {
                let uri = self.given(&profile.credentials_uri, profile, "credentials_uri")?;
                self.named(uri::get(self.around, &place, uri).map_err(Into::into), place.clone())
            }
            _ => Err(Problem::UnsupportedMode { place, mode: profile.mode.clone() }.into()),
        }
    }

    /// A field that the mode needs.
    fn given<'p>(
        &self,
        value: &'p str,
        profile: &Profile,
        missing: &'static str,
    ) -> Result<&'p str, Problem> {
        let place = self.place(profile);
        Some(value).filter(|value| !value.is_empty()).ok_or(Problem::Incomplete { place, missing })
    }

    fn key(&self, profile: &Profile, token: Option<&str>) -> Result<Credentials, Problem> {
        let (id, secret) = (profile.access_key_id.expose(), profile.access_key_secret.expose());
        let names = ["access_key_id", "access_key_secret"];
        Credentials::written(Some(id), Some(secret), token, &self.place(profile), names)
    }

    /// Temporary credentials, written into the file by a person or a program.
    fn token(&self, profile: &Profile) -> Result<Granted, Problem> {
        let token = self.given(profile.sts_token.expose(), profile, "sts_token")?;
        let mut credentials = self.key(profile, Some(token))?;
        let written = Some(profile.sts_expiration).filter(|seconds| *seconds > 0);
        let seconds = written.and_then(|seconds| seconds.checked_mul(1000));
        credentials.expires = seconds.map(Timestamp::from_milliseconds);
        match credentials.expires {
            Some(at) if at <= (self.around.now)() => Err(Problem::Expired {
                what: format!("the token in {}", self.place(profile)),
                at,
                fix: "get a new one with `aliyun configure`",
            }),
            _ => Ok(Granted::lasting(credentials, self.place(profile))),
        }
    }

    /// Takes the role of a profile.
    fn role(&self, profile: &Profile, base: Granted) -> Result<Granted, Problem> {
        let sts = Sts { around: self.around, host: self.sts_host(profile)? };
        let credentials = sts.assume_role(&base.credentials, &self.role_of(profile)?)?;
        let renewal = base.renewal.of_role(&base.credentials);
        let origin = format!("{} (as {})", self.place(profile), profile.ram_role_arn);
        Ok(Granted { credentials, renewal, origin })
    }

    fn sts_host(&self, profile: &Profile) -> Result<HttpHost, Problem> {
        let region = Some(profile.sts_region.as_str());
        sts_host(self.around, self.choice, region, profile.enable_vpc)
    }

    fn role_of(&self, profile: &Profile) -> Result<Role, Problem> {
        let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(Role {
            arn: self.given(&profile.ram_role_arn, profile, "ram_role_arn")?.to_owned(),
            session_name: session_name(self.around, Some(&profile.ram_session_name)),
            duration_seconds: Some(profile.expired_seconds).filter(|seconds| *seconds > 0),
            policy: filled(&profile.policy),
            external_id: filled(&profile.external_id),
        })
    }

    fn exchange(&self, profile: &Profile) -> Result<Granted, Problem> {
        let provider = self.given(&profile.oidc_provider_arn, profile, "oidc_provider_arn")?;
        if profile.oidc_token_file.as_os_str().is_empty() {
            let place = self.place(profile);
            return Err(Problem::Incomplete { place, missing: "oidc_token_file" });
        }
        let exchange = Exchange {
            provider_arn: provider.to_owned(),
            token: TokenFrom::File(profile.oidc_token_file.clone()),
            role: self.role_of(profile)?,
            sts: self.sts_host(profile)?,
        };
        exchange.make(self.around, self.place(profile))
    }

    /// What another link gives for a profile. That there is none is a problem of the profile.
    fn named(
        &self,
        given: Result<Granted, NotGranted>,
        place: String,
    ) -> Result<Granted, NotGranted> {
        match given {
            Ok(granted) => {
                let origin = format!("{place} ({})", granted.origin);
                Ok(Granted { origin, renewal: Renewal::Always, ..granted })
            }
            Err(NotGranted::Absent(absence)) => {
                let flaw = format!("has the mode EcsRamRole, and {absence}");
                Err(Problem::Malformed { what: place, flaw }.into())
            }
            Err(problem) => Err(problem),
        }
    }
}

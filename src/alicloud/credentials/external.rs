//! Profiles of the mode External: a program prints the credentials.

use serde::Deserialize;

use super::{Credentials, Granted, Problem, Renewal, Secret, Surroundings};
use crate::model::Timestamp;

/// What the program prints.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Printed {
    mode: String,
    access_key_id: Secret,
    access_key_secret: Secret,
    sts_token: Secret,
    expiration: String,
}

/// Runs the program of a profile. Its words are parted by blanks, as by the vendor's command line.
pub(super) fn run(around: &Surroundings, command: &str, place: String) -> Result<Granted, Problem> {
    if around.variables.is_true("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS") {
        return Err(Problem::ProgramForbidden { place });
    }
    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Err(Problem::Incomplete { place, missing: "process_command" });
    }
    let printed = around
        .programs
        .run(&words, around.timeouts.program)
        .map_err(|problem| Problem::Program { place: place.clone(), problem })?;
    let what = format!("what the program of {place} printed");
    let malformed = |flaw: &str| Problem::Malformed { what: what.clone(), flaw: flaw.to_owned() };
    // What serde says could repeat a part of it.
    let printed: Printed = serde_json::from_slice(&printed)
        .map_err(|_| malformed("is no JSON object with credentials"))?;
    let token = match printed.mode.to_ascii_lowercase().as_str() {
        "ak" => None,
        "ststoken" => Some(printed.sts_token.expose()),
        _ => return Err(malformed("has neither the mode AK nor StsToken")),
    };
    let names = ["access_key_id", "access_key_secret"];
    let (id, secret) = (printed.access_key_id.expose(), printed.access_key_secret.expose());
    let mut credentials = Credentials::written(Some(id), Some(secret), token, &what, names)?;
    if token.is_some_and(str::is_empty) {
        return Err(Problem::Incomplete { place: what, missing: "sts_token" });
    }
    if !printed.expiration.is_empty() {
        let at = Timestamp::parse(&printed.expiration)
            .ok_or_else(|| malformed("has no time of expiry that can be read"))?;
        if at <= (around.now)() {
            let fix = "run the program by hand to see why";
            return Err(Problem::Expired { what, at, fix });
        }
        credentials.expires = Some(at);
    }
    let origin = format!("{place} (its program)");
    Ok(Granted { credentials, renewal: Renewal::Always, origin })
}

//! The first link: an access key in the environment, perhaps with a token.

use super::{Absence, Credentials, Granted, NotGranted, Surroundings};

const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
const SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
const TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";

pub(super) fn ask(around: &Surroundings) -> Result<Granted, NotGranted> {
    let variable = |name| around.variables.get(name);
    let (id, secret, token) = (variable(ID), variable(SECRET), variable(TOKEN));
    if id.is_none() && secret.is_none() {
        let names = "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are";
        return Err(Absence::Unset { names }.into());
    }
    let credentials = Credentials::written(id, secret, token, "the environment", [ID, SECRET])?;
    Ok(Granted::lasting(credentials, format!("the environment ({ID})")))
}

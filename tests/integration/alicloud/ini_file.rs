//! The fourth link: the credentials file in the form of INI.

use super::{
    oidc::token,
    scene::{GIVEN_ID, ID, ROLE, SECRET, Scene, TOKEN, assumed, fields},
    server::{Reply, Server},
};

const PATH: &str = ".alibabacloud/credentials.ini";

fn section(fields: &str) -> Scene {
    Scene::new().file(PATH, format!("# made by hand\n\n[default]\n{fields}"))
}

fn key() -> String {
    format!("access_key_id = {ID} # of the team\naccess_key_secret={SECRET}\n")
}

fn found(id: &str) -> Result<(String, String), String> {
    Ok((id.to_owned(), "IniFile".to_owned()))
}

fn refused(code: &str) -> Result<(String, String), String> {
    Err(format!("IniFile {code}"))
}

#[test]
fn each_type_is_read() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let metadata = Server::start(|_| Reply::ok(fields("2026-12-01T09:00:00Z")));
    let key = key();
    for (text, expected) in [
        (key.clone(), found(ID)),
        (format!("type = access_key\n{key}"), found(ID)),
        (format!("type = sts\n{key}security_token = {TOKEN}\n"), found(ID)),
        (format!("type = sts\n{key}"), refused("credentialsIncomplete")),
        (format!("type = ram_role_arn\n{key}role_arn = {ROLE}\n"), found(GIVEN_ID)),
        (format!("type = ram_role_arn\n{key}"), refused("credentialsIncomplete")),
        ("type = ecs_ram_role\nrole_name = runner\n".to_owned(), found(GIVEN_ID)),
        ("type = rsa_key_pair\n".to_owned(), refused("profileModeUnsupported")),
        (format!("access_key_id = {ID}\n"), refused("credentialsIncomplete")),
        (String::new(), refused("credentialsIncomplete")),
        (SECRET.to_owned(), refused("credentialsMalformed")),
    ] {
        let scene = section(&text).sts(&sts.url());
        let scene = scene.set("ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT", metadata.url());
        assert_eq!(scene.outcome(), expected, "{text}");
    }
    let scene = Scene::new().file("token", token("2026-12-01T08:30:00Z")).sts(&sts.url());
    let text = format!(
        "[default]\ntype = oidc_role_arn\nrole_arn = {ROLE}\noidc_provider_arn = acs:x\n\
         oidc_token_file_path = {}\n",
        scene.path("token")
    );
    assert_eq!(scene.file(PATH, text).outcome(), found(GIVEN_ID));
    let nowhere = section("type = ecs_ram_role\n");
    assert_eq!(nowhere.outcome(), refused("credentialsMalformed"));
}

#[test]
fn the_file_has_two_names_or_a_variable_names_it() {
    let text = format!(
        "[default]\n{}[two]\naccess_key_id={GIVEN_ID}\naccess_key_secret={SECRET}\n",
        key()
    );
    for path in [PATH, ".alibabacloud/credentials"] {
        assert_eq!(Scene::new().file(path, &text).outcome(), found(ID), "{path}");
    }
    let scene = Scene::new().file("mine", &text);
    let path = scene.path("mine");
    let scene = scene.set("ALIBABA_CLOUD_CREDENTIALS_FILE", path);
    assert_eq!(scene.outcome(), found(ID));
    let scene = scene.set("ALIBABA_CLOUD_PROFILE", "two");
    assert_eq!(scene.outcome(), found(GIVEN_ID));
    assert_eq!(scene.profile("two").outcome(), found(GIVEN_ID));
    let missing = Scene::new().set("ALIBABA_CLOUD_CREDENTIALS_FILE", "/nowhere");
    assert_eq!(missing.outcome(), refused("credentialsUnreadable"));
    let other = Scene::new().file(PATH, &text).set("ALIBABA_CLOUD_PROFILE", "three");
    assert_eq!(other.outcome(), Err("noCredentials".to_owned()));
    let reason = other.reason("IniFile").expect("it was tried");
    assert!(reason.contains("no profile `three`; it has `default`, `two`"), "{reason}");
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let scene = Scene::new().file(PATH, b"[default]\naccess_key_id=\xff\n");
    assert_eq!(scene.outcome(), refused("credentialsMalformed"));
}

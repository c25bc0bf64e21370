//! The first link: an access key in the environment.

use super::scene::{ID, SECRET, Scene, TOKEN};

const VARIABLES: [&str; 3] = [
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
];

#[test]
fn a_key_needs_both_of_its_halves_and_may_have_a_token() {
    let incomplete = || Err("Environment credentialsIncomplete".to_owned());
    let found = || Ok((ID.to_owned(), "Environment".to_owned()));
    for (values, expected) in [
        (["", "", ""], Err("noCredentials".to_owned())),
        (["", "", TOKEN], Err("noCredentials".to_owned())),
        ([ID, "", ""], incomplete()),
        (["", SECRET, TOKEN], incomplete()),
        ([ID, SECRET, ""], found()),
        ([ID, SECRET, TOKEN], found()),
    ] {
        let mut scene = Scene::new();
        for (name, value) in VARIABLES.into_iter().zip(values) {
            scene = scene.set(name, value);
        }
        assert_eq!(scene.outcome(), expected, "{values:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let (_, message) = Scene::new().set(VARIABLES[0], ID).refused();
    assert!(message.contains("has no ALIBABA_CLOUD_ACCESS_KEY_SECRET"), "{message}");
}

#[test]
fn every_link_is_named_if_none_has_credentials() {
    let scene = Scene::new();
    let (code, message) = scene.refused();
    assert_eq!(code, "noCredentials");
    for part in [
        "ALIBABA_CLOUD_ACCESS_KEY_ID and",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN and",
        ".aliyun/config.json",
        ".alibabacloud/credentials.ini",
        "no metadata service answers",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

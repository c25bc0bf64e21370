//! Profiles of the mode External of `~/.aliyun/config.json`.

use serde_json::json;

use super::scene::{ID, SECRET, Scene, TOKEN};

/// A profile whose program prints this, and ends with a code.
fn printing(text: &str, code: i32) -> Scene {
    let scene = Scene::new().file("printed", text);
    let script = format!("cat {}\nexit {code}\n", scene.path("printed"));
    let scene = scene.file("program", script);
    with_command(&format!("sh {}", scene.path("program")), scene)
}

fn with_command(command: &str, scene: Scene) -> Scene {
    let profile = json!({"name": "one", "mode": "External", "process_command": command});
    let file = json!({"current": "one", "profiles": [profile]});
    scene.file(".aliyun/config.json", file.to_string())
}

fn refused(code: &str) -> Result<(String, String), String> {
    Err(format!("ConfigFile {code}"))
}

fn found() -> Result<(String, String), String> {
    Ok((ID.to_owned(), "ConfigFile".to_owned()))
}

#[test]
fn what_the_program_prints_are_the_credentials() {
    let key = json!({"mode": "AK", "access_key_id": ID, "access_key_secret": SECRET});
    let token = |expiration: &str| {
        json!({
            "mode": "StsToken", "access_key_id": ID, "access_key_secret": SECRET,
            "sts_token": TOKEN, "expiration": expiration,
        })
    };
    for (printed, expected) in [
        (key.to_string(), found()),
        (token("2026-12-01T09:00:00Z").to_string(), found()),
        (token("").to_string(), found()),
        (token("2026-12-01T07:00:00Z").to_string(), refused("credentialsExpired")),
        (token("soon").to_string(), refused("credentialsMalformed")),
        (json!({"mode": "AK", "access_key_id": ID}).to_string(), refused("credentialsIncomplete")),
        (
            json!({"mode": "StsToken", "access_key_id": ID, "access_key_secret": SECRET})
                .to_string(),
            refused("credentialsIncomplete"),
        ),
        (json!({"mode": SECRET}).to_string(), refused("credentialsMalformed")),
        (format!("password: {SECRET}"), refused("credentialsMalformed")),
        (String::new(), refused("credentialsMalformed")),
    ] {
        assert_eq!(printing(&printed, 0).outcome(), expected, "{printed}");
    }
}

#[test]
fn a_program_that_fails_is_slow_or_is_not_there_is_named_and_what_it_printed_is_not() {
    for scene in [
        printing(SECRET, 3),
        printing(&SECRET.repeat(5000), 0),
        with_command("no-such-program --profile one", Scene::new()),
        with_command("sleep 600", Scene::new()),
    ] {
        assert_eq!(scene.outcome(), refused("credentialsProgramFailed"));
    }
    assert_eq!(with_command(" ", Scene::new()).outcome(), refused("credentialsIncomplete"));
    let forbidden = printing(SECRET, 0).set("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS", "true");
    assert_eq!(forbidden.outcome(), refused("credentialsProgramForbidden"));
}

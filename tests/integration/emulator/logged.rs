//! The log of a project that works over HTTP: the ids of its requests, and no credential.

#![cfg(unix)]

use serde_json::{Value, json};

use super::command::{Serving, served};
use crate::{leaks::CREDENTIALS, support::Project};

#[test]
fn the_log_has_the_ids_of_requests_and_no_credential() {
    let project = Project::quickstart();
    let [(_, id), (_, secret), (_, token), ..] = CREDENTIALS;
    let known = json!({"credentials": [
        {"accessKeyId": id, "accessKeySecret": secret, "securityToken": token}
    ]});
    // Where the search for secrets takes them for what they are.
    project.write("server/keys/credentials.json", known.to_string());
    let arguments =
        ["--inventory", "inventory.yaml", "--credentials", "server/keys/credentials.json"];
    let serving = Serving::begin(&project, &arguments);
    served(&project, &serving.url);
    let log = ["--log", "trace", "--log-format", "json", "apply", "--auto-approve"];
    let logged = project.run(&log).expect(0);
    let lines = logged.stderr.lines().filter(|line| line.starts_with('{'));
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let calls: Vec<_> = events.iter().filter(|event| event["target"] == "keyform::call").collect();
    assert!(calls.len() > 5, "{events:#?}");
    for call in calls {
        let id = call["span"]["request_id"].as_str().unwrap_or_default();
        assert!(!id.is_empty(), "{call}");
    }
    assert_eq!(project.leaks(), [""; 0]);
    assert_eq!(serving.end("TERM"), Some(0));
}

//! `keyform doctor` as a user runs it.

use std::fs;

use keyform::schema::Document;

use crate::{schemas, support::Project};

#[test]
#[expect(clippy::disallowed_methods, reason = "someone moves a file")]
fn a_project_in_order_ends_with_0_and_a_problem_with_1() {
    let project = Project::quickstart();
    let before = project.run(&["doctor"]).expect(0).stdout;
    assert!(before.contains("there is none: nothing was applied yet"), "{before}");
    project.apply();
    let well = project.run(&["doctor"]).expect(0).stdout;
    assert!(well.contains("0 warnings, 0 problems"), "{well}");
    assert!(well.contains("the recorded private key is there and can be used"), "{well}");
    fs::rename(project.path("keys/web.pem"), project.path("keys/other.pem")).expect("it moves");
    let ill = project.run(&["doctor"]).expect(1).stdout;
    assert!(ill.contains("web: it is recorded, and not in its vault [checkKey]"), "{ill}");
    assert!(ill.contains("cn-hangzhou: the service has it"), "all other checks are made: {ill}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "someone changes the mode of a directory")]
fn what_is_wrong_with_the_files_is_told() {
    let project = Project::quickstart();
    project.apply();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |mode| {
            let path = project.path("keys");
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
        };
        mode(0o755);
        let told = project.run(&["doctor"]).expect(0).stdout;
        assert!(told.contains("has the mode 0755") && told.contains("chmod 700"), "{told}");
        mode(0o777);
        let told = project.run(&["doctor"]).expect(1).stdout;
        assert!(told.contains("[checkKeyDirectory]"), "{told}");
        mode(0o700);
    }
    let state = ".keyform/state/0000000002.state.json";
    project.edit(state, "serial", "cereal");
    let told = project.run(&["doctor"]).expect(1).stdout;
    assert!(told.contains("[stateDamaged]") && told.contains("the state cannot be read"), "{told}");
}

#[test]
fn programs_read_a_document_with_a_schema() {
    let project = Project::quickstart();
    let document = project.run(&["doctor", "--format", "json"]).expect(0).json();
    schemas::accept(Document::Doctor, &document);
    assert_eq!(document["format"], "keyform.doctor/1");
    assert_eq!(document["totals"]["problems"], 0);
    let kept = project.run(&["doctor", "--record", "answers.json"]).expect(0).stdout;
    assert!(kept.contains("the embedded cloud sends no answers over HTTP"), "{kept}");
    assert!(!project.path("answers.json").exists());
}

/// No one is there to type the id, so nothing is rehearsed.
#[test]
fn a_rehearsal_is_confirmed_or_not_begun() {
    let project = Project::quickstart();
    for arguments in [
        &["doctor", "--rehearse", "i-bp1a0001"][..],
        &["doctor", "--rehearse", "i-bp1a0001", "--confirm", "i-bp1a0002"],
    ] {
        let refused = project.run(arguments).expect(6);
        assert!(refused.stderr.contains("Not approved"), "{}", refused.stderr);
    }
    project.run(&["doctor", "--confirm", "i-bp1a0001"]).expect(64);
    let confirmed = ["doctor", "--rehearse", "i-bp1a0001", "--confirm", "i-bp1a0001"];
    assert_eq!(project.run(&confirmed).expect(1).error_code(), "rehearsalInProject");
    assert!(!project.path(".keyform/rehearsal.json").exists());
}

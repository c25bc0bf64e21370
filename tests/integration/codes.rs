//! The catalogue of codes: the page that is made of it, and the command that explains them.

use std::{env, fs, path::Path};

use keyform::catalogue::{self, text};

use crate::support::Project;

/// If it is set, the page is written.
const WRITE: &str = "KEYFORM_TEST_WRITE";

#[test]
#[expect(clippy::disallowed_methods, reason = "it writes a page of the documentation if asked to")]
fn the_page_of_codes_is_that_of_the_catalogue() {
    let page = text::page(&catalogue::all());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    if env::var_os(WRITE).is_some() {
        fs::write(&file, &page).expect("the page");
    }
    assert!(
        fs::read_to_string(&file).is_ok_and(|kept| kept == page),
        "docs/codes.md is not that of the catalogue; run this test with {WRITE}=1 to write it"
    );
}

#[test]
fn a_code_is_explained_and_all_are_listed() {
    let project = Project::empty();
    insta::assert_snapshot!(project.run(&["explain", "instance-claimed-twice"]).expect(0).stdout);
    let list = project.run(&["explain"]).expect(0).stdout;
    for explanation in catalogue::all().into_iter().flat_map(|area| area.codes) {
        let begins = format!("  {} ", explanation.code);
        assert!(list.lines().any(|line| line.starts_with(&begins)), "{}", explanation.code);
    }
}

#[test]
fn a_code_that_does_not_exist_is_wrong_usage_and_the_nearest_is_named() {
    let project = Project::empty();
    let slip = project.run(&["explain", "unknwonField"]).expect(64);
    assert!(slip.stderr.contains("`unknownField`"), "{}", slip.stderr);
    project.run(&["explain", "nothing-like-it-at-all"]).expect(64);
}

#[test]
fn the_last_event_of_a_run_has_the_code_of_its_error() {
    let project = Project::quickstart();
    let code = |arguments: &[&str], exit: i32| {
        let events = project.run(arguments).expect(exit).stdout;
        let last: serde_json::Value =
            serde_json::from_str(events.lines().last().expect("an event")).expect("JSON");
        last["code"].clone()
    };
    let apply = ["apply", "--format", "json", "--auto-approve"];
    assert_eq!(code(&["apply", "--format", "json", "none.json"], 1), "planFileDisk");
    assert_eq!(code(&apply, 0), serde_json::Value::Null);
    project.edit("web.yaml", "keyPair: web", "keyPair: wev");
    assert_eq!(code(&apply, 1), "manifestsInvalid");
}

#[test]
fn an_error_is_shown_with_a_code_that_explain_knows() {
    let project = Project::quickstart();
    project.write("notes.txt", "mine\n");
    let table: [(&[&str], i32, &str); 5] = [
        (&["plan", "--explain", "key/no-such-key"], 1, "unknownObject"),
        (&["plan", "--target", "binding/no-such-binding"], 1, "nothingTargeted"),
        (&["plan", "-o", "notes.txt"], 1, "planFileOccupied"),
        (&["apply", "notes.txt"], 1, "notAPlan"),
        (&["init", "--name", "acme"], 1, "projectExists"),
    ];
    for (arguments, exit, code) in table {
        assert_eq!(project.run(arguments).expect(exit).error_code(), code, "{arguments:?}");
        project.run(&["explain", code]).expect(0);
    }
}

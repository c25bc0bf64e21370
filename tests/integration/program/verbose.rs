//! `--verbose`: how often the service was called, beside everything else.

use serde_json::Value;

use crate::support::Project;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_plan_tells_how_often_the_service_was_called_and_is_the_same_document() {
    let project = Project::quickstart();
    let plain = project.run(&["plan"]).expect(0);
    for flag in ["--verbose", "-v"] {
        let verbose = project.run(&["plan", flag]).expect(0);
        assert_eq!(verbose.stdout, plain.stdout);
        let told = "calls in cn-hangzhou: DescribeInstances 1, DescribeKeyPairs 1\n";
        assert_eq!(verbose.stderr, format!("{}{told}", plain.stderr), "{flag}");
    }
    let document = project.run(&["plan", "--format", "json"]).expect(0).stdout;
    let verbose = project.run(&["plan", "--format", "json", "--verbose"]).expect(0);
    assert_eq!(verbose.stdout, document);
    let told = json(&verbose.stderr);
    assert_eq!(told["calls"][0]["operation"], "DescribeInstances");
    assert_eq!(told["calls"][0]["throttled"], 0);
}

#[test]
fn the_last_event_of_an_apply_tells_it_too() {
    let project = Project::quickstart();
    let last = |arguments: &[&str]| {
        let told = project.run(arguments).expect(0).stdout;
        json(told.lines().last().expect("an event"))
    };
    let run = ["apply", "--auto-approve", "--format", "json", "--verbose"];
    let calls = last(&run)["calls"].clone();
    let count = |operation: &str| {
        let calls = calls.as_array().expect("calls").iter();
        let found = calls.filter(|one| one["operation"] == operation);
        found.map(|one| one["calls"].as_u64().expect("a number")).sum::<u64>()
    };
    assert_eq!((count("ImportKeyPair"), count("AttachKeyPair")), (1, 3), "{calls:#}");
    assert!(count("DescribeInstances") > 3, "{calls:#}");
    assert_eq!(last(&run[..4]).get("calls"), None, "only if it is asked for");
    let people = project.run(&["apply", "--auto-approve", "-v"]).expect(0);
    assert!(people.stderr.contains("calls in cn-hangzhou: Describe"), "{}", people.stderr);
}

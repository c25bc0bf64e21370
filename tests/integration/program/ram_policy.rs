//! `keyform ram-policy`, and what docs/ram.md says of it.

use keyform::rights::{RIGHTS, right};
use serde_json::{Value, json};

use crate::{
    readme::{blocks, read},
    support::Project,
};

#[test]
fn the_page_shows_the_policy_of_the_example() {
    let project = Project::quickstart();
    let printed = project.run(&["ram-policy"]).expect(0);
    let shown = blocks(&read("docs/ram.md"), "json");
    assert_eq!(shown.join(""), printed.stdout, "one block");
    assert!(printed.stderr.contains("names no account"), "{}", printed.stderr);
    let statements = |text: &str| {
        let policy: Value = serde_json::from_str(text).expect("a policy");
        policy["Statement"].as_array().expect("statements").clone()
    };
    let of_plan = project.run(&["ram-policy", "--for", "plan"]).expect(0).stdout;
    assert_eq!(statements(&of_plan), statements(&printed.stdout)[..2], "as the page says");
}

#[test]
fn the_page_has_the_right_of_each_operation_that_keyform_calls() {
    let page = read("docs/ram.md");
    let is_row = |line: &&str| line.starts_with("| `ecs:") && line.contains("](https:");
    let rows: Vec<_> = page.lines().filter(is_row).collect();
    let rights = RIGHTS.iter().filter(|right| page.contains(&format!("| `{}` |", right.action)));
    assert_eq!((rows.len(), rights.count()), (12, 12));
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [action, _, tags, page] = cells[..] else { panic!("a row of four cells: {row}") };
        let operation = action.trim_matches('`').trim_start_matches("ecs:");
        let right = right(operation).expect("a right");
        assert_eq!(tags == "yes", right.by_tag, "{row}");
        assert!(page.contains(&format!("]({})", right.page())), "{row}");
    }
}

#[test]
fn it_needs_no_cloud_and_no_credentials_and_has_the_account_of_the_project() {
    let project = Project::quickstart();
    let cloud = "{alicloud: {account: \"1234567890123456\"}}";
    project.edit("keyform.yaml", "{emulator: {inventory: inventory.yaml}}", cloud);
    let printed = project.run(&["ram-policy"]).expect(0);
    assert!(!printed.stdout.contains(":*:keypair"), "{}", printed.stdout);
    assert!(printed.stdout.contains(":1234567890123456:instance/i-bp1a0001"), "{}", printed.stdout);
    assert_eq!(printed.stderr, "");
    let text = project.run(&["ram-policy", "--format", "text"]).expect(0).stdout;
    let row = text.lines().find(|line| line.starts_with("ecs:ImportKeyPair ")).expect("a row");
    assert!(row.ends_with("/api-ecs-2014-05-26-importkeypair"), "{row}");
}

#[test]
fn a_policy_of_a_plan_names_each_instance_and_pair_and_needs_no_project_beside_it() {
    let project = Project::quickstart();
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    let policy = project.run(&["ram-policy", "plan.json"]).expect(0).stdout;
    let alone = Project::empty();
    alone.write("plan.json", project.read("plan.json"));
    assert_eq!(alone.run(&["ram-policy", "plan.json"]).expect(0).stdout, policy);
    let policy: Value = serde_json::from_str(&policy).expect("a policy");
    assert_eq!(policy["Version"], "1");
    let instances = ["i-bp1a0001", "i-bp1a0002", "i-bp1a0003"]
        .map(|id| format!("acs:ecs:cn-hangzhou:*:instance/{id}"));
    let statement = json!({
        "Effect": "Allow",
        "Action": ["ecs:AttachKeyPair", "ecs:RebootInstances"],
        "Resource": instances,
    });
    assert!(policy["Statement"].as_array().expect("a list").contains(&statement), "{policy:#}");
    assert!(!policy.to_string().contains("web-g"), "{policy:#}");

    project.edit("plan.json", "i-bp1a0001", "i-bp1a0009");
    assert_eq!(
        project.run(&["ram-policy", "plan.json"]).expect(4).error_code(),
        "savedPlanUnsound"
    );
}

#[test]
fn a_selector_is_a_condition_on_tags_and_a_recorded_instance_has_its_id_too() {
    let project = Project::quickstart();
    let listed = "instances: [i-bp1a0001, i-bp1a0002, i-bp1a0003]";
    project.edit("web.yaml", listed, "selector: {tags: {role: web}}");
    let policy = || -> Value {
        let printed = project.run(&["ram-policy"]).expect(0).stdout;
        serde_json::from_str(&printed).expect("a policy")
    };
    let statement = json!({
        "Effect": "Allow",
        "Action": ["ecs:AttachKeyPair", "ecs:DetachKeyPair", "ecs:RebootInstances"],
        "Resource": "acs:ecs:cn-hangzhou:*:instance/*",
        "Condition": {"StringEquals": {"acs:ResourceTag/role": ["web"]}},
    });
    let before = policy();
    assert!(before["Statement"].as_array().expect("a list").contains(&statement), "{before:#}");
    assert!(!before.to_string().contains("i-bp1a0001"));
    project.apply();
    assert!(policy().to_string().contains("instance/i-bp1a0001"));
}

#[test]
fn what_is_wrong_is_said_as_by_other_commands() {
    let project = Project::quickstart();
    project.edit("web.yaml", "keyPair: web", "keyPair: wev");
    let refused = project.run(&["ram-policy"]).expect(1);
    assert_eq!((refused.stdout.as_str(), refused.error_code()), ("", "unknownKeyPair"));
    assert_eq!(Project::empty().run(&["ram-policy"]).expect(1).error_code(), "projectMissing");
    project.run(&["ram-policy", "--for", "destroy"]).expect(64);
    let missing = project.run(&["ram-policy", "missing.json"]).expect(1);
    assert_eq!(missing.error_code(), "planFileDisk");
}

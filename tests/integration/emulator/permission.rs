//! The policies of access keys: what the server allows, and what keyform says of what it refuses.

use keyform::{
    ecs::{BatchOptions, DescribeInstances, Request, wire},
    emulator::server::{AccessKeys, DEFAULT_ACCOUNT},
    model::{CloudName, Tags},
};
use serde_json::Value;

use super::{
    client::{Bench, HOST, attach, ids, import, json, raw, refusal, region},
    command::{Serving, served},
};
use crate::support::{Outcome, Project};

/// A server whose one caller has these statements of a policy.
fn bench(statements: &str, script: &str) -> Bench {
    let keys = format!(
        "credentials: [{{accessKeyId: emulator, accessKeySecret: emulator, policy: {{Version: \"1\", \
         Statement: [{statements}]}}}}]"
    );
    Bench::with(script, AccessKeys::read(&keys).expect("access keys"))
}

fn allow(actions: &str, resources: &str) -> String {
    format!("{{Effect: Allow, Action: {actions}, Resource: {resources}}}")
}

fn delete(name: &str) -> Request {
    Request::DeleteKeyPairs { region: region(), key_pair_names: vec![CloudName::new(name)] }
}

const FORBIDDEN: (u16, &str) = (403, "Forbidden.RAM");

#[track_caller]
fn is_forbidden(bench: &Bench, request: &Request) {
    let (status, code) = bench.refusal(request);
    assert_eq!((status, code.as_str()), FORBIDDEN, "{request:?}");
}

#[test]
fn a_call_without_the_right_is_refused_with_the_action_that_the_caller_lacks() {
    let bench = bench(&allow("[\"ecs:Describe*\", \"ecs:ImportKeyPair\"]", "\"*\""), "{}");
    bench.call(&import("web"));
    let reply = bench.send(wire::http_request(&attach("web", &["i-1"]), HOST));
    assert_eq!(refusal(&reply), (403, "Forbidden.RAM".to_owned()));
    let detail = json(&reply)["AccessDeniedDetail"].clone();
    assert_eq!(detail["AuthAction"], "ecs:AttachKeyPair", "{detail}");
    assert_eq!(detail["NoPermissionType"], "ImplicitDeny");
    assert_eq!(detail["AuthPrincipalOwnerId"], DEFAULT_ACCOUNT);
    assert!(detail.get("AuthResource").is_none(), "the service does not tell it: {detail}");
    let denied = wire::read_error("AttachKeyPair", reply.status, reply.body.as_bytes(), None);
    assert_eq!(denied.denial().expect("a right").action, "ecs:AttachKeyPair");
    let mut identity = raw("GetCallerIdentity", &[]);
    identity.headers.insert("x-acs-version".to_owned(), "2015-04-01".to_owned());
    assert_eq!(bench.send(identity).status, 200, "that needs no right");
}

#[test]
fn a_call_needs_the_right_for_each_of_its_resources() {
    let of = |what: &str| format!("\"acs:ecs:cn-hangzhou:{DEFAULT_ACCOUNT}:{what}\"");
    let statements = [
        allow("\"ecs:ImportKeyPair\"", "\"*\""),
        allow(
            "\"ecs:AttachKeyPair\"",
            &format!("[{}, {}]", of("instance/i-1"), of("keypair/web*")),
        ),
        allow("\"ecs:RebootInstance*\"", &of("instance/i-1")),
        allow("\"ecs:DescribeKeyPairs\"", &of("keypair/web")),
        "{Effect: Deny, Action: \"ecs:*\", Resource: \"acs:ecs:*:*:keypair/web-g9\"}".to_owned(),
    ];
    let bench = bench(&statements.join(", "), "{}");
    for name in ["web", "web-g9", "ops"] {
        bench.call(&import(name));
    }
    bench.call(&attach("web", &["i-1"]));
    is_forbidden(&bench, &attach("web", &["i-1", "i-2"]));
    is_forbidden(&bench, &attach("ops", &["i-1"]));
    is_forbidden(&bench, &attach("web-g9", &["i-1"]));

    let (instance, dry_run) = (ids(&["i-1"]).remove(0), false);
    bench.call(&Request::RebootInstance {
        region: None,
        instance_id: instance,
        force_stop: false,
        dry_run,
    });
    let instance_id = ids(&["i-2"]).remove(0);
    is_forbidden(
        &bench,
        &Request::RebootInstance { region: None, instance_id, force_stop: false, dry_run },
    );
    let dry = |names: &[&str]| Request::RebootInstances {
        region: region(),
        instance_ids: ids(names),
        force_reboot: false,
        batch: BatchOptions { dry_run: true, ..BatchOptions::default() },
    };
    is_forbidden(&bench, &dry(&["i-1", "i-2"]));
    assert_eq!(bench.refusal(&dry(&["i-1"])), (400, "DRYRUN.SUCCESS".to_owned()));

    let list = |name: &[(&str, &str)]| {
        let region = [("RegionId", "cn-hangzhou")];
        bench.send(raw("DescribeKeyPairs", &[&region[..], name].concat())).status
    };
    assert_eq!(list(&[("KeyPairName", "web")]), 200);
    assert_eq!((list(&[]), list(&[("KeyPairName", "web*")])), (403, 403), "it asks for all");
}

#[test]
fn a_condition_is_judged_by_the_tags_of_the_resource() {
    let condition = "Condition: {StringEquals: {acs:ResourceTag/team: [web, db]}}";
    let deletes =
        format!("{{Effect: Allow, Action: \"ecs:DeleteKeyPairs\", Resource: \"*\", {condition}}}");
    let imports = allow("\"ecs:ImportKeyPair\"", "\"*\"");
    let bench = bench(&format!("{imports}, {deletes}"), "{}");
    let tagged = |name: &str, team: &str| {
        let Request::ImportKeyPair { region, key_pair_name, public_key_body, .. } = import(name)
        else {
            panic!("an import");
        };
        let tags = Tags::from([("team".to_owned(), team.to_owned())]);
        Request::ImportKeyPair {
            region,
            key_pair_name,
            public_key_body,
            tags,
            resource_group_id: None,
        }
    };
    bench.call(&tagged("web", "web"));
    bench.call(&tagged("mail", "mail"));
    bench.call(&import("bare"));
    bench.call(&delete("web"));
    is_forbidden(&bench, &delete("mail"));
    is_forbidden(&bench, &delete("bare"));
    is_forbidden(&bench, &delete("missing"));
}

#[test]
fn instances_that_may_not_be_read_are_refused_or_as_before_an_empty_list() {
    let list = |dry_run| {
        Request::DescribeInstances(DescribeInstances {
            dry_run,
            ..DescribeInstances::all(region())
        })
    };
    let nothing = allow("\"ecs:ImportKeyPair\"", "\"*\"");
    let now = bench(&nothing, "{}");
    is_forbidden(&now, &list(false));
    let before = bench(&nothing, "behaviour: {emptyListWithoutPermission: true}");
    assert_eq!(before.call(&list(false))["Instances"]["Instance"], Value::Array(Vec::new()));
    is_forbidden(&before, &list(true));
    is_forbidden(&before, &delete("web"));
}

#[test]
fn taking_a_role_needs_a_right_of_its_own() {
    let assume = |role: &str| {
        let role = format!("acs:ram::{DEFAULT_ACCOUNT}:role/{role}");
        let mut request =
            raw("AssumeRole", &[("RoleArn", role.as_str()), ("RoleSessionName", "ci")]);
        request.headers.insert("x-acs-version".to_owned(), "2015-04-01".to_owned());
        request
    };
    let role = format!("\"acs:ram::{DEFAULT_ACCOUNT}:role/keyform-*\"");
    let bench = bench(&allow("\"sts:AssumeRole\"", &role), "{}");
    assert_eq!(bench.send(assume("keyform-plan")).status, 200);
    let refused = refusal(&bench.send(assume("admin")));
    assert_eq!(refused, (403, "NoPermission".to_owned()));
}

/// A server with a key for the role that plans, one for the role that applies, and one that may
/// nothing; each policy is what `ram-policy` prints.
fn credentials(project: &Project) -> String {
    let policy = |command: &str| {
        let printed = project.run(&["ram-policy", "--for", command]).expect(0).stdout;
        let policy: Value = serde_json::from_str(&printed).expect("JSON alone");
        format!("{{accessKeyId: {command}, accessKeySecret: emulator, policy: {policy}}}")
    };
    let nothing = "{accessKeyId: nothing, accessKeySecret: emulator, policy: {Version: \"1\", \
                   Statement: []}}";
    format!("credentials: [{}, {}, {nothing}]", policy("plan"), policy("apply"))
}

#[test]
fn a_role_that_plans_and_a_role_that_applies_work_together() {
    let project = Project::quickstart();
    project.write("credentials.json", credentials(&project));
    let arguments = ["--inventory", "inventory.yaml", "--credentials", "credentials.json"];
    let serving = Serving::begin(&project, &arguments);
    served(&project, &serving.url);
    let run = |key: &str, arguments: &[&str]| -> Outcome {
        let mut command = project.command(arguments);
        let key = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", key),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "emulator"),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ];
        project.finish(command.envs(key))
    };
    let lacks = |outcome: &Outcome, action: &str| {
        let named = format!("{action} on acs:ecs:cn-hangzhou:{DEFAULT_ACCOUNT}:");
        assert!(outcome.stderr.contains(&named), "{action}: {}", outcome.stderr);
    };

    let refused = run("nothing", &["plan"]).expect(1);
    assert_eq!(refused.error_code(), "regionUnreadable");
    lacks(&refused, "ecs:DescribeKeyPairs");
    let refused = run("nothing", &["plan", "--check-permissions"]).expect(1);
    assert_eq!(refused.error_code(), "rightsMissing");
    lacks(&refused, "ecs:DescribeKeyPairs");
    lacks(&refused, "ecs:DescribeInstances");
    assert_eq!(refused.stdout, "", "there is no plan");

    let planned = run("plan", &["plan", "--check-permissions", "-o", "plan.json"]).expect(0);
    lacks(&planned, "ecs:RebootInstances");
    assert!(planned.stderr.contains("  - ecs:ImportKeyPair on *"), "{}", planned.stderr);
    let refused = run("plan", &["apply", "plan.json", "--check-permissions"]).expect(1);
    assert_eq!(refused.error_code(), "rightsMissing");
    assert!(!project.path("keys/web.pem").exists(), "nothing was begun");
    let failed = run("plan", &["apply", "plan.json"]).expect(3);
    let said = failed.shown();
    assert!(said.contains("the caller lacks ecs:ImportKeyPair on *: add to its policy"), "{said}");

    run("apply", &["apply", "plan.json", "--check-permissions"]).expect(0);
    let empty = run("plan", &["plan", "--check-permissions", "--detailed-exitcode"]).expect(0);
    assert!(empty.stderr.contains("nothing was found to be missing for plan"), "{}", empty.stderr);
    assert_eq!(serving.end("TERM"), Some(0));
}

//! What manifests mean when nothing is wrong with them.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use keyform::{
    manifest::{Chosen, CloudChoice, Desired, DesiredKey, OnLeave, ProjectLimits, RemovalAction},
    model::{
        AddressKind, MaxUnavailable, Program, Proof, RestartWhen, SshProof, VaultChoice,
        schedule::Span,
    },
    render::resolved,
};

use super::{PROJECT, loaded, shown};

fn desired(files: &[(&str, &str)]) -> Desired {
    let loaded = loaded(files);
    assert!(loaded.diagnostics.is_empty(), "{}", shown(&loaded));
    loaded.desired.expect("nothing is wrong")
}

const WEB: &str = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
spec:
  regions: [cn-shanghai, cn-beijing]
  tags: {team: web, cost: \"100\"}
  bits: 2048
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: web-fleet}
spec:
  keyPair: web
  region: cn-shanghai
  instances: [i-2, i-1]
  restart: {when: now, maxUnavailable: 10%}
";
const OPS: &str = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: ops}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: admin}
spec: {keyPair: ops, instances: []}
";

#[test]
fn a_project_has_the_documented_defaults() {
    let project = desired(&[]).project;
    assert_eq!(project.name.as_str(), "acme-web");
    assert_eq!(project.state.directory(), Some(Path::new(".keyform/state")));
    assert_eq!(project.private_keys.directory(), Some(Path::new("keys")));
    let inventory = PathBuf::from("inventory.yaml");
    assert_eq!(project.cloud, CloudChoice::Emulator { inventory });
    assert_eq!(project.origin.to_string(), "keyform.yaml:3:18");
}

/// Where a state can be kept, and with every default in its place.
const STATES: [(&str, &str); 7] = [
    ("{file: {outlivesRunner: true}}", "{file: {directory: .keyform/state, outlivesRunner: true}}"),
    (
        "{postgres: {url: \"postgres://k@127.0.0.1/k?sslmode=disable\"}}",
        "{postgres: {url: \"postgres://k@127.0.0.1/k?sslmode=disable\"}, lease: 1m}",
    ),
    (
        "{s3: {bucket: acme, region: eu-west-1}, lease: 2s}",
        "{s3: {bucket: acme, prefix: \"\", region: eu-west-1, pathStyle: false, \
         endpoint: \"https://s3.eu-west-1.amazonaws.com\"}, lease: 2s}",
    ),
    (
        "{oss: {bucket: acme, prefix: a/b, region: cn-beijing}}",
        "{oss: {bucket: acme, prefix: a/b, region: cn-beijing, \
         endpoint: \"https://oss-cn-beijing.aliyuncs.com\"}, lease: 1m}",
    ),
    (
        "{oss: {bucket: acme, endpoint: \"https://oss-cn-beijing-internal.aliyuncs.com\"}}",
        "{oss: {bucket: acme, prefix: \"\", region: cn-beijing, \
         endpoint: \"https://oss-cn-beijing-internal.aliyuncs.com\"}, lease: 1m}",
    ),
    (
        "{http: {address: \"http://127.0.0.1:8080/state?team=web\", preset: gitlab}}",
        "{http: {address: \"http://127.0.0.1:8080/state?team=web\", \
         lockAddress: \"http://127.0.0.1:8080/state/lock?team=web\", \
         unlockAddress: \"http://127.0.0.1:8080/state/lock?team=web\", \
         lockMethod: POST, unlockMethod: DELETE, updateMethod: POST}}",
    ),
    (
        "{http: {address: \"http://127.0.0.1/a\", lockAddress: \"http://127.0.0.1/b\", updateMethod: PUT}}",
        "{http: {address: \"http://127.0.0.1/a\", lockAddress: \"http://127.0.0.1/b\", \
         unlockAddress: \"http://127.0.0.1/b\", lockMethod: LOCK, unlockMethod: UNLOCK, \
         updateMethod: PUT}}",
    ),
];

#[test]
fn a_state_on_a_server_has_the_documented_defaults() {
    for (written, meant) in STATES {
        let of =
            |state: &str| desired(&[("keyform.yaml", &format!("{PROJECT}  state: {state}\n"))]);
        assert_eq!(of(written).project.state, of(meant).project.state, "{written}");
        let yaml = resolved::yaml(&of(written), Path::new("."));
        let document = yaml.split("---\n").find(|document| document.contains("kind: Project"));
        let document: serde_json::Value =
            serde_yaml::from_str(document.expect("the Project")).expect("it is YAML");
        let meant: serde_json::Value = serde_yaml::from_str(meant).expect("it is YAML");
        assert_eq!(document["spec"]["state"], meant, "{written}");
    }
}

/// Where private keys can be kept in a bucket, and with every default in its place.
const BUCKETS: [(&str, &str); 4] = [
    (
        "{s3: {bucket: acme, region: eu-west-1}}",
        "{s3: {bucket: acme, prefix: \"\", region: eu-west-1, pathStyle: false, \
         endpoint: \"https://s3.eu-west-1.amazonaws.com\", encryption: {algorithm: AES256}}}",
    ),
    (
        "{s3: {bucket: acme, prefix: a/b, region: eu-west-1, pathStyle: true, \
         endpoint: \"http://127.0.0.1:9000\", encryption: {algorithm: \"aws:kms\"}}}",
        "{s3: {bucket: acme, prefix: a/b, region: eu-west-1, pathStyle: true, \
         endpoint: \"http://127.0.0.1:9000\", encryption: {algorithm: \"aws:kms\"}}}",
    ),
    (
        "{oss: {bucket: acme, region: cn-beijing, encryption: {algorithm: KMS, keyId: k-1}}}",
        "{oss: {bucket: acme, prefix: \"\", region: cn-beijing, \
         endpoint: \"https://oss-cn-beijing.aliyuncs.com\", \
         encryption: {algorithm: KMS, keyId: k-1}}}",
    ),
    (
        "{oss: {bucket: acme, endpoint: \"https://oss-cn-beijing-internal.aliyuncs.com\", \
         encryption: {}}}",
        "{oss: {bucket: acme, prefix: \"\", region: cn-beijing, \
         endpoint: \"https://oss-cn-beijing-internal.aliyuncs.com\", \
         encryption: {algorithm: AES256}}}",
    ),
];

#[test]
fn private_keys_in_a_bucket_have_the_documented_defaults() {
    for (written, meant) in BUCKETS {
        let of =
            |keys: &str| desired(&[("keyform.yaml", &format!("{PROJECT}  privateKeys: {keys}\n"))]);
        assert_eq!(of(written).project.private_keys, of(meant).project.private_keys, "{written}");
        let yaml = resolved::yaml(&of(written), Path::new("."));
        let document = yaml.split("---\n").find(|document| document.contains("kind: Project"));
        let document: serde_json::Value =
            serde_yaml::from_str(document.expect("the Project")).expect("it is YAML");
        let shown: serde_json::Value = serde_yaml::from_str(meant).expect("it is YAML");
        assert_eq!(document["spec"]["privateKeys"], shown, "{written}");
        let pair = format!(
            "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: ops}}\nspec: {{privateKeys: \
             {written}}}\n"
        );
        let pairs = desired(&[("ops.yaml", &pair)]).key_pairs;
        assert_eq!(pairs[0].private_keys, Some(of(meant).project.private_keys), "{written}");
    }
}

#[test]
fn a_stranger_that_would_hear_of_the_state_or_the_private_keys_is_warned_about() {
    for kept in [
        "state: {postgres: {url: \"postgres://k@db.example/k\"}}",
        "state: {s3: {bucket: acme, region: eu-west-1, endpoint: \"https://minio.example\"}}",
        "state: {oss: {bucket: acme, region: cn-beijing, endpoint: \"https://minio.example\"}}",
        "privateKeys: {s3: {bucket: acme, region: eu-west-1, endpoint: \"https://minio.example\"}}",
        "privateKeys: {oss: {bucket: acme, region: cn-beijing, endpoint: \"https://x.example\"}}",
        "state: {http: {address: \"https://gitlab.example/state\", preset: gitlab}}",
    ] {
        let loaded = loaded(&[("keyform.yaml", &format!("{PROJECT}  {kept}\n"))]);
        let [warning] = &loaded.diagnostics[..] else { panic!("{kept}: {}", shown(&loaded)) };
        assert_eq!(warning.code.as_str(), "untrustedHost", "{kept}");
        assert!(loaded.desired.is_some(), "{kept}: it is a warning");
    }
}

#[test]
fn pairs_bindings_regions_and_instances_come_sorted() {
    let desired = desired(&[("web.yaml", WEB), ("ops.yaml", OPS)]);
    let names: Vec<_> = desired.key_pairs.iter().map(|pair| pair.name.as_str()).collect();
    assert_eq!(names, ["ops", "web"]);
    let web = &desired.key_pairs[1];
    let regions: Vec<_> = web.regions.iter().map(|region| region.as_str()).collect();
    assert_eq!(regions, ["cn-beijing", "cn-shanghai"]);
    assert_eq!((web.generation, web.cloud_name.as_str()), (1, "web"));
    assert_eq!(web.tags["cost"], "100");
    let bindings: Vec<_> = desired.bindings.iter().map(|binding| binding.name.as_str()).collect();
    assert_eq!(bindings, ["admin", "web-fleet"]);
    let fleet = &desired.bindings[1];
    let instances: Vec<_> = fleet
        .chosen
        .listed()
        .iter()
        .map(|instance| format!("{} {}", instance.id, instance.origin))
        .collect();
    assert_eq!(instances, ["i-1 web.yaml:15:20", "i-2 web.yaml:15:15"]);
}

#[test]
fn a_binding_takes_the_only_region_of_its_pair_and_the_policy_of_the_project() {
    let desired = desired(&[("web.yaml", WEB), ("ops.yaml", OPS)]);
    let admin = &desired.bindings[0];
    assert_eq!(admin.region.as_str(), "cn-hangzhou");
    assert_eq!(admin.restart.when, RestartWhen::Now);
    assert_eq!(admin.restart.max_unavailable, MaxUnavailable::Number(1));
    assert_eq!(desired.bindings[1].restart.max_unavailable, MaxUnavailable::Percent(10));
}

/// The pair is created in the first region as it was written, also where the Project names them.
#[test]
fn a_pair_that_the_service_makes_keeps_its_regions_in_their_order() {
    let project = PROJECT.replace("[cn-hangzhou]", "[cn-shanghai, cn-beijing]");
    let pair = |spec: &str| {
        let text = format!(
            "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: ops}}\nspec: {spec}\n"
        );
        let mut desired = desired(&[("keyform.yaml", &project), ("ops.yaml", &text)]);
        desired.key_pairs.remove(0)
    };
    for (spec, order) in [
        ("{createInCloud: true, bits: 2048}", "cn-shanghai cn-beijing"),
        ("{createInCloud: true, regions: [cn-b, cn-c, cn-a]}", "cn-b cn-c cn-a"),
    ] {
        let DesiredKey::CreatedInCloud { order: found } = pair(spec).key else { panic!("{spec}") };
        let found: Vec<_> = found.iter().map(|region| region.as_str()).collect();
        assert_eq!(found.join(" "), order);
    }
    assert_eq!(pair("{createInCloud: false}").key, DesiredKey::Generated);
    let group = pair("{resourceGroup: rg-acfmxazb4ph6aiy}").resource_group;
    assert_eq!(group.expect("a group").as_str(), "rg-acfmxazb4ph6aiy");
    assert_eq!(pair("{}").resource_group, None);
}

#[test]
fn the_names_of_files_and_the_order_of_documents_do_not_matter() {
    let here = desired(&[("a.yaml", WEB), ("b.yaml", OPS)]);
    let there = desired(&[("b.yaml", WEB), ("a.yaml", OPS)]);
    let meaning = |desired: &Desired| {
        let text = format!("{:?} {:?}", desired.key_pairs, desired.bindings);
        text.replace("\"a.yaml\"", "FILE").replace("\"b.yaml\"", "FILE")
    };
    assert_eq!(meaning(&here), meaning(&there));
}

#[test]
fn json_is_yaml_and_files_without_a_document_and_other_inventories_are_skipped() {
    let json = "{\"apiVersion\": \"keyform/v1\", \"kind\": \"KeyPair\",\n\
                \t\"metadata\": {\"name\": \"ops\"}}\n";
    let other = "apiVersion: keyform/v1\nkind: Inventory\nspec: {instances: []}\n";
    let files = [
        ("ops.yaml", json),
        ("empty.yaml", ""),
        ("comments.yaml", "# nothing\n\n# here\n"),
        ("marks.yaml", "---\n---\n...\n"),
        ("other.yaml", other),
    ];
    assert_eq!(desired(&files).key_pairs.len(), 1);
}

#[test]
fn the_inventory_is_loaded_beside_the_manifests() {
    let inventory = loaded(&[]).inventory.expect("nothing is wrong");
    assert_eq!(inventory.restart_time, Duration::from_secs(30));
    assert_eq!(inventory.instances.len(), 2);
}

#[test]
fn environments_share_manifests_under_names_and_tags_of_their_own() {
    let project = "\
apiVersion: keyform/v1
kind: Project
metadata: {name: prod}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  include: [../../teams]
  namePrefix: prod-
  defaults:
    restart: {when: now}
    tags: {env: prod, team: nobody}
";
    let files = [
        ("keyform.yaml", project),
        ("ops.yaml", OPS),
        ("../../teams/web.yaml", WEB),
        ("../../teams/below/not-read.yaml", "nonsense: ["),
    ];
    let desired = desired(&files);
    let pairs: Vec<_> = desired
        .key_pairs
        .iter()
        .map(|pair| format!("{} {} {:?} {}", pair.name, pair.cloud_name, pair.tags, pair.origin))
        .collect();
    insta::assert_snapshot!(pairs.join("\n"), @r#"
    ops prod-ops {"env": "prod", "team": "nobody"} ops.yaml:3:18
    web prod-web {"cost": "100", "env": "prod", "team": "web"} ../../teams/web.yaml:3:18
    "#);
    let admin = &desired.bindings[0];
    assert_eq!(admin.key_pair.as_str(), "ops", "references use the written name");
    assert_eq!(desired.bindings[1].origin.to_string(), "../../teams/web.yaml:11:18");
}

/// Every field that a manifest can have besides those above.
const FIELDS: &str = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
spec: {generation: 3, keepPrevious: false, rotateAfter: 90d, protect: true, adopt: true}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: named}
spec:
  keyPair: web
  instances: [i-1]
  replaceForeign: true
  allowGenerationOne: true
  managedInstances: include
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: selected}
spec:
  keyPair: web
  selector:
    tags: {role: web, \"acs:autoscaling:scalingGroupId\": asg-1}
    allowEmpty: true
    onLeave: detach
---
apiVersion: keyform/v1
kind: Removal
metadata: {name: no-more-old}
spec: {keyPair: old, action: forget}
---
apiVersion: keyform/v1
kind: Removal
metadata: {name: no-more-ancient}
spec: {keyPair: ancient, action: delete}
";

#[test]
fn every_field_has_its_meaning() {
    let desired = desired(&[("web.yaml", FIELDS)]);
    let web = &desired.key_pairs[0];
    assert_eq!((web.generation, web.cloud_name.as_str()), (3, "web"));
    assert_eq!((web.keep_previous, web.protect, web.adopt), (false, true, true));
    assert_eq!(web.rotate_after, Span::parse("90d"));
    let [named, selected] = &desired.bindings[..] else { panic!("two bindings") };
    assert!(named.replace_foreign && named.allow_generation_one && named.restart.include_managed);
    assert_eq!(named.chosen.listed().len(), 1);
    let Chosen::Selected(selector) = &selected.chosen else { panic!("a selector") };
    assert_eq!(selector.tags["role"], "web");
    assert_eq!(selector.tags["acs:autoscaling:scalingGroupId"], "asg-1");
    assert!(selector.allow_empty);
    assert_eq!(selector.on_leave, OnLeave::Detach);
    assert_eq!(selector.origin.to_string(), "web.yaml:22:5");
    let removals: Vec<_> = desired
        .removals
        .iter()
        .map(|removal| (removal.cloud_name.as_str(), removal.action))
        .collect();
    assert_eq!(removals, [("ancient", RemovalAction::Delete), ("old", RemovalAction::Forget)]);
}

#[test]
fn fields_that_are_not_there_have_the_documented_defaults() {
    let selected = "\
apiVersion: keyform/v1
kind: Binding
metadata: {name: selected}
spec: {keyPair: ops, selector: {tags: {role: web}}}
";
    let desired = desired(&[("ops.yaml", OPS), ("selected.yaml", selected)]);
    let ops = &desired.key_pairs[0];
    assert_eq!(
        (ops.generation, ops.keep_previous, ops.protect, ops.adopt),
        (1, true, false, false)
    );
    assert_eq!(ops.rotate_after, None);
    let [admin, selected] = &desired.bindings[..] else { panic!("two bindings") };
    assert!(
        !admin.replace_foreign && !admin.allow_generation_one && !admin.restart.include_managed
    );
    let Chosen::Selected(selector) = &selected.chosen else { panic!("a selector") };
    assert!(!selector.allow_empty);
    assert_eq!(selector.on_leave, OnLeave::Forget);
    assert_eq!(desired.project.limits, ProjectLimits::default());
    assert!(desired.removals.is_empty());
}

#[test]
fn a_project_has_limits_and_gives_generations_and_tags_of_selectors() {
    let project = "\
apiVersion: keyform/v1
kind: Project
metadata: {name: prod}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  namePrefix: prod-
  defaults:
    restart: {when: now}
    selector: {tags: {env: prod, role: web}}
  generations: {web: 4, ops: 2}
  limits: {unavailable: 20%, restartsPerRun: 50, deletesPerRun: 0}
";
    let files = [("keyform.yaml", project), ("web.yaml", FIELDS), ("ops.yaml", OPS)];
    let desired = desired(&files);
    let names: Vec<_> =
        desired.key_pairs.iter().map(|pair| pair.name_of(pair.generation).to_string()).collect();
    assert_eq!(names, ["prod-ops-g2", "prod-web-g4"], "the Project's word counts");
    assert_eq!(desired.key_pairs[1].name_of(1).as_str(), "prod-web");
    let Chosen::Selected(selector) = &desired.bindings[2].chosen else { panic!("a selector") };
    assert_eq!((selector.tags.len(), selector.tags["env"].as_str()), (3, "prod"));
    assert_eq!(desired.removals[0].cloud_name.as_str(), "prod-ancient");
    assert_eq!(desired.removals[0].key_pair.as_str(), "ancient");
    let limits = ProjectLimits {
        unavailable: Some(MaxUnavailable::Percent(20)),
        restarts_per_run: Some(50),
        deletes_per_run: Some(0),
    };
    assert_eq!(desired.project.limits, limits);
}

/// A Project of the real cloud, with the rest of its `alicloud`.
fn alicloud(rest: &str) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: acme}}\nspec:\n  \
         cloud:\n    alicloud: {{account: \"1234567890123456\"{rest}}}\n  \
         privateKeys: {{directory: ../keys, outlivesRunner: true}}\n"
    )
}

#[test]
fn a_project_of_the_real_cloud_needs_no_inventory() {
    let endpoint = ", profile: prod, endpoint: https://ECS.cn-hangzhou.aliyuncs.com/, \
                    stsEndpoint: https://sts.cn-hangzhou.aliyuncs.com";
    let text = alicloud(endpoint);
    let loaded = loaded(&[("keyform.yaml", &text)]);
    assert!(loaded.diagnostics.is_empty() && loaded.inventory.is_none(), "{}", shown(&loaded));
    let project = loaded.desired.expect("nothing is wrong").project;
    let CloudChoice::Alicloud { account, profile, endpoint, sts_endpoint } = project.cloud else {
        panic!("the real cloud")
    };
    assert_eq!((account.as_str(), profile.as_deref()), ("1234567890123456", Some("prod")));
    let endpoint = endpoint.map(|endpoint| endpoint.to_string());
    assert_eq!(endpoint.as_deref(), Some("https://ecs.cn-hangzhou.aliyuncs.com"));
    let sts_endpoint = sts_endpoint.map(|endpoint| endpoint.to_string());
    assert_eq!(sts_endpoint.as_deref(), Some("https://sts.cn-hangzhou.aliyuncs.com"));
    assert_eq!(project.private_keys.directory(), Some(Path::new("../keys")));
    let outlives =
        matches!(project.private_keys, VaultChoice::Directory { outlives_runner: true, .. });
    assert!(outlives);
}

#[test]
fn a_host_that_is_not_trusted_is_warned_of() {
    let text = alicloud(", endpoint: \"https://gateway.example:8443\"");
    let loaded = loaded(&[("keyform.yaml", &text)]);
    assert!(loaded.desired.is_some(), "it is no error");
    insta::assert_snapshot!(shown(&loaded), @r#"
    warning[untrustedHost]: Project `acme`: credentials would be sent to `gateway.example`, which is no host of ECS or STS
     --> keyform.yaml:6:55
      |
    6 |     alicloud: {account: "1234567890123456", endpoint: "https://gateway.example:8443"}
      |                                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: a command that connects refuses it, unless KEYFORM_TRUSTED_HOSTS names the host in the environment
    "#);
}

#[test]
fn a_restart_policy_may_say_when_in_which_order_and_until_when_not() {
    let manifests = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
spec: {urgent: {reason: in a chat, until: 2026-11-02, timeZone: Asia/Shanghai}}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: fleet}
spec:
  keyPair: web
  instances: []
  restart:
    when: window
    windows:
    - {days: [sun, sat], start: \"23:30\", duration: 180m, timeZone: Europe/Berlin}
    - {start: 04:00, duration: 1h, timeZone: Europe/Berlin}
    deny:
    - {from: 2026-12-20, to: 2026-12-20, reason: year end}
    - {from: 2026-12-24, to: \"2026-12-24T12:00Z\", reason: a feast, timeZone: Asia/Shanghai}
    canary: 5%
    group: web-tier
    maxFailures: 2
    settle: 30s
    timeout: 600s
    paused: {reason: an incident, until: \"2026-11-01T18:00:00+08:00\"}
";
    let desired = desired(&[("web.yaml", manifests)]);
    let urgent = desired.key_pairs[0].urgent.as_ref().expect("it is urgent");
    assert_eq!(urgent.until.to_string(), "2026-11-02T16:00:00.000Z");
    insta::assert_snapshot!(resolved::yaml(&desired, Path::new(".")));
    let policy = &desired.bindings[0].restart;
    let windows: Vec<_> = policy.windows.iter().map(ToString::to_string).collect();
    assert_eq!(windows, ["Sat, Sun 23:30-02:30 Europe/Berlin", "daily 04:00-05:00 Europe/Berlin"]);
}

/// A KeyPair, and a Binding of it for every form of a proof.
const PROOFS: &str = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: by-command}
spec:
  keyPair: web
  instances: []
  restart:
    when: manual
    before: {command: [drain, --wait], timeout: 90s, environment: {LB: lb-1, EMPTY: \"\"}}
    after: {command: [sh, -c, \"undrain && echo done\"]}
  proof: {command: [check-logon], timeout: 1m, environment: {USER_NAME: ops}}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: by-default}
spec: {keyPair: web, instances: []}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: by-nothing}
spec: {keyPair: web, instances: [], proof: none}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: by-ssh}
spec: {keyPair: web, instances: [], proof: {ssh: {user: root}}}
";

#[test]
fn programs_and_proofs_have_their_defaults_and_are_taken_whole() {
    let project = format!(
        "{PROJECT}    proof:\n      ssh:\n        {{user: ops, address: name, port: 2222, \
         jump: \"a@b:22,c\", knownHosts: ./known/../known_hosts, timeout: 90s}}\n"
    )
    .replace("{restart: {when: now}}\n", "\n    restart: {when: now}\n");
    let desired = desired(&[("keyform.yaml", &project), ("web.yaml", PROOFS)]);
    let [by_command, by_default, by_nothing, by_ssh] = &desired.bindings[..] else {
        panic!("four bindings")
    };
    let after = by_command.restart.after.as_deref().expect("a program");
    let command = ["sh", "-c", "undrain && echo done"].map(str::to_owned);
    assert_eq!(*after, Program::new(command.into()));
    let Some(Proof::Ssh(default)) = &by_default.proof else { panic!("that of the Project") };
    assert_eq!((default.port, default.jump.as_deref()), (Some(2222), Some("a@b:22,c")));
    assert_eq!(default.known_hosts.as_deref(), Some("known_hosts"));
    assert_eq!(by_nothing.proof, None);
    assert_eq!(
        by_ssh.proof,
        Some(Proof::Ssh(SshProof {
            user: "root".to_owned(),
            address: AddressKind::Private,
            port: None,
            jump: None,
            known_hosts: None,
            timeout: SshProof::TIMEOUT,
            pass_environment: Vec::new(),
        })),
        "nothing of it comes from elsewhere"
    );
    insta::assert_snapshot!(
        "programs_and_proofs_resolved",
        resolved::yaml(&desired, Path::new("."))
    );
}

#[test]
fn a_pair_whose_private_key_somebody_else_has_is_proven_by_a_program_or_not_at_all() {
    let key = "publicKeyFile: ops.pub";
    let binding = |name: &str, proof: &str| {
        format!(
            "---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {name}}}\n\
             spec: {{keyPair: ops, instances: [], proof: {proof}}}\n"
        )
    };
    let project = PROJECT
        .replace("{restart: {when: now}}", "{restart: {when: now}, proof: {ssh: {user: root}}}");
    let ops = format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: ops}}\nspec: {{{key}}}\n{}{}",
        binding("program", "{command: [check]}"),
        binding("nothing", "none")
    );
    let public = crate::support::Project::example("imported").read("public-keys/bob.pub");
    let files = [("keyform.yaml", project.as_str()), ("ops.yaml", &ops), ("ops.pub", &public)];
    let proofs: Vec<_> =
        desired(&files).bindings.into_iter().map(|binding| binding.proof).collect();
    assert_eq!(proofs, [None, Some(Proof::Command(Program::new(vec!["check".to_owned()])))]);
}

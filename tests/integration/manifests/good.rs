//! What manifests mean when nothing is wrong with them.

use std::{path::PathBuf, time::Duration};

use keyform::{
    manifest::{CloudChoice, Desired},
    model::{MaxUnavailable, RestartWhen},
};

use super::{loaded, shown};

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
    assert_eq!(project.state_directory, PathBuf::from(".keyform/state"));
    assert_eq!(project.private_keys, PathBuf::from("keys"));
    let inventory = PathBuf::from("inventory.yaml");
    assert_eq!(project.cloud, CloudChoice::Emulator { inventory });
    assert_eq!(project.origin.to_string(), "keyform.yaml:3:18");
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

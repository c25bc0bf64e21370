//! Inventories: defaults, and the quick way agreeing with the thorough one.

use std::time::Duration;

use keyform::{
    manifest::decode_inventory,
    model::{InstanceStatus, inventory::Inventory, time::Precision},
};

use super::source;

fn decoded(text: &str) -> Inventory {
    decode_inventory(&source("inventory.yaml", text)).expect("nothing is wrong")
}

const FULL: &str = "\
apiVersion: keyform/v1
kind: Inventory
metadata: {name: acme}
spec:
  restartTime: 200ms
  startTimePrecision: millisecond
  rebootMovesStartTime: false
  instances:
  - id: i-1
    region: cn-hangzhou
    name: web-1
    osType: windows
    instanceType: ecs.s1.small
    instanceTypeFamily: ecs.s1
    ioOptimized: false
    status: Stopped
    tags: {role: web, \"acs:autoscaling:scalingGroupId\": asg-1}
    privateAddress: 10.0.0.11
    publicAddress: \"2001:DB8:0::11\"
  - {id: i-2, region: cn-beijing, instanceType: ecs.g6.xlarge}
";

#[test]
fn every_field_is_read_and_every_other_has_its_default() {
    let inventory = decoded(FULL);
    assert_eq!(inventory.restart_time, Duration::from_millis(200));
    assert_eq!(inventory.time_precision, Precision::Millisecond);
    assert!(!inventory.reboot_moves_start_time);
    let [first, second] = inventory.instances.as_slice() else { panic!("two instances") };
    assert_eq!((first.os_type.as_str(), first.status), ("windows", InstanceStatus::Stopped));
    assert_eq!((first.name.as_str(), first.io_optimized), ("web-1", false));
    assert_eq!(first.tags.len(), 2);
    assert_eq!(first.private_address.as_deref(), Some("10.0.0.11"));
    assert_eq!(first.public_address.as_deref(), Some("2001:db8::11"));
    assert_eq!((&second.private_address, &second.public_address), (&None, &None));
    assert_eq!((second.os_type.as_str(), second.status), ("linux", InstanceStatus::Running));
    assert_eq!((second.name.as_str(), second.io_optimized), ("", true));
    assert_eq!(second.instance_type_family, "ecs.g6");
    let bare = decoded(
        "apiVersion: keyform/v1\nkind: Inventory\nspec: {instances: [{id: i-1, region: r}]}\n",
    );
    assert_eq!(bare.restart_time, Duration::from_secs(30));
    assert_eq!(bare.time_precision, Precision::Minute);
    assert!(bare.reboot_moves_start_time);
    assert_eq!(bare.instances[0].instance_type, "ecs.g7.large");
    assert_eq!(bare.instances[0].instance_type_family, "ecs.g7");
}

/// A sign that could be an anchor keeps a text from the quick way, and changes nothing.
#[test]
fn the_quick_way_and_the_thorough_way_read_the_same() {
    let thorough = FULL.replace("{name: acme}", "{name: acme} # &");
    assert_ne!(thorough, FULL);
    assert_eq!(decoded(&thorough), decoded(FULL));
    let json =
        serde_json::to_string(&serde_yaml::from_str::<serde_json::Value>(FULL).expect("YAML"))
            .expect("JSON");
    assert!(json.starts_with('{'));
    assert_eq!(decoded(&json), decoded(FULL));
}

/// The quick way must not take what the thorough way refuses.
#[test]
fn what_serde_would_let_pass_is_refused_on_every_way() {
    let instance = |fields: &str| {
        format!("apiVersion: keyform/v1\nkind: Inventory\nspec:\n  instances:\n  - {{{fields}}}\n")
    };
    for fields in [
        "id: 1, region: r",
        "id: ~, region: r",
        "id: i-1, region: r, name: 100",
        "id: i-1, region: r, name: true",
        "id: i-1, region: r, tags: {a: 1}",
        "id: i-1, region: r, tags: {1: a}",
        "id: i-1, region: r, tags: {a: x, a: y}",
        "id: i-1, id: i-2, region: r",
        "id: i-1, region: r, ioOptimized: yes",
        "id: i-1, region: r, ioOptimized: \"true\"",
        "id: i-1, region: r, colour: red",
        "id: i-1, region: r, privateAddress: 10",
        "id: i-1, region: r, privateAddress: 10.0.0.1/24",
        "id: i-1, region: r, publicAddress: \"\"",
        "id: !x i-1, region: r",
        "id: &x i-1, region: r",
    ] {
        let text = instance(fields);
        assert!(decode_inventory(&source("inventory.yaml", &text)).is_err(), "{fields}");
    }
}

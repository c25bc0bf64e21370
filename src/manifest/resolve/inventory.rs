//! `kind: Inventory`: what the embedded cloud starts with.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{
        raw::{RawDocument, RawInstance, RawInventory, Text},
        shown::shown,
        tree::At,
    },
    model::{
        InstanceId, InstanceStatus, Tags,
        inventory::{Inventory, InventoryInstance},
        names::NAME_LENGTH_MAX,
        time::{Precision, parse_duration},
    },
};

use super::{
    binding::{INSTANCE_ID_HELP, instance_id_problem},
    fields::{Scope, name, region, word},
};

/// How long a restart takes unless the inventory says otherwise.
const RESTART_TIME: Duration = Duration::from_secs(30);
/// The type of an instance that names none.
const INSTANCE_TYPE: &str = "ecs.g7.large";
/// The most characters of names, types and tags of an instance.
pub(in crate::manifest) const TEXT_MAX: usize = 128;

/// Resolves an inventory. What is reported makes it unusable.
pub(in crate::manifest) fn resolve_inventory(
    raw: RawDocument<RawInventory>,
    at: At<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Inventory> {
    let before = problems.len();
    let scope = &mut Scope { subject: "this Inventory".to_owned(), problems };
    if raw.metadata.is_some() {
        name(scope, raw.metadata.as_ref(), at, NAME_LENGTH_MAX);
    }
    let Some(spec) = raw.spec else {
        scope.missing(at, "spec", "spec.instances", INSTANCES_HELP);
        return None;
    };
    let at = at.key("spec");
    let restart_time = match &spec.restart_time {
        None => Some(RESTART_TIME),
        Some(text) => duration(scope, text, at.key("restartTime")),
    };
    let precisions = [
        ("minute", Precision::Minute),
        ("second", Precision::Second),
        ("millisecond", Precision::Millisecond),
    ];
    let precision = spec.start_time_precision.as_ref();
    let time_precision = word(scope, precision, at, "startTimePrecision", &precisions);
    let Some(raw_instances) = spec.instances else {
        scope.missing(at, "instances", "spec.instances", INSTANCES_HELP);
        return None;
    };
    let instances = instances(scope, raw_instances, at.key("instances"));
    (scope.problems.len() == before).then_some(Inventory {
        restart_time: restart_time.unwrap_or(RESTART_TIME),
        time_precision: time_precision.unwrap_or(Precision::Minute),
        reboot_moves_start_time: spec.reboot_moves_start_time.unwrap_or(true),
        instances,
    })
}

const INSTANCES_HELP: &str = "write instances: [{id: i-bp1a0001, region: cn-hangzhou}]; `instances: []` says that there is none";

fn instances(scope: &mut Scope<'_>, raw: Vec<RawInstance>, at: At<'_>) -> Vec<InventoryInstance> {
    let mut first: HashMap<String, usize> = HashMap::with_capacity(raw.len());
    let mut found = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let Some(Text(id)) = &raw.id else {
            scope.subject = format!("item {} of the inventory", index + 1);
            scope.missing(at.item(index), "id", "id", INSTANCE_ID_HELP);
            continue;
        };
        scope.subject = format!("instance {}", shown(id));
        if let Some(&other) = first.get(id) {
            let message = format!("{} is in the inventory twice", scope.subject);
            scope.problem(
                Diagnostic::error(
                    FieldCode::DuplicateItem,
                    at.item(index).key("id").place(),
                    message,
                )
                .found(id)
                .label("and again here")
                .related(at.item(other).key("id").place(), "first here")
                .help("keep one of the two"),
            );
            continue;
        }
        first.insert(id.clone(), index);
        found.extend(instance(scope, raw, at.item(index)));
    }
    found
}

fn instance(scope: &mut Scope<'_>, raw: RawInstance, at: At<'_>) -> Option<InventoryInstance> {
    let Text(id) = raw.id?;
    if let Some(problem) = instance_id_problem(&id) {
        let message = format!("{} {problem}", shown(&id));
        let place = at.key("id").place();
        scope.problem(
            Diagnostic::error(FieldCode::InvalidInstanceId, place, message)
                .found(&id)
                .help(INSTANCE_ID_HELP),
        );
    }
    let region = match &raw.region {
        Some(text) => region(scope, text, at.key("region")),
        None => {
            scope.missing(at, "region", "region", "write its region's id, such as cn-hangzhou");
            None
        }
    };
    let statuses = [("Running", InstanceStatus::Running), ("Stopped", InstanceStatus::Stopped)];
    let status = word(scope, raw.status.as_ref(), at, "status", &statuses);
    let systems = [("linux", "linux"), ("windows", "windows")];
    let os_type = word(scope, raw.os_type.as_ref(), at, "osType", &systems);
    let name = text(scope, raw.name, at, "name", 0).unwrap_or_default();
    let instance_type = text(scope, raw.instance_type, at, "instanceType", 1)
        .unwrap_or_else(|| INSTANCE_TYPE.to_owned());
    let family = text(scope, raw.instance_type_family, at, "instanceTypeFamily", 1)
        .unwrap_or_else(|| family_of(&instance_type).to_owned());
    let private_address = address(scope, raw.private_address, at, "privateAddress");
    let public_address = address(scope, raw.public_address, at, "publicAddress");
    let tags = instance_tags(scope, raw.tags.map(|tags| tags.0).unwrap_or_default(), at);
    // Only now does a missing region end this: the problems of all fields are told in one run.
    Some(InventoryInstance {
        id: InstanceId::new(id),
        region: region?,
        name,
        os_type: os_type.unwrap_or("linux").to_owned(),
        instance_type,
        instance_type_family: family,
        io_optimized: raw.io_optimized.unwrap_or(true),
        status: status.unwrap_or(InstanceStatus::Running),
        tags,
        private_address,
        public_address,
    })
}

/// `ecs.g7.large` is of the family `ecs.g7`.
fn family_of(instance_type: &str) -> &str {
    instance_type.rsplit_once('.').map_or(instance_type, |(family, _)| family)
}

fn text(
    scope: &mut Scope<'_>,
    raw: Option<Text>,
    at: At<'_>,
    field: &str,
    minimum: usize,
) -> Option<String> {
    let Text(text) = raw?;
    let length = text.chars().count();
    if !(minimum..=TEXT_MAX).contains(&length) {
        let message = format!(
            "{}: {field} has {length} characters, and may have {minimum} to {TEXT_MAX}",
            scope.subject
        );
        scope.problem(
            Diagnostic::error(FieldCode::TextLength, at.key(field).place(), message).field(field),
        );
    }
    Some(text)
}

/// An address, in the form in which it is usually written.
fn address(scope: &mut Scope<'_>, raw: Option<Text>, at: At<'_>, field: &str) -> Option<String> {
    let Text(text) = raw?;
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_string()),
        Err(_) => {
            let message = format!("{}: {} is not an IP address", scope.subject, shown(&text));
            scope.problem(Diagnostic::error(FieldCode::InvalidAddress, at.key(field).place(), message)
                .field(field).found(&text).help(
                "write an IPv4 address such as `10.0.0.11`, or an IPv6 address, without the \
                 length of a network and without a port",
            ));
            None
        }
    }
}

/// `tags` below `at` of an instance: they may be the system's, such as those of Auto Scaling (R13).
pub(super) fn instance_tags(scope: &mut Scope<'_>, tags: Tags, at: At<'_>) -> Tags {
    for (key, value) in &tags {
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        let problem = match key_length {
            0 => Some("its key is empty".to_owned()),
            1..=TEXT_MAX if value_length <= TEXT_MAX => None,
            1..=TEXT_MAX => Some(format!("its value has {value_length} characters")),
            _ => Some(format!("its key has {key_length} characters")),
        };
        if let Some(problem) = problem {
            let message = format!("{}: tag {}: {problem}", scope.subject, shown(key));
            scope.problem(
                Diagnostic::error(
                    FieldCode::InvalidTag,
                    at.key("tags").key(key).key_place(),
                    message,
                )
                .found(key)
                .help("a key has 1 to 128 characters, a value at most 128"),
            );
        }
    }
    tags
}

/// How a duration is written.
pub(in crate::manifest) const DURATION_HELP: &str =
    "write a whole number and its unit: `200ms`, `30s`, `2m`, `1h` or `1d`";

/// A duration such as `200ms` or `30s`.
fn duration(scope: &mut Scope<'_>, text: &Text, at: At<'_>) -> Option<Duration> {
    let found = parse_duration(&text.0);
    if found.is_none() {
        let message = format!("{}: {} is not a duration", scope.subject, shown(&text.0));
        scope.problem(
            Diagnostic::error(FieldCode::InvalidDuration, at.place(), message)
                .found(&text.0)
                .help(DURATION_HELP),
        );
    }
    found
}

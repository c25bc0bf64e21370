//! Metrics in the text form of Prometheus, for a collector that reads files.
//!
//! All samples of a metric stand together and in the order of their labels, so that the same
//! measurement has the same bytes (L10).

use std::{collections::BTreeMap, fmt};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, LabelSetEncoder, prometheus_text},
    metrics::{MetricType, gauge::ConstGauge},
    registry::{Registry, Unit},
};

use crate::{
    ecs::CallCount,
    model::{BindingName, Region, Timestamp},
    plan::KeyAge,
    status::{EffectState, InstanceRow, KeyState, Measurement},
};

/// One value, and what tells it from the others of its metric.
type Sample = (Vec<(&'static str, String)>, i64);

/// A metric with all its samples.
#[derive(Debug)]
struct Metric {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    samples: Vec<Sample>,
}

impl Metric {
    fn new(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Self {
        Self { name, help, unit: None, samples }
    }

    /// The name gets the unit.
    fn in_seconds(self) -> Self {
        Self { unit: Some(Unit::Seconds), ..self }
    }
}

impl Collector for Metric {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self { name, help, unit, samples } = self;
        if samples.is_empty() {
            return Ok(());
        }
        let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
        for (labels, value) in samples {
            ConstGauge::new(*value).encode(metric.encode_family(&Labels(labels))?)?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Labels<'a>(&'a [(&'static str, String)]);

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}

/// A measurement, and how often the command called the service.
#[must_use]
pub fn text(measured: &Measurement, calls: &[CallCount]) -> String {
    let project = measured.status.project.to_string();
    let mut registry = Registry::with_prefix_and_labels(
        "keyform",
        [("project".into(), project.into())].into_iter(),
    );
    let metrics = of_plan(measured)
        .into_iter()
        .chain(of_bindings(&measured.status.instances))
        .chain(of_keys(measured))
        .chain(of_runs(measured))
        .chain(of_calls(calls));
    for metric in metrics {
        registry.register_collector(Box::new(metric));
    }
    let mut text = String::new();
    // A text takes whatever is written to it.
    let _ = prometheus_text::encode(&mut text, &registry);
    text
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(moment: Timestamp) -> i64 {
    moment.milliseconds().div_euclid(1000)
}

/// What a plan would have to do now.
fn of_plan(measured: &Measurement) -> Vec<Metric> {
    let one = |count: usize| vec![(Vec::new(), number(count))];
    let todo = &measured.status.todo;
    vec![
        Metric::new("plan_steps", "Steps that a plan would have now.", one(todo.steps)),
        Metric::new(
            "plan_blocked_objects",
            "Objects that a person must fix first.",
            one(todo.blocked),
        ),
        Metric::new(
            "plan_waiting_objects",
            "Objects that wait, such as for a window.",
            one(todo.waiting),
        ),
        Metric::new(
            "plan_drifted_objects",
            "Objects that another tool or person has changed since the last run.",
            one(measured.drifted),
        ),
    ]
}

/// How the instances of each binding are.
fn of_bindings(rows: &[InstanceRow]) -> Vec<Metric> {
    let count = |is_so: &dyn Fn(&InstanceRow) -> bool| {
        let mut counts = BTreeMap::<_, usize>::new();
        for row in rows {
            *counts.entry((&row.region, &row.binding)).or_default() += usize::from(is_so(row));
        }
        let sample = |((region, binding), count): ((&Region, &BindingName), usize)| {
            let labels = vec![("region", region.to_string()), ("binding", binding.to_string())];
            (labels, number(count))
        };
        counts.into_iter().map(sample).collect()
    };
    let effect = |state| count(&move |row: &InstanceRow| row.effect == Some(state));
    vec![
        Metric::new("binding_instances", "Instances of a binding.", count(&|_| true)),
        Metric::new(
            "binding_pending_instances",
            "Instances that accept the key they are bound to after their next restart.",
            effect(EffectState::Pending),
        ),
        Metric::new(
            "binding_changed_instances",
            "Instances that are not bound as recorded.",
            effect(EffectState::Changed),
        ),
        Metric::new(
            "binding_deferred_instances",
            "Instances with work that an applied plan has deferred.",
            count(&|row| row.deferred.is_some()),
        ),
        Metric::new(
            "binding_down_instances",
            "Instances that were seen and are not Running.",
            count(&InstanceRow::is_down),
        ),
    ]
}

/// How old the keys of the wanted pairs are, and which of them are gone.
fn of_keys(measured: &Measurement) -> Vec<Metric> {
    let Measurement { keys, at, status, .. } = measured;
    let labels =
        |key: &KeyAge| vec![("key_pair", key.key_pair.to_string()), ("name", key.name.to_string())];
    let age = |key: &KeyAge| i64::try_from(key.age(*at).as_secs()).unwrap_or(i64::MAX);
    let due = || keys.iter().filter_map(|key| Some((key, key.due()?)));
    let is_gone = |state| matches!(state, KeyState::Missing | KeyState::Unusable);
    let gone = status.pairs.iter().filter(|pair| is_gone(pair.private_key)).count();
    vec![
        Metric::new(
            "key_age",
            "Age of the key of a wanted pair.",
            keys.iter().map(|key| (labels(key), age(key))).collect(),
        )
        .in_seconds(),
        Metric::new(
            "key_rotation_due",
            "Whether a key is older than rotateAfter: 1 if it is.",
            due().map(|(key, _)| (labels(key), i64::from(key.is_due(*at)))).collect(),
        ),
        Metric::new(
            "key_rotation_due_timestamp",
            "When a key becomes older than rotateAfter, since 1970.",
            due().map(|(key, due)| (labels(key), seconds(due))).collect(),
        )
        .in_seconds(),
        Metric::new(
            "private_keys_missing",
            "Recorded private keys that the vault does not have, or cannot use.",
            vec![(Vec::new(), number(gone))],
        ),
    ]
}

/// When there was a run, and whether it came to its end.
fn of_runs(measured: &Measurement) -> Vec<Metric> {
    let run = measured.last_run.as_ref();
    let begun = run.and_then(|run| run.begun);
    vec![
        Metric::new(
            "last_apply_timestamp",
            "When the latest apply began, since 1970.",
            begun.map(|at| (Vec::new(), seconds(at))).into_iter().collect(),
        )
        .in_seconds(),
        Metric::new(
            "last_apply_complete",
            "Whether the latest apply did all steps of its plan: 1 if it did.",
            run.map(|run| (Vec::new(), i64::from(run.finished))).into_iter().collect(),
        ),
    ]
}

/// How often the service was called.
fn of_calls(calls: &[CallCount]) -> Vec<Metric> {
    let samples = |value: fn(&CallCount) -> usize| {
        let sample = |call: &CallCount| {
            let region = call.region.as_ref().map(ToString::to_string).unwrap_or_default();
            let labels = vec![("region", region), ("operation", call.operation.to_owned())];
            (labels, number(value(call)))
        };
        calls.iter().map(sample).collect()
    };
    vec![
        Metric::new(
            "command_calls",
            "Calls of the service by the command that wrote this file.",
            samples(|call| call.calls),
        ),
        Metric::new(
            "command_throttled_calls",
            "Calls among these that the service throttled.",
            samples(|call| call.throttled),
        ),
    ]
}

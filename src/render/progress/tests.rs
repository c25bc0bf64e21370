use super::*;
use crate::{
    apply::WhyNot,
    ecs::FailureKind,
    model::{BindingName, CloudName, MaxUnavailable, Region, RestartPolicy, RestartWhen, StepId},
    plan::{Fleet, Item, samples},
};

/// Two instances that are bound and not restarted; so many of them were found Stopped.
fn plan(stopped: usize) -> Plan {
    let (region, binding) = (Region::new("cn-hangzhou").unwrap(), BindingName::new("fleet"));
    let ids = [InstanceId::new("i-1"), InstanceId::new("i-2")];
    let item = |id: &InstanceId| Item {
        id: id.clone(),
        bound: None,
        foreign: None,
        retaken: false,
        revision: 0,
    };
    let action = Action::Attach {
        region: region.clone(),
        name: CloudName::new("web"),
        binding: binding.clone(),
        wave: 0,
        items: ids.iter().map(item).collect(),
    };
    let fleet = Fleet {
        binding,
        region,
        restart: RestartPolicy::new(RestartWhen::Manual, MaxUnavailable::Number(1)),
        urgent: false,
        proof: None,
        unavailable_max: 1,
        waves: 0,
        canary_wave: None,
        selector: Default::default(),
        instances: ids.to_vec(),
        stopped: ids[..stopped].to_vec(),
    };
    samples::plan([action], vec![fleet])
}

#[test]
fn only_instances_that_were_found_stopped_are_called_so() {
    let step = StepId::new(0);
    let instances = vec![InstanceId::new("i-1"), InstanceId::new("i-2")];
    let begun = Progress::Started { step, instances };
    let line = |stopped| line(&plan(stopped), &begun).unwrap();
    assert_eq!(line(2), "fleet, stopped instances: binding to web: i-1, i-2");
    assert_eq!(line(1), "fleet, not restarted by keyform: binding to web: i-1, i-2");
    assert_eq!(line(0), "fleet, not restarted by keyform: binding to web: i-1, i-2");
}

#[test]
fn a_line_has_only_the_instances_that_its_step_works_on() {
    let (plan, step) = (plan(0), StepId::new(0));
    let one = Progress::Started { step, instances: vec![InstanceId::new("i-2")] };
    let shown = line(&plan, &one).unwrap();
    assert_eq!(shown, "fleet, not restarted by keyform: binding to web: i-2");
    assert_eq!(timed(&shown, Duration::from_millis(12_900)), format!("   12 s  {shown}"));
}

#[test]
fn the_failures_of_a_step_are_told_when_it_ends_each_reason_once() {
    let id = |id: &str| InstanceId::new(id);
    let ended = |end, failed| {
        let report = StepReport { end, done: Vec::new(), failed, left_out: Vec::new() };
        line(&plan(0), &Progress::Ended { step: StepId::new(0), report })
    };
    let why = WhyNot::After { step: StepId::new(3) };
    let failed = vec![
        (id("i-1"), Failure::ChangeNotShown),
        (id("i-2"), Failure::NotReached { why }),
        (id("i-3\u{1b}[2J"), Failure::ChangeNotShown),
        (id("i-4"), Failure::StoppedNow),
    ];
    insta::assert_snapshot!(ended(StepEnd::Partly, failed).unwrap(), @r"
    fleet, not restarted by keyform: binding to web failed for i-1, i-3\u{1b}[2J: the service does not show the change; plan again later
    fleet, not restarted by keyform: binding to web failed for i-4: it is Stopped now and is not started
    ");
    let whole = ended(StepEnd::Failed(Failure::PairNotOurs), Vec::new());
    assert_eq!(
        whole.unwrap(),
        format!("fleet, not restarted by keyform: binding to web failed: {}", Failure::PairNotOurs)
    );
    assert_eq!(ended(StepEnd::Done, Vec::new()), None);
    assert_eq!(ended(StepEnd::NotStarted(why), Vec::new()), None);
}

#[test]
fn what_is_below_a_line_keeps_its_distance_from_the_seconds() {
    let output = "one\ntwo\u{1b}\n".to_owned();
    let instance = InstanceId::new("i-1");
    let printed =
        Progress::Printed { step: StepId::new(0), instance, purpose: Purpose::Proof, output };
    let shown = timed(&line(&plan(0), &printed).unwrap(), Duration::from_secs(3));
    insta::assert_snapshot!(shown, @r"
        3 s  fleet, not restarted by keyform: i-1, the proof printed:
               | one
               | two\u{1b}
    ");
}

#[test]
fn single_restarts_are_told_with_why_those_of_several_are_refused() {
    let failure = CallFailure {
        message: "RebootInstances was refused by the service: Forbidden.RAM".to_owned(),
        kind: FailureKind::Refused { code: "Forbidden.RAM".to_owned() },
        outcome_unknown: false,
    };
    let told = Progress::OneByOne { step: StepId::new(0), failure };
    insta::assert_snapshot!(line(&plan(0), &told).unwrap(), @"fleet, not restarted by keyform: the restart of several instances at once is refused, so keyform restarts them one by one: RebootInstances was refused by the service: Forbidden.RAM");
}

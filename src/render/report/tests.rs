mod numbers;

use super::*;
use crate::{
    apply::{CallFailure, Failure, LeftOut, WhyNot},
    ecs::FailureKind,
    model::{BindingName, InstanceId, KeyPairName, Region, StepId},
    plan::{Action, Item, PairKey, samples},
};

fn items(ids: &[&str], bound: Option<&str>) -> Vec<Item> {
    let item = |id: &&str| Item {
        id: InstanceId::new(*id),
        bound: bound.map(CloudName::new),
        foreign: None,
        retaken: false,
        revision: 0,
    };
    ids.iter().map(item).collect()
}

/// A key, a pair, and a binding: two instances in wave 1, one that was found Stopped.
fn plan() -> Plan {
    let (region, name) = (Region::new("cn-hangzhou").unwrap(), CloudName::new("web"));
    let (key_pair, binding) = (KeyPairName::new("web"), BindingName::new("fleet"));
    let attach = |wave, ids: &[&str]| Action::Attach {
        region: region.clone(),
        name: name.clone(),
        binding: binding.clone(),
        wave,
        items: items(ids, None),
    };
    let actions = vec![
        Action::MakeKey { name: name.clone(), key_pair: key_pair.clone(), generation: 1 },
        Action::ImportPair {
            region: region.clone(),
            name: name.clone(),
            key_pair,
            generation: 1,
            tags: Default::default(),
            activation: 0,
            protect: false,
            resource_group: None,
            key: PairKey::Made,
        },
        attach(1, &["i-1", "i-2"]),
        Action::Restart {
            region: region.clone(),
            binding: binding.clone(),
            wave: 1,
            items: items(&["i-1", "i-2"], Some("web")),
            forced: false,
        },
        Action::Gate { region: region.clone(), binding: binding.clone(), wave: 1 },
        attach(0, &["i-3"]),
    ];
    samples::plan(actions, Vec::new())
}

fn ended(end: StepEnd) -> StepReport {
    StepReport { end, done: Vec::new(), failed: Vec::new(), left_out: Vec::new() }
}

fn ids(ids: &[&str]) -> Vec<InstanceId> {
    ids.iter().map(|id| InstanceId::new(*id)).collect()
}

/// All steps of the plan, done for all their instances.
fn all_done() -> Vec<StepReport> {
    let done = |step: &Step| StepReport {
        done: step.action.items().iter().map(|item| item.id.clone()).collect(),
        ..ended(StepEnd::Done)
    };
    plan().steps.iter().map(done).collect()
}

fn with(end: StepEnd, done: &[&str], failed: &[&str], left_out: &[&str]) -> StepReport {
    let failed = failed.iter().map(|id| (InstanceId::new(*id), Failure::ChangeNotShown));
    let left_out = left_out.iter().map(|id| (InstanceId::new(*id), LeftOut::AlreadyDone));
    StepReport { end, done: ids(done), failed: failed.collect(), left_out: left_out.collect() }
}

fn shown(plan: &Plan, steps: Vec<StepReport>) -> String {
    stopped(plan, steps, None)
}

fn stopped(plan: &Plan, steps: Vec<StepReport>, stopped: Option<StopReason>) -> String {
    stopped_by(plan, steps, stopped, None)
}

fn stopped_by(
    plan: &Plan,
    steps: Vec<StepReport>,
    stopped: Option<StopReason>,
    stopped_by: Option<CallFailure>,
) -> String {
    let key_file = |name: &CloudName| Some(format!("keys/{name}.pem"));
    let text = text(
        plan,
        &Report { steps, stopped, stopped_by, took: Duration::from_secs(200) },
        &key_file,
    );
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn what_was_done_is_counted_by_objects_and_tells_bound_from_in_effect() {
    let steps = all_done();
    insta::assert_snapshot!(shown(&plan(), steps), @r"
    Applied: 1 private key made, 1 key pair made, 2 instances bound and in effect, 1 instance bound, in effect after the next restart, in 3 min 20 s.
    The private key of web is keys/web.pem
    ");
}

#[test]
fn what_failed_comes_first_with_its_reason_and_counts_for_nothing() {
    let steps = vec![
        ended(StepEnd::Skipped),
        ended(StepEnd::Done),
        with(StepEnd::Partly, &["i-1"], &["i-2"], &[]),
        with(StepEnd::Partly, &["i-1"], &["i-2"], &[]),
        ended(StepEnd::NotStarted(WhyNot::After { step: StepId::new(2) })),
        ended(StepEnd::NotStarted(WhyNot::After { step: StepId::new(2) })),
    ];
    insta::assert_snapshot!(shown(&plan(), steps), @r"
    partly bind 2 instances of fleet to web (wave 1): 1 failed
        i-2: the service does not show the change; plan again later
    partly restart 2 instances of fleet (wave 1): 1 failed
        i-2: the service does not show the change; plan again later
    not started 1 step for 1 instance: step 2 failed: bind 2 instances of fleet to web (wave 1)

    Partly applied: 1 key pair made, 1 instance bound and in effect, in 3 min 20 s.
    The private key of web is keys/web.pem
    Fix what failed and run the same command again: it goes on from here.
    ");
}

#[test]
fn what_was_so_already_is_told_and_a_restart_that_somebody_else_made_is_in_effect() {
    let mut steps: Vec<_> = (0..6).map(|_| ended(StepEnd::Skipped)).collect();
    steps[2] = with(StepEnd::Done, &["i-2"], &[], &["i-1"]);
    steps[3] = with(StepEnd::Done, &["i-1"], &[], &["i-2"]);
    let text = shown(&plan(), steps);
    let done = "Applied: 1 instance bound and in effect, 1 instance restarted, in 3 min 20 s.\n";
    assert!(text.ends_with(done), "{text}");
    assert!(
        text.contains("left out of restart 2 instances of fleet (wave 1): 1 left out\n    i-2: ")
    );
    let nothing = (0..6).map(|_| ended(StepEnd::Skipped)).collect();
    assert_eq!(shown(&plan(), nothing), "Applied: nothing was left to do, in 3 min 20 s.\n");
}

#[test]
fn blocked_rows_are_not_forgotten_after_a_run() {
    let mut plan = plan();
    plan.summary.blocked = 2;
    let text = shown(&plan, all_done());
    assert!(
        text.ends_with("\n2 blocked: `keyform plan` shows by what. Mend that and apply again.\n")
    );
}

#[test]
fn steps_that_a_stop_left_for_later_are_counted_and_failures_are_still_told() {
    let later = || ended(StepEnd::NotStarted(WhyNot::Stopped { reason: StopReason::Signal }));
    let steps = vec![
        ended(StepEnd::Done),
        ended(StepEnd::Done),
        with(StepEnd::Partly, &["i-1"], &["i-2"], &[]),
        later(),
        later(),
        later(),
    ];
    insta::assert_snapshot!(stopped(&plan(), steps, Some(StopReason::Signal)), @r"
    partly bind 2 instances of fleet to web (wave 1): 1 failed
        i-2: the service does not show the change; plan again later

    Stopped by a signal: 1 private key made, 1 key pair made, 1 instance bound, in effect after the next restart, in 3 min 20 s.
    The private key of web is keys/web.pem
    2 steps not started. The same command again goes on from here.
    ");
}

#[test]
fn the_last_line_says_what_the_service_said_that_stopped_the_run() {
    let later = || ended(StepEnd::NotStarted(WhyNot::Stopped { reason: StopReason::Credentials }));
    let steps = vec![ended(StepEnd::Done), later(), later(), later(), later(), later()];
    let said = CallFailure {
        message: "ImportKeyPair was refused by the service: InvalidSecurityToken.Expired: Expired \
                  (HTTP 403, request 1)"
            .to_owned(),
        kind: FailureKind::Unauthenticated,
        outcome_unknown: false,
    };
    let text = stopped_by(&plan(), steps, Some(StopReason::Credentials), Some(said));
    insta::assert_snapshot!(text, @r"
    Stopped, since the credentials are not accepted: 1 private key made, in 3 min 20 s.
    The private key of web is keys/web.pem
    4 steps not started. The same command again goes on from here.
    Renew the credentials first (`keyform whoami` shows which are used): ImportKeyPair was refused by the service: InvalidSecurityToken.Expired: Expired (HTTP 403, request 1)
    ");
}

#[test]
fn a_restart_of_what_an_earlier_run_bound_and_a_proof_that_failed_are_told_as_that() {
    let mut steps: Vec<_> = (0..6).map(|_| ended(StepEnd::Skipped)).collect();
    steps[3] = with(StepEnd::Done, &["i-1", "i-2"], &[], &[]);
    assert_eq!(shown(&plan(), steps.clone()), "Applied: 2 instances restarted, in 3 min 20 s.\n");
    steps[3] = with(StepEnd::Failed(Failure::ChangeNotShown), &[], &["i-1", "i-2"], &[]);
    let text = shown(&plan(), steps);
    assert!(text.contains("\nFailed: no step was completed, in 3 min 20 s.\n"), "{text}");
}

#[test]
fn steps_that_wait_for_one_failure_are_one_line_that_names_it() {
    let mut plan = plan();
    let waves = (2..6).flat_map(|_| plan.steps[2..5].to_vec()).collect::<Vec<_>>();
    plan.steps.splice(5.., waves);
    let after = || ended(StepEnd::NotStarted(WhyNot::After { step: StepId::new(3) }));
    let mut steps = all_done();
    steps[3] = with(StepEnd::Failed(Failure::ChangeNotShown), &[], &["i-1", "i-2"], &[]);
    steps.truncate(4);
    steps.resize_with(plan.steps.len(), after);
    insta::assert_snapshot!(shown(&plan, steps), @r"
    failed restart 2 instances of fleet (wave 1): 2 failed
        i-1: the service does not show the change; plan again later
        i-2: the service does not show the change; plan again later
    not started 8 steps for 2 instances: step 3 failed: restart 2 instances of fleet (wave 1)

    Partly applied: 1 private key made, 1 key pair made, 2 instances bound, in effect after the next restart, in 3 min 20 s.
    The private key of web is keys/web.pem
    Fix what failed and run the same command again: it goes on from here.
    ");
}

#[test]
fn of_each_pair_that_was_made_it_is_told_where_its_private_key_is() {
    let mut plan = plan();
    let others: Vec<_> = (0..12).map(|number| import(&plan, &format!("p{number:02}"))).collect();
    plan.steps.extend(others);
    let mut given = import(&plan, "given");
    if let Action::ImportPair { key, .. } = &mut given.action {
        let fingerprint = crate::model::Fingerprint::from_bytes([7; 16]);
        let (public_key, summary) = ("ssh-rsa AAAA".to_owned(), String::new());
        *key = PairKey::Given { public_key, fingerprint, summary };
    }
    plan.steps.push(given);
    // Its private key was made by an earlier run.
    let mut steps = vec![ended(StepEnd::Skipped), ended(StepEnd::Done)];
    steps.extend((0..4).map(|_| ended(StepEnd::Skipped)));
    steps.extend((0..13).map(|_| ended(StepEnd::Done)));
    let text = shown(&plan, steps);
    assert!(text.contains("\nThe private key of web is keys/web.pem\n"), "{text}");
    for number in 0..12 {
        let line = format!("\nThe private key of p{number:02} is keys/p{number:02}.pem\n");
        assert_eq!(text.matches(&line).count(), 1, "{text}");
    }
    let line = "The private key of given is where you keep it: keyform has the public key only\n";
    assert!(text.contains(line), "{text}");
}

/// A step as the import of a plan, of another pair.
fn import(plan: &Plan, other: &str) -> Step {
    let mut step = plan.steps[1].clone();
    if let Action::ImportPair { name, .. } = &mut step.action {
        *name = CloudName::new(other);
    }
    step
}

//! The policies that keyform prints are exactly what its runs then call: under the policy of a plan
//! its apply comes to its end, and without one action of it the run fails and names that action.

mod served;
mod stories;

use std::{collections::BTreeSet, error::Error, sync::Arc};

use keyform::{
    ecs::{Request, Transport},
    emulator::server::DEFAULT_ACCOUNT,
    model::Tags,
    plan::Plan,
    render,
    rights::{Because, Policy, Purpose, RIGHTS, RightsReport, Statement, Verdict, right},
    session::{Applied, ApplyRequest, PlanOptions, Planned, RightsCheck, Session, SessionError},
};

use self::{
    served::{Calls, Served},
    stories::{Story, applied},
};
use super::scene::{Outcome, Scene};

/// The session of a scene at its server, whose caller has this policy.
fn session(scene: &Scene, policy: &Policy, script: &str, calls: &Calls) -> Session {
    let served: Arc<dyn Transport> = Arc::new(Served::new(scene, policy, script, calls));
    scene.session_of(scene.surroundings(), |_| served).expect("the project opens")
}

/// What is printed for a project, or for one plan of it.
fn policy(scene: &Scene, purpose: Purpose, plan: Option<&Plan>) -> Policy {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    session.needed_rights(purpose, plan).expect("its state can be read").policy().policy
}

/// A run under a policy, and the calls that it made.
fn run(scene: &Scene, policy: &Policy, wish: ApplyRequest) -> (Outcome, Vec<Request>) {
    let calls = Calls::default();
    let ran = scene.wish_through(wish, |_| Served::new(scene, policy, "{}", &calls), Vec::new());
    let calls = calls.lock().expect("no test panics here").clone();
    (ran.outcome, calls)
}

fn saved(plan: &Plan) -> ApplyRequest {
    ApplyRequest::Saved(Box::new(plan.clone()))
}

/// Each action of a policy, each with one resource.
fn grants(policy: &Policy) -> BTreeSet<(String, String)> {
    let of = |statement: &Statement| {
        let resources = statement.resource.texts().to_vec();
        let actions = statement.action.texts().to_vec().into_iter();
        actions.flat_map(move |action| {
            resources.clone().into_iter().map(move |resource| (action.clone(), resource))
        })
    };
    policy.statement.iter().flat_map(of).collect::<Vec<_>>().into_iter().collect()
}

/// What the calls of a run needed.
fn needed(calls: &[Request]) -> BTreeSet<(String, String)> {
    let needs = calls.iter().flat_map(Request::needed);
    needs.map(|need| (need.action().to_owned(), need.resource.arn(DEFAULT_ACCOUNT))).collect()
}

#[track_caller]
fn is_complete(outcome: &Outcome, name: &str) {
    let Ok(Applied::Ran { report, .. }) = outcome else { panic!("{name}: {outcome:?}") };
    assert!(report.is_complete(), "{name}: {report:#?}");
}

/// Everything that a run has said of why it ended.
fn said(outcome: &Outcome) -> String {
    match outcome {
        Ok(Applied::Ran { plan, report }) if !report.is_complete() => {
            render::report::text(plan, report, &|_| None)
        }
        Ok(other) => panic!("it fails: {other:?}"),
        Err(error) => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                text.push_str(&format!("\n{cause}"));
                source = cause.source();
            }
            text
        }
    }
}

#[test]
fn the_policy_of_a_plan_is_exactly_what_its_apply_calls() {
    let mut actions = BTreeSet::new();
    for Story { name, scene, destroy } in stories::all() {
        let plan = scene.plan(destroy);
        let policy = policy(&scene, Purpose::Apply, Some(&plan));
        let (outcome, calls) = run(&scene, &policy, saved(&plan));
        // Nothing more is called: the server would have refused it.
        is_complete(&outcome, name);
        let needed = needed(&calls);
        for (action, resource) in grants(&policy) {
            let alone =
                Policy::of(vec![Statement::allowing(&action, std::slice::from_ref(&resource))]);
            let is_used = needed.iter().any(|(action, resource)| {
                alone.judge(action, resource, &Tags::new()) == Verdict::Allowed
            });
            assert!(is_used, "{name}: {action} on {resource} is never used: {needed:#?}");
            actions.insert(action);
        }
    }
    // The others are of the server alone, or are called after a failure only (docs/ram.md).
    let called = RIGHTS.iter().map(|right| right.action).filter(|action| actions.contains(*action));
    assert_eq!(
        called.collect::<Vec<_>>(),
        [
            "ecs:DescribeKeyPairs",
            "ecs:DescribeInstances",
            "ecs:CreateKeyPair",
            "ecs:ImportKeyPair",
            "ecs:JoinResourceGroup",
            "ecs:TagResources",
            "ecs:UntagResources",
            "ecs:AttachKeyPair",
            "ecs:DetachKeyPair",
            "ecs:RebootInstances",
            "ecs:DeleteKeyPairs",
        ]
    );
}

#[test]
fn a_run_without_one_of_its_actions_fails_and_names_it() {
    for Story { name, scene, destroy } in stories::all() {
        let plan = scene.plan(destroy);
        let policy = policy(&scene, Purpose::Apply, Some(&plan));
        let actions: BTreeSet<_> = grants(&policy).into_iter().map(|(action, _)| action).collect();
        for action in actions {
            let mut policy = policy.clone();
            let deny = format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"*"}}"#);
            let allowed = policy.statement.iter_mut().map(|statement| {
                let left = statement.action.texts().iter().filter(|one| **one != action);
                Statement::allow(
                    left.cloned().collect(),
                    statement.resource.texts().to_vec(),
                    statement.condition.clone(),
                )
            });
            policy.statement = allowed.collect();
            let (outcome, _) = run(&scene.fork(), &policy, saved(&plan));
            let text = said(&outcome);
            assert!(
                text.contains(&format!("the caller lacks {action}")),
                "{name} {action}: {text}"
            );
            assert!(text.contains("add to its policy in RAM {\"Effect\":\"Allow\""), "{text}");

            policy.statement.push(serde_json::from_str(&deny).expect("a statement"));
            let (outcome, _) = run(&scene.fork(), &policy, saved(&plan));
            let text = said(&outcome);
            assert!(text.contains("a policy of RAM denies it"), "{name} {action}: {text}");
        }
    }
}

/// Whatever a project comes to plan, the policy of the project allows it; that of plan allows it to
/// be planned, and nothing to be changed.
#[test]
fn the_policies_of_a_project_allow_its_plans_and_the_one_of_plan_changes_nothing() {
    for Story { name, scene, destroy } in stories::all() {
        let options = || PlanOptions { destroy, ..PlanOptions::default() };
        let of_plan = policy(&scene, Purpose::Plan, None);
        let calls = Calls::default();
        let planned = session(&scene, &of_plan, "{}", &calls).plan(options());
        assert_eq!(planned.expect("there is a plan").plan, scene.plan(destroy), "{name}");

        let other = scene.fork();
        let (outcome, calls) = run(&other, &of_plan, ApplyRequest::Fresh(options()));
        said(&outcome);
        assert!(calls.iter().any(Request::writes), "{name}: it tries");
        let cloud = |scene: &Scene| (scene.end().instances, scene.end().pairs);
        assert_eq!(cloud(&other), cloud(&scene), "{name}");
        for action in grants(&of_plan).into_iter().map(|(action, _)| action) {
            let operation = action.trim_start_matches("ecs:");
            assert!(!right(operation).expect("a right").writes, "{name}: {action}");
        }

        let of_apply = policy(&scene, Purpose::Apply, None);
        let (outcome, _) = run(&scene, &of_apply, ApplyRequest::Fresh(options()));
        is_complete(&outcome, name);
    }
}

/// The plan of a story, and the policy of it without some actions.
fn without(scene: &Scene, actions: &[&str]) -> (Plan, Policy) {
    let plan = scene.plan(false);
    let mut policy = policy(scene, Purpose::Apply, Some(&plan));
    let deny = |action: &&str| -> Statement {
        let text = format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"*"}}"#);
        serde_json::from_str(&text).expect("a statement")
    };
    policy.statement.extend(actions.iter().map(deny));
    (plan, policy)
}

fn missing(report: &RightsReport) -> Vec<&str> {
    report.missing.iter().map(|denial| denial.action.as_str()).collect()
}

fn untold(report: &RightsReport) -> Vec<(&str, &Because)> {
    report.untold.iter().map(|untold| (untold.action, &untold.because)).collect()
}

#[test]
fn dry_runs_and_lists_find_out_what_is_missing_and_change_nothing() {
    let scene = stories::all().swap_remove(1).scene;
    let restarts = || {
        scene.world(|world, _| {
            let instances: Vec<_> = world.instances().collect();
            instances.iter().map(|(region, id)| world.restarts(region, id).len()).sum::<usize>()
        })
    };
    let before = (scene.end(), restarts());
    let nothing = |script: &str| {
        let (plan, policy) = without(
            &scene,
            &["ecs:DescribeInstances", "ecs:DescribeKeyPairs", "ecs:RebootInstances"],
        );
        let calls = Calls::default();
        let session = session(&scene, &policy, script, &calls);
        let of_plan = session.rights(Purpose::Plan, None).expect("a report");
        let of_apply = session.rights(Purpose::Apply, Some(&plan)).expect("a report");
        (of_plan, of_apply)
    };
    // As the service is since December 2025, and as it was before.
    for script in ["{}", "{behaviour: {emptyListWithoutPermission: true}}"] {
        let (of_plan, of_apply) = nothing(script);
        assert_eq!(missing(&of_plan), ["ecs:DescribeKeyPairs", "ecs:DescribeInstances"]);
        assert_eq!(of_plan.untold, []);
        assert_eq!(
            missing(&of_apply),
            ["ecs:DescribeKeyPairs", "ecs:DescribeInstances", "ecs:RebootInstances"]
        );
        let reboot = &of_apply.missing[2];
        assert!(reboot.is_explicit && reboot.resources.len() == 3, "{reboot:#?}");
    }
    let (plan, policy) = without(&scene, &[]);
    let calls = Calls::default();
    let report = session(&scene, &policy, "{}", &calls).rights(Purpose::Apply, Some(&plan));
    let report = report.expect("a report");
    assert_eq!(missing(&report), [""; 0]);
    assert_eq!(
        untold(&report),
        [("ecs:ImportKeyPair", &Because::NoDryRun), ("ecs:AttachKeyPair", &Because::NoDryRun),]
    );
    let calls = calls.lock().expect("no test panics here").clone();
    assert!(calls.iter().any(|call| call.operation() == "RebootInstances"), "it was asked");
    assert!(!calls.iter().any(Request::writes), "{calls:#?}");
    assert_eq!((scene.end(), restarts()), before, "no dry run restarts anything");
}

#[test]
fn what_a_dry_run_cannot_tell_is_said_with_its_reason() {
    let scene = stories::all().swap_remove(0).scene;
    let (plan, policy) = without(&scene, &[]);
    let report = |script: &str| {
        let session = session(&scene, &policy, script, &Calls::default());
        session.rights(Purpose::Apply, Some(&plan)).expect("a report")
    };
    let empty = report("{}");
    assert!(untold(&empty).contains(&("ecs:DescribeKeyPairs", &Because::EmptyList)), "{empty:#?}");
    let code = "IncorrectInstanceStatus".to_owned();
    let script = "faults: [{call: RebootInstances, effect: refuse, status: 403, code: \
                  IncorrectInstanceStatus}]";
    let refused = report(script);
    let because = Because::RefusedOtherwise { code };
    assert!(untold(&refused).contains(&("ecs:RebootInstances", &because)), "{refused:#?}");
    assert_eq!(missing(&refused), [""; 0]);

    let made = applied();
    let session = session(
        &made,
        &policy,
        "faults: [{call: DescribeKeyPairs, effect: dropRows, rows: 50}]",
        &Calls::default(),
    );
    let lost = session.rights(Purpose::Plan, None).expect("a report");
    assert_eq!(untold(&lost), [("ecs:DescribeKeyPairs", &Because::EmptyListOfRecorded)]);
}

#[test]
fn an_apply_that_looks_at_its_rights_refuses_before_its_first_write_with_all_that_is_missing() {
    for saves in [false, true] {
        let scene = stories::all().swap_remove(1).scene;
        let (plan, policy) = without(&scene, &["ecs:DescribeInstances", "ecs:RebootInstances"]);
        let calls = Calls::default();
        // Reads do not fail, so that the apply comes as far as its own look.
        let script = "{behaviour: {emptyListWithoutPermission: true}}";
        let check = Some(RightsCheck { on_checked: |_| panic!("something is missing") });
        let session = session(&scene, &policy, script, &calls).checking_rights(check);
        let wish = if saves { saved(&plan) } else { ApplyRequest::Fresh(PlanOptions::default()) };
        let mut approve = |_: &Planned| panic!("no one is asked");
        let refused = session.apply(wish, &mut approve, &mut |_, _, _| {});
        match refused {
            Err(SessionError::RightsMissing(report)) => {
                assert_eq!(missing(&report), ["ecs:DescribeInstances", "ecs:RebootInstances"]);
            }
            // A fresh plan is refused by its reads, which take no empty list for an absence.
            Err(SessionError::Observe { source, .. }) if !saves => {
                let denial = source.denial().expect("a right");
                assert_eq!(denial.action, "ecs:DescribeInstances");
            }
            other => panic!("it is refused: {other:?}"),
        }
        let calls = calls.lock().expect("no test panics here").clone();
        assert!(!calls.iter().any(Request::writes), "{calls:#?}");
    }
    let scene = stories::all().swap_remove(1).scene;
    let (plan, policy) = without(&scene, &[]);
    let check = Some(RightsCheck { on_checked: |report| assert_eq!(report.missing, []) });
    let session = session(&scene, &policy, "{}", &Calls::default()).checking_rights(check);
    let applied = session.apply(saved(&plan), &mut |_| true, &mut |_, _, _| {});
    is_complete(&applied.map_err(Box::<dyn Error>::from), "it is applied");
}

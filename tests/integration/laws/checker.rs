//! The checker of plans: a sound plan passes, and each way to spoil it is found.

use keyform::{
    model::{CloudName, InstanceId, Region, StepId},
    plan::{Action, Expectation, Plan, check::check},
};

use super::{
    coded::{coded, says},
    scene::{Scene, bound, bound_created},
    schedule::fleet,
};

fn plan() -> Plan {
    Scene::new(&bound("web", "i-1, i-2, i-3")).plan(false)
}

/// A plan that replaces one pair by another and deletes the first.
fn replacing() -> Plan {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    scene.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    scene.plan(false)
}

/// A plan of which the waves are proven.
fn proven() -> Plan {
    let proof = "proof: {command: [\"true\"]}, instances:";
    Scene::new(&bound("web", "i-1, i-2, i-3").replace("instances:", proof)).plan(false)
}

/// A plan that leaves all of its instances to a window.
fn deferring() -> Plan {
    fleet("when: window, windows: [{start: \"02:00\", duration: 3h, timeZone: UTC}]").plan(false)
}

fn step(plan: &Plan, is_wanted: fn(&Action) -> bool) -> usize {
    plan.steps.iter().position(|step| is_wanted(&step.action)).expect("the plan has such a step")
}

#[track_caller]
fn finds(plan: &Plan, problem: &str) {
    let found = found(plan);
    assert!(found.iter().any(|flaw| says(flaw, problem)), "not {problem}, but {found:?}");
}

/// What is wrong with a plan.
#[track_caller]
fn found(plan: &Plan) -> Vec<String> {
    check(plan).expect_err("the plan is spoilt").0.iter().map(coded).collect()
}

#[test]
fn sound_plans_pass() {
    for plan in [plan(), replacing(), proven(), deferring()] {
        assert_eq!(check(&plan), Ok(()));
    }
}

#[test]
fn a_changed_step_does_not_fit_the_digest() {
    let mut plan = plan();
    let attach = step(&plan, |action| matches!(action, Action::Attach { .. }));
    if let Action::Attach { items, .. } = &mut plan.steps[attach].action {
        items[0].id = InstanceId::new("i-9");
    }
    finds(&plan, "digestDiffers");
}

/// What a reviewer reads is what keyform wrote, also where no step says it.
#[test]
fn a_document_that_was_changed_beside_its_steps_is_found() {
    let spoilt: [fn(&mut Plan); 5] = [
        |plan| plan.summary.instances_unbound += 1,
        |plan| plan.instance_names.values_mut().for_each(|name| name.push('x')),
        |plan| plan.program = "9.9.9".to_owned(),
        |plan| plan.changes.clear(),
        |plan| plan.steps[0].origin = None,
    ];
    for (number, spoil) in spoilt.into_iter().enumerate() {
        let mut scene = Scene::new(&bound("web", "i-1"));
        scene.apply(false);
        let text = bound("web", "i-1, i-2").replace("{team: laws}", "{team: others}");
        scene.write("web.yaml", &text);
        let mut plan = scene.plan(false);
        assert_eq!(check(&plan), Ok(()));
        spoil(&mut plan);
        assert!(found(&plan).contains(&"documentDiffers".to_owned()), "{number}");
    }
}

/// Whoever changes a document can write its checksum, too.
#[test]
fn a_summary_that_does_not_count_the_steps_is_found() {
    let mut plan = replacing();
    plan.summary.pairs_deleted = 0;
    finds(&plan, "summaryDiffers");
    let mut plan = deferring();
    plan.summary.deferred[0].instances += 1;
    finds(&plan, "summaryDiffers");
}

#[test]
fn a_private_key_that_is_put_aside_without_the_delete_of_its_pair_is_found() {
    let mut plan = replacing();
    let retire = step(&plan, |action| matches!(action, Action::RetireKey { .. }));
    plan.steps[retire].after.clear();
    finds(&plan, "retireBeforeDelete");
    let mut plan = replacing();
    let delete = step(&plan, |action| matches!(action, Action::DeletePair { .. }));
    plan.steps[delete].action = Action::Record { changes: Vec::new() };
    finds(&plan, "retireBeforeDelete");
}

#[test]
fn an_expectation_about_another_object_than_that_of_its_step_is_found() {
    for is_wanted in [
        (|action| matches!(action, Action::MakeKey { .. })) as fn(&Action) -> bool,
        |action| matches!(action, Action::ImportPair { .. }),
        |action| matches!(action, Action::DeletePair { .. }),
        |action| matches!(action, Action::RetireKey { .. }),
    ] {
        let mut plan = replacing();
        let id = step(&plan, is_wanted);
        for expectation in &mut plan.steps[id].expectations {
            let (Expectation::KeyAbsent { name, .. }
            | Expectation::KeyNotLookedAt { name, .. }
            | Expectation::KeyHeld { name, .. }
            | Expectation::PairAbsent { name, .. }
            | Expectation::PairOurs { name, .. }
            | Expectation::BoundNowhere { name, .. }) = expectation
            else {
                continue;
            };
            *name = CloudName::new("other");
        }
        finds(&plan, "restsOnOther");
    }
}

#[test]
fn a_restart_for_something_else_than_what_the_plan_binds_is_found() {
    let spoilt: [fn(&mut Action); 3] = [
        |action| {
            let Action::Restart { items, .. } = action else { return };
            items[0].bound = Some(CloudName::new("other"));
        },
        |action| {
            let Action::Restart { items, .. } = action else { return };
            items[0].revision += 1;
        },
        |action| {
            let Action::Restart { wave, .. } = action else { return };
            *wave += 1;
        },
    ];
    for spoil in spoilt {
        let mut plan = plan();
        let restart = step(&plan, |action| matches!(action, Action::Restart { .. }));
        spoil(&mut plan.steps[restart].action);
        finds(&plan, "restartDiffers(instance=i-1)");
    }
}

#[test]
fn a_step_that_comes_before_what_it_waits_for_is_found() {
    for later in [0, 1] {
        let mut plan = plan();
        plan.steps[0].after = vec![StepId::new(later)];
        finds(&plan, "stepsOutOfOrder");
    }
}

#[test]
fn an_import_before_its_private_key_is_in_the_vault_is_found() {
    let mut plan = plan();
    let import = step(&plan, |action| matches!(action, Action::ImportPair { .. }));
    plan.steps[import].after.clear();
    finds(&plan, "importBeforeKey");
}

#[test]
fn a_binding_before_its_pair_is_found() {
    let mut plan = plan();
    let attach = step(&plan, |action| matches!(action, Action::Attach { .. }));
    plan.steps[attach].after.clear();
    finds(&plan, "bindBeforePair");
}

#[test]
fn a_restart_before_its_binding_is_found() {
    let mut plan = plan();
    let restart = step(&plan, |action| matches!(action, Action::Restart { .. }));
    plan.steps[restart].after.clear();
    finds(&plan, "restartBeforeMove");
}

#[test]
fn a_delete_before_the_instances_have_left_is_found() {
    let mut plan = replacing();
    let delete = step(&plan, |action| matches!(action, Action::DeletePair { .. }));
    plan.steps[delete].after.clear();
    finds(&plan, "deleteBeforeLeft");
}

#[test]
fn expectations_that_are_left_out_are_found() {
    for is_wanted in [
        (|action| matches!(action, Action::MakeKey { .. })) as fn(&Action) -> bool,
        |action| matches!(action, Action::ImportPair { .. }),
        |action| matches!(action, Action::DeletePair { .. }),
        |action| matches!(action, Action::RetireKey { .. }),
    ] {
        let mut plan = replacing();
        let id = step(&plan, is_wanted);
        plan.steps[id].expectations.clear();
        finds(&plan, "restsOnNothing");
    }
}

/// A pair that the service makes with its key: neither may be there, and the other regions import after
/// it.
#[test]
fn a_created_pair_rests_on_both_and_comes_before_its_imports() {
    let regions = "createInCloud: true, regions: [cn-shanghai, cn-hangzhou]";
    let manifest = bound_created("web", "").replace("createInCloud: true", regions);
    let manifest = manifest.replace("{keyPair: web,", "{keyPair: web, region: cn-hangzhou,");
    let plan = Scene::new(&manifest).plan(false);
    assert_eq!(check(&plan), Ok(()));
    let create = step(&plan, |action| matches!(action, Action::CreatePair { .. }));
    for left_out in 0..2 {
        let mut plan = plan.clone();
        plan.steps[create].expectations.remove(left_out);
        finds(&plan, "restsOnNothing");
    }
    let mut early = plan.clone();
    let import = step(&early, |action| matches!(action, Action::ImportPair { .. }));
    early.steps[import].after.clear();
    finds(&early, "importBeforeKey");
    let mut other = plan;
    let Action::CreatePair { name, .. } = &mut other.steps[create].action else { panic!() };
    *name = CloudName::new("other");
    finds(&other, "restsOnOther");
}

/// A resource group is changed of a pair that is ours, or that this plan takes over before.
#[test]
fn a_change_of_the_resource_group_rests_on_whose_the_pair_is() {
    let mut scene = Scene::new(&bound("web", ""));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "").replace("tags:", "resourceGroup: rg-a1, tags:"));
    let mut plan = scene.plan(false);
    let group = step(&plan, |action| matches!(action, Action::GroupPair { .. }));
    plan.steps[group].expectations.clear();
    finds(&plan, "restsOnNothing");
}

#[test]
fn a_delete_rests_on_whose_the_pair_is_and_on_nothing_that_is_bound_to_it() {
    let plan = replacing();
    let delete = step(&plan, |action| matches!(action, Action::DeletePair { .. }));
    for left_out in 0..2 {
        let mut plan = plan.clone();
        plan.steps[delete].expectations.remove(left_out);
        finds(&plan, "restsOnNothing");
    }
}

#[test]
fn a_wave_that_does_not_wait_for_the_one_before_is_found() {
    let mut plan = plan();
    let second = plan
        .steps
        .iter()
        .position(|step| matches!(step.action, Action::Attach { wave: 2, .. }))
        .expect("a second wave");
    let gate = step(&plan, |action| matches!(action, Action::Gate { wave: 1, .. }));
    plan.steps[second].after.retain(|&before| before != StepId::new(gate));
    finds(&plan, "waveTooEarly");
}

#[test]
fn a_wave_that_is_too_large_is_found() {
    let mut plan = plan();
    plan.fleets[0].unavailable_max = 0;
    finds(&plan, "waveTooLarge(allowed=0; instances=1)");
}

#[test]
fn an_instance_that_is_restarted_twice_is_found() {
    let mut plan = plan();
    for step in &mut plan.steps {
        if let Action::Restart { items, .. } = &mut step.action {
            items[0].id = InstanceId::new("i-1");
        }
    }
    finds(&plan, "restartedTwice(instance=i-1)");
}

#[test]
fn an_instance_that_is_moved_twice_is_found() {
    let mut plan = plan();
    for step in &mut plan.steps {
        if let Action::Attach { items, .. } = &mut step.action {
            items[0].id = InstanceId::new("i-1");
        }
    }
    finds(&plan, "movedTwice(instance=i-1)");
}

/// The service takes 50 instances at once for binding, and 100 for restarting.
#[test]
fn a_batch_that_is_larger_than_the_service_takes_is_found() {
    for (is_wanted, most) in [
        ((|action| matches!(action, Action::Attach { .. })) as fn(&Action) -> bool, 50),
        (|action| matches!(action, Action::Restart { .. }), 100),
    ] {
        let of_size = |size: usize| {
            let mut plan = plan();
            let id = step(&plan, is_wanted);
            if let Action::Attach { items, .. } | Action::Restart { items, .. } =
                &mut plan.steps[id].action
            {
                *items = vec![items[0].clone(); size];
            }
            found(&plan).iter().any(|flaw| says(flaw, "batchSize"))
        };
        assert!(!of_size(most));
        assert!(of_size(most + 1));
    }
}

#[test]
fn a_batch_that_the_service_does_not_take_is_found() {
    let mut plan = plan();
    let attach = step(&plan, |action| matches!(action, Action::Attach { .. }));
    if let Action::Attach { items, .. } = &mut plan.steps[attach].action {
        items.clear();
    }
    finds(&plan, "batchSize");
}

#[test]
fn a_proof_and_deferred_work_are_about_some_instance() {
    for mut plan in [proven(), deferring()] {
        let id =
            step(&plan, |action| matches!(action, Action::Prove { .. } | Action::Defer { .. }));
        if let Action::Prove { items, .. } | Action::Defer { items, .. } =
            &mut plan.steps[id].action
        {
            items.clear();
        }
        finds(&plan, "batchSize");
    }
}

#[test]
fn deferred_work_before_its_pair_is_made_is_found() {
    let mut plan = deferring();
    let defer = step(&plan, |action| matches!(action, Action::Defer { .. }));
    plan.steps[defer].after.clear();
    finds(&plan, "deferBeforePair");
}

#[test]
fn an_instance_that_is_proven_twice_is_found() {
    let mut plan = proven();
    for step in &mut plan.steps {
        if let Action::Prove { items, .. } = &mut step.action {
            items[0].id = InstanceId::new("i-1");
        }
    }
    finds(&plan, "provenTwice(instance=i-1)");
}

/// The proof of an instance is of its own region, of the pair that takes effect, and after its
/// restart.
#[test]
fn an_instance_that_is_not_proven_where_its_binding_asks_for_that_is_found() {
    let spoilt: [fn(&mut Action, &mut Vec<StepId>); 4] = [
        |action, _| {
            let Action::Prove { items, .. } = action else { return };
            items[0].id = InstanceId::new("i-9");
        },
        |action, _| {
            let Action::Prove { items, .. } = action else { return };
            items[0].bound = Some(CloudName::new("ops"));
        },
        |action, _| {
            let Action::Prove { region, .. } = action else { return };
            *region = Region::new("cn-beijing").expect("a region");
        },
        |_, after| after.clear(),
    ];
    for spoil in spoilt {
        let mut plan = proven();
        let id = step(&plan, |action| matches!(action, Action::Prove { .. }));
        let step = &mut plan.steps[id];
        spoil(&mut step.action, &mut step.after);
        finds(&plan, "takesEffectUnproven(instance=i-1)");
    }
}

/// What is restarted after it was unbound has no key that could be proven.
#[test]
fn what_is_unbound_is_not_proven() {
    let mut plan = proven();
    let prove = step(&plan, |action| matches!(action, Action::Prove { .. }));
    let restart = step(&plan, |action| matches!(action, Action::Restart { .. }));
    for id in [prove, restart] {
        if let Action::Prove { items, .. } | Action::Restart { items, .. } =
            &mut plan.steps[id].action
        {
            items[0].bound = None;
        }
    }
    plan.steps[prove].after.clear();
    let found = found(&plan);
    assert!(!found.iter().any(|flaw| says(flaw, "takesEffectUnproven")), "{found:?}");
}

/// Whether a restart is to be proven is up to its own binding.
#[test]
fn each_binding_is_proven_by_its_own_word() {
    let asks =
        bound("ant", "i-1").replace("instances:", "proof: {command: [\"true\"]}, instances:");
    let mut plan = Scene::new(&[asks, bound("bee", "i-2")].join("---\n")).plan(false);
    let prove = step(&plan, |action| matches!(action, Action::Prove { .. }));
    if let Action::Prove { items, .. } = &mut plan.steps[prove].action {
        items[0].id = InstanceId::new("i-9");
    }
    for _ in 0..2 {
        plan.fleets.reverse();
        finds(&plan, "takesEffectUnproven(instance=i-1)");
        let found = found(&plan);
        let is_other = |flaw: &String| says(flaw, "takesEffectUnproven(instance=i-2)");
        assert!(!found.iter().any(is_other), "{found:?}");
    }
}

#[test]
fn a_secret_is_found() {
    let mut plan = plan();
    plan.program = "-----BEGIN PRIVATE KEY-----\nMIIE".to_owned();
    finds(&plan, "holdsSecret");
}

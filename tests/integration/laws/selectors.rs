//! Bindings that choose their instances by tags.

use std::collections::BTreeSet;

use keyform::{
    apply::{LeftOut, Report},
    emulator::Fact,
    model::InstanceId,
    plan::{Plan, ReasonCode},
    session::{Applied, ApplyRequest, PlanOptions, SessionError},
};

use super::{
    coded::{coded, says},
    decisions::decision,
    restarts::{first_call, killed_after},
    scene::{Scene, region},
    schedule::time,
};

const INVENTORY: &str = r#"
apiVersion: keyform/v1
kind: Inventory
spec:
  restartTime: 30s
  startTimePrecision: second
  instances:
  - {id: i-1, region: cn-hangzhou, name: one, tags: {role: web}}
  - {id: i-2, region: cn-hangzhou, name: two, tags: {role: web, env: prod}}
  - {id: i-3, region: cn-hangzhou, name: three, tags: {role: db}}
"#;

/// A key pair, and a binding with this selector.
fn selecting(selector: &str) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\n---\napiVersion: \
         keyform/v1\nkind: Binding\nmetadata: {{name: web-fleet}}\nspec: {{keyPair: web, selector: \
         {{{selector}}}}}\n"
    )
}

fn scene(selector: &str) -> Scene {
    let mut scene = Scene::new(&selecting(selector));
    scene.write("inventory.yaml", INVENTORY);
    scene
}

/// The inventory with something in the place of something else.
fn edited(scene: &Scene, edits: &[(&str, &str)]) -> Scene {
    let mut scene = scene.fork();
    let mut text = INVENTORY.to_owned();
    for (before, after) in edits {
        assert!(text.contains(before), "{before}");
        text = text.replace(before, after);
    }
    scene.write("inventory.yaml", &text);
    scene
}

fn applied() -> Scene {
    let scene = scene("tags: {role: web}");
    scene.apply(false);
    scene
}

decision!(the_instances_that_have_all_tags_are_bound, scene("tags: {role: web}"));

/// Two bindings of one region, of which only the second one unbinds what leaves it.
#[test]
fn what_leaves_a_selector_follows_its_own_binding() {
    let of_db = "---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {name: xdb-fleet}\nspec: \
                 {keyPair: web, selector: {tags: {role: db}, onLeave: detach, allowEmpty: true}}\n";
    let mut before = scene("tags: {role: web}");
    before.write("web.yaml", &format!("{}{of_db}", selecting("tags: {role: web}")));
    before.apply(false);
    let scene = edited(&before, &[("{role: db}", "{role: none}")]);
    assert_eq!(scene.plan(false).summary.instances_unbound, 1);
    let scene = edited(&before, &[("{role: web}", "{role: none}")]);
    assert_eq!(scene.plan(false).summary.instances_unbound, 0);
}

decision!(an_instance_that_comes_in_is_the_only_one_that_is_touched, {
    edited(&applied(), &[("{role: db}", "{role: web}")])
});

decision!(an_instance_that_leaves_is_forgotten_and_stays_bound, {
    edited(&applied(), &[("{role: web, env: prod}", "{role: db, env: prod}")])
});

decision!(an_instance_that_leaves_is_unbound_where_the_binding_says_so, {
    let mut scene = edited(&applied(), &[("{role: web, env: prod}", "{role: db, env: prod}")]);
    scene.write("web.yaml", &selecting("tags: {role: web}, onLeave: detach"));
    scene
});

decision!(instances_that_cannot_be_bound_are_passed_over_and_told, {
    edited(
        &scene("tags: {role: web}"),
        &[
            ("name: one, ", "name: one, osType: windows, "),
            ("env: prod", "\"acs:autoscaling:scalingGroupId\": asg-1"),
            ("{role: db}", "{role: web}"),
        ],
    )
});

decision!(instances_of_auto_scaling_are_bound_where_the_binding_says_so, {
    let mut scene = edited(
        &scene("tags: {role: web}"),
        &[("env: prod", "\"acs:autoscaling:scalingGroupId\": asg-1")],
    );
    let text = selecting("tags: {role: web}");
    scene.write(
        "web.yaml",
        &text.replace("keyPair: web,", "keyPair: web, managedInstances: include,"),
    );
    scene
});

/// R8: an old instance with optimized I/O, and a new one without.
#[test]
fn instances_of_the_old_families_are_passed_over_and_others_without_optimized_input_are_not() {
    let scene = edited(
        &scene("tags: {role: web}"),
        &[
            ("name: one, ", "name: one, instanceType: ecs.s1.small, "),
            ("name: two, ", "name: two, ioOptimized: false, "),
        ],
    );
    assert_eq!(scene.plan(false).summary.instances_bound, 1);
}

decision!(old_instances_are_left_to_the_service_where_the_binding_says_so, {
    let mut scene = edited(
        &scene("tags: {role: web}"),
        &[("name: one, ", "name: one, instanceType: ecs.s2.large, ioOptimized: true, ")],
    );
    let text = selecting("tags: {role: web}");
    let text = text.replace("keyPair: web,", "keyPair: web, allowGenerationOne: true,");
    scene.write("web.yaml", &text);
    scene
});

decision!(an_instance_that_two_bindings_find_is_left_alone, {
    let mut scene = scene("tags: {role: web}");
    let other = selecting("tags: {env: prod}").replace("web-fleet", "prod-fleet");
    let other = other.split_once("---\n").expect("two documents").1.to_owned();
    scene.write("prod.yaml", &other);
    scene
});

#[test]
fn an_instance_has_all_tags_of_its_selector() {
    assert_eq!(scene("tags: {role: web}").plan(false).summary.instances_bound, 2);
    let both = scene("tags: {role: web, env: prod}").plan(false);
    let bound: Vec<_> = both.steps.iter().flat_map(|step| step.action.items()).collect();
    assert!(!bound.is_empty() && bound.iter().all(|item| item.id.as_str() == "i-2"), "{both:#?}");
}

#[test]
fn a_selector_that_finds_nothing_is_an_error_unless_it_may() {
    let error = scene("tags: {role: nobody}").try_plan(false, false).expect_err("nothing is found");
    let SessionError::Plan(error) = error else { panic!("{error:?}") };
    let wanted = "selectsNothing(binding=web-fleet; region=cn-hangzhou; tags=role=nobody)";
    assert!(says(&coded(&error), wanted), "{error:?}");
    let empty = scene("tags: {role: nobody}, allowEmpty: true");
    assert_eq!(empty.plan(false).summary.instances_bound, 0);
}

#[test]
fn what_a_selector_found_converges_and_is_unbound_with_its_binding() {
    let scene = applied();
    let stop = Fact::Stopped { region: region(), instance_ids: vec![InstanceId::new("i-2")] };
    scene.happen(stop);
    assert!(scene.plan(false).is_empty(), "its status is nothing that a plan changes");
    scene.apply(true);
}

/// The report of a saved plan that comes to its end.
#[track_caller]
fn report_of(scene: &Scene, plan: &Plan) -> Report {
    match scene.run_saved(plan, Vec::new()).outcome {
        Ok(Applied::Ran { report, .. }) if report.is_complete() => report,
        other => panic!("it comes to its end: {other:?}"),
    }
}

fn no_longer_selected(report: &Report) -> BTreeSet<String> {
    let left_out = report.steps.iter().flat_map(|step| &step.left_out);
    let left = left_out.filter(|(_, why)| *why == LeftOut::NoLongerSelected);
    left.map(|(id, _)| id.to_string()).collect()
}

fn ids<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

/// That its selector chooses an instance is a fact that its bind rests on.
#[test]
fn what_left_its_selector_is_left_out_of_a_saved_plan() {
    let before = scene("tags: {role: web}");
    let plan = before.plan(false);
    let after = edited(&before, &[("{role: web, env: prod}", "{role: db, env: prod}")]);
    let report = report_of(&after, &plan);
    assert_eq!(after.guests_of("web"), ids(["i-1"]));
    assert_eq!(no_longer_selected(&report), ids(["i-2"]));
    assert_eq!(after.end().instances["i-2"].3, 0, "it was not restarted");
    after.converge(false);
}

/// What is bound already keeps its restart: a run was killed after the first of two waves was bound.
#[test]
fn what_is_bound_already_is_restarted_although_it_left_its_selector() {
    let before = scene("tags: {role: web}");
    let plan = before.plan(false);
    let killed = killed_after(&before, first_call(&before.fork(), "AttachKeyPair"));
    let after = edited(&killed, &[("{role: web", "{role: db")]);
    let report = report_of(&after, &plan);
    assert_eq!(after.guests_of("web"), ids(["i-1"]));
    assert_eq!(no_longer_selected(&report), ids(["i-2"]));
}

#[test]
fn what_left_its_selector_is_dropped_from_what_is_deferred() {
    let window = "restart: {when: window, windows: [{days: [sat], start: \"02:00\", duration: 3h, \
                  timeZone: UTC}]}";
    let text = selecting("tags: {role: web}");
    let mut before = scene("tags: {role: web}");
    before.write("web.yaml", &text.replace("keyPair: web,", &format!("keyPair: web, {window},")));
    before.apply(false);
    let after = edited(&before, &[("{role: web, env: prod}", "{role: db, env: prod}")]);
    let after = after.at(time("2026-11-28T02:10:00Z"));
    let options = PlanOptions { due: true, ..PlanOptions::default() };
    let Ok(Applied::Ran { plan, report }) =
        after.wish(ApplyRequest::Fresh(options), Vec::new()).outcome
    else {
        panic!("the other instance is due")
    };
    assert!(report.is_complete(), "{report:#?}");
    let told: Vec<_> = plan.notes.iter().map(|note| note.reason.code()).collect();
    assert_eq!(told, [ReasonCode::LeftSelector]);
    assert_eq!(after.guests_of("web"), ids(["i-1"]));
    let state = after.states().newest().expect("a state").expect("a state");
    assert_eq!(state.recorded.deferred_count(), 0);
}

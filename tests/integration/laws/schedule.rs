//! When restarts may begin: windows, denials, pauses, and all that a policy says of their order.

mod groups;
mod runs;

use keyform::{
    apply::Report,
    emulator::Fact,
    model::{InstanceId, Timestamp},
    plan::{Obstacle, Plan},
    session::Applied,
};

use super::{
    coded::coded,
    decisions::decision,
    scene::{Ran, Scene, bound, region},
};

/// The night from Friday to Saturday, which is five days away where a scene begins.
const NIGHT: &str = "when: window, windows: [{days: [sat], start: \"02:00\", duration: 3h, timeZone: Asia/Shanghai}]";

/// A binding of these instances with a restart policy.
pub(super) fn with_policy(pair: &str, instances: &str, policy: &str) -> String {
    let listed = format!("instances: [{instances}]");
    let restart = format!("{listed}, restart: {{{policy}}}");
    bound(pair, instances).replace(&listed, &restart)
}

pub(super) fn fleet(policy: &str) -> Scene {
    Scene::new(&with_policy("web", "i-1, i-2, i-3", policy))
}

pub(super) fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn urgent(manifests: &str) -> String {
    let urgent = "spec: {urgent: {reason: in a chat, until: \"2026-11-24T00:00:00Z\"}, tags";
    manifests.replace("spec: {tags", urgent)
}

fn report(ran: &Ran) -> (&Plan, &Report) {
    match &ran.outcome {
        Ok(Applied::Ran { plan, report }) => (plan, report),
        other => panic!("it ran: {other:?}"),
    }
}

decision!(outside_of_its_window_a_fleet_waits, fleet(NIGHT));

decision!(inside_of_its_window_a_fleet_is_restarted, {
    fleet(NIGHT).at(time("2026-11-27T18:00:00Z"))
});

decision!(what_would_not_end_within_the_window_waits_for_the_next_one, {
    fleet(NIGHT).at(time("2026-11-27T20:51:00Z"))
});

decision!(a_stopped_instance_waits_for_the_window_like_others, {
    let scene = fleet(NIGHT);
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    scene
});

decision!(a_window_that_is_too_short_never_comes, {
    fleet(&NIGHT.replace("when: window", "when: window, timeout: 3h, settle: 1m"))
});

decision!(a_fleet_that_is_paused_waits, {
    fleet("when: now, paused: {reason: an incident, until: \"2026-11-25T18:00:00+08:00\"}")
});

decision!(what_is_denied_waits_and_says_why, {
    fleet(
        "when: now, deny: [{from: 2026-11-20, to: 2026-11-26, reason: a feast, timeZone: \
         Asia/Shanghai}]",
    )
});

decision!(a_denial_within_a_window_is_what_stands_in_the_way, {
    let deny = "deny: [{from: 2026-11-28, to: 2026-11-28, reason: a feast}]";
    fleet(&format!("{NIGHT}, {deny}")).at(time("2026-11-27T18:00:00Z"))
});

decision!(what_is_urgent_does_not_wait_for_its_window, {
    Scene::new(&urgent(&with_policy("web", "i-1, i-2, i-3", NIGHT)))
});

#[test]
fn only_the_fleet_of_an_urgent_pair_does_not_wait() {
    let fleets = [with_policy("ant", "i-1", NIGHT), urgent(&with_policy("web", "i-2", NIGHT))];
    let plan = Scene::new(&fleets.join("---\n")).plan(false);
    assert_eq!(plan.summary.instances_restarted, 1, "{plan:#?}");
    let urgent = plan.fleets.iter().filter(|fleet| fleet.urgent);
    assert_eq!(urgent.map(|fleet| fleet.binding.as_str()).collect::<Vec<_>>(), ["web-fleet"]);
}

/// Of several denials the one is told that holds at the moment, to the second of its ends.
#[test]
fn the_denial_that_stands_in_the_way_is_told() {
    let deny = |from: &str, to: &str, why: &str| {
        format!("{{from: \"{from}\", to: \"{to}\", reason: {why}}}")
    };
    let estimate = fleet("when: now").plan(false).fleets[0].restart.estimate(None, None);
    let after_it = time("2026-11-23T10:00:00Z").plus(estimate).to_string();
    let denied = [
        deny(&after_it, "2026-12-24T00:00:00Z", "after it"),
        deny("2026-12-24T00:00:00Z", "2026-12-26T00:00:00Z", "later"),
        deny("2026-11-22T00:00:00Z", "2026-11-23T10:00:00Z", "over"),
        deny("2026-11-23T10:00:00Z", "2026-11-24T00:00:00Z", "a feast"),
    ];
    let plan = fleet(&format!("when: now, deny: [{}]", denied.join(", "))).plan(false);
    let why = Some(Obstacle::Denied("a feast".to_owned()));
    assert_eq!(plan.summary.deferred[0].why, why, "{plan:#?}");
}

/// Until when, and in which zone people tell that.
#[test]
fn deferred_work_that_is_paused_says_until_when() {
    let paused = "paused: {reason: an incident, until: \"2026-11-25T18:00:00Z\"}";
    for (policy, reason) in [
        (
            format!("when: now, {paused}"),
            "paused(timeZone=nothing; until=2026-11-25T18:00:00.000Z; why=an incident)",
        ),
        (
            format!("{NIGHT}, {paused}"),
            "paused(timeZone=Asia/Shanghai; until=2026-11-25T18:00:00.000Z; why=an incident)",
        ),
    ] {
        let scene = fleet(&policy);
        scene.apply(false);
        let plan = scene.plan(false);
        assert_eq!(coded(&plan.notes[0].reason), reason);
    }
}

decision!(people_restart_what_is_manual, fleet("when: manual"));

decision!(what_is_manual_and_bound_waits_for_people, {
    let scene = fleet("when: manual");
    scene.apply(false);
    scene
});

decision!(a_canary_is_a_first_wave, fleet("when: now, maxUnavailable: 2, canary: 1"));

/// The example, at a moment.
pub(super) fn example(moment: &str) -> Scene {
    let mut scene = Scene::new("");
    for (path, file) in
        [("keyform.yaml", "keyform"), ("inventory.yaml", "inventory"), ("web.yaml", "shop")]
    {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/maintenance-window");
        let text = std::fs::read_to_string(format!("{directory}/{file}.yaml"));
        scene.write(path, &text.expect("the example has it"));
    }
    scene.at(time(moment))
}

decision!(the_example_waits_on_a_weekday, example("2026-12-16T10:00:00Z"));

decision!(the_example_runs_at_night, example("2026-12-18T18:00:00Z"));

decision!(the_example_leaves_new_year_alone, example("2027-01-01T18:30:00Z"));

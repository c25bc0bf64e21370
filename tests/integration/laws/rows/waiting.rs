//! Whether something may be done to an instance now (L9, R13, Waiting).

use std::time::Duration;

use keyform::{
    driver::Clock,
    emulator::Fact,
    model::{CloudName, InstanceId, InstanceStatus},
};

use super::{no_plan, planned, planned_of, row, saying, table, with_fields};
use crate::laws::{
    decisions::applied,
    scene::{Scene, bound, region},
};

const ABOUT: &str = "instance/cn-hangzhou/i-2";
const SCALED: &str = "tags: {\"acs:autoscaling:scalingGroupId\": asg-1}";
const BOUND: &[&str] = &["bind to web", "restart"];

fn wanting() -> Scene {
    Scene::new(&bound("web", "i-2"))
}

/// R13: what Auto Scaling or ACK made is never restarted, unless its Binding says so.
#[test]
fn what_auto_scaling_made_is_restarted_only_where_its_binding_says_so() {
    let scene = applied();
    let going = saying(&scene, &bound("web", "i-1, i-3"));
    let including = |ids: &str| {
        bound("web", ids).replace("instances: ", "managedInstances: include, instances: ")
    };
    let included = with_fields(&Scene::new(&including("i-1, i-2")), SCALED);
    included.apply(false);
    let other =
        bound("ops", "i-3").replace("instances: ", "managedInstances: include, instances: ");
    let another = [bound("web", "i-1"), other].join("---\n");
    let destroyed = included.try_plan(true, false).map_err(no_plan);
    let rotated = saying(
        &with_fields(&scene, SCALED),
        &bound("web", "i-1, i-2, i-3")
            .replace("spec: {tags", "spec: {generation: 2, keepPrevious: false, tags"),
    );
    let waits: &[&str] = &["waiting: managed"];
    let unbound: &[&str] = &["unbind from web", "restart"];
    table(
        ABOUT,
        vec![
            row("it is bound, in effect and wanted", planned(&scene), &[]),
            row(
                "it came to Auto Scaling after that",
                planned(&with_fields(&scene, SCALED)),
                &["blocked: managed"],
            ),
            row("and nobody wants it any more", planned(&with_fields(&going, SCALED)), waits),
            row("and its pair is rotated", planned(&rotated), &["blocked: managed"]),
            row("it is included, bound and in effect", planned(&included), &[]),
            row(
                "it is taken out of the Binding that includes it",
                planned(&saying(&included, &including("i-1"))),
                unbound,
            ),
            row(
                "it is taken out of the Binding, which includes none any more",
                planned(&saying(&included, &bound("web", "i-1"))),
                waits,
            ),
            row("another Binding includes some", planned(&saying(&included, &another)), waits),
            row("the Binding that includes it is gone", planned(&saying(&included, "")), unbound),
            row("everything is destroyed", destroyed, unbound),
        ],
    );
    table(
        "pair/cn-hangzhou/web",
        vec![row("its pair is rotated", planned(&rotated), &["waiting: stillBound"])],
    );
}

/// L9: what is on its way is not touched; only what runs is restarted.
#[test]
fn the_status_of_an_instance_decides_whether_it_waits() {
    const STATUSES: [(InstanceStatus, &[&str], &[&str]); 6] = [
        (InstanceStatus::Running, BOUND, &["unbind from web", "restart"]),
        (
            InstanceStatus::Stopped,
            &["bind to web", "waiting: boundWhileStopped"],
            &["unbind from web", "waiting: unboundWhileStopped"],
        ),
        (
            InstanceStatus::Pending,
            &["waiting: inTransition(status=Pending)"],
            &["waiting: inTransition(status=Pending)"],
        ),
        (
            InstanceStatus::Starting,
            &["waiting: inTransition(status=Starting)"],
            &["waiting: inTransition(status=Starting)"],
        ),
        (
            InstanceStatus::Stopping,
            &["waiting: inTransition(status=Stopping)"],
            &["waiting: inTransition(status=Stopping)"],
        ),
        (
            InstanceStatus::Unknown,
            &["waiting: inTransition(status=Unknown)"],
            &["waiting: inTransition(status=Unknown)"],
        ),
    ];
    let new = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let settled = applied();
    let going = saying(&settled, &bound("web", "i-1, i-3"));
    let mut rows = Vec::new();
    for (status, wanted, unwanted) in STATUSES {
        let plan = |scene: &Scene| {
            planned_of(scene, move |instance| {
                if instance.instance_id.as_str() == "i-2" {
                    instance.status = status;
                }
            })
        };
        rows.push((format!("wanted, {status}"), plan(&new), wanted));
        rows.push((format!("bound and in effect, {status}"), plan(&settled), &[][..]));
        rows.push((format!("not wanted any more, {status}"), plan(&going), unwanted));
    }
    table(ABOUT, rows);
}

#[test]
fn an_instance_that_the_service_has_locked_waits() {
    let locked = |scene: &Scene| {
        planned_of(scene, |instance| {
            if instance.instance_id.as_str() == "i-2" {
                instance.lock_reasons = vec!["financial".to_owned(), "security".to_owned()];
            }
        })
    };
    let waits: &[&str] = &["waiting: locked(reasons=financial,security)"];
    let settled = applied();
    let rotated = bound("web", "i-2").replace("spec: {tags", "spec: {generation: 2, tags");
    table(
        ABOUT,
        vec![
            row("it is wanted", locked(&wanting()), waits),
            row("it is bound and in effect", locked(&settled), &[]),
            row("its pair is rotated", locked(&saying(&settled, &rotated)), waits),
            row(
                "it is not wanted any more",
                locked(&saying(&settled, &bound("web", "i-1"))),
                waits,
            ),
            row("everything is destroyed", locked(&saying(&settled, "")), waits),
        ],
    );
}

/// The tag `keyform:hold`, with a time, at most seven days ahead.
#[test]
fn an_instance_that_somebody_holds_waits_for_at_most_seven_days() {
    let held = |scene: &Scene, until: &str| {
        with_fields(scene, &format!("tags: {{\"keyform:hold\": \"{until}\"}}"))
    };
    let new = || wanting();
    let settled = applied();
    let going = saying(&settled, &bound("web", "i-1, i-3"));
    let week = "2026-11-30T10:00:00Z";
    // A scene begins at 2026-11-23T10:00:00Z, and applying takes some time of it.
    let at = |scene: &Scene| scene.at(new().clock.now());
    let waits: &[&str] = &["waiting: held(until=2026-11-30T10:00:00.000Z)"];
    table(
        ABOUT,
        vec![
            row("until a second ago", planned(&held(&new(), "2026-11-23T09:59:59Z")), BOUND),
            row("until now", planned(&held(&new(), "2026-11-23T10:00:00Z")), BOUND),
            row(
                "for another second",
                planned(&held(&new(), "2026-11-23T10:00:01Z")),
                &["waiting: held(until=2026-11-23T10:00:01.000Z)"],
            ),
            row("for seven days", planned(&held(&new(), week)), waits),
            row(
                "for seven days, in another zone",
                planned(&held(&new(), "2026-11-30T18:00:00+08:00")),
                waits,
            ),
            row(
                "for a second more than seven days",
                planned(&held(&new(), "2026-11-30T10:00:01Z")),
                &["blocked: holdTooLong(until=2026-11-30T10:00:01.000Z)"],
            ),
            row(
                "until no time",
                planned(&held(&new(), "Friday")),
                &["blocked: holdUnreadable(tag=Friday)"],
            ),
            row("it is bound and in effect", planned(&at(&held(&settled, week))), &[]),
            row("it is bound and in effect, until no time", planned(&held(&settled, "-")), &[]),
            row("it is not wanted any more", planned(&at(&held(&going, week))), waits),
        ],
    );
}

/// Another tool that changes a binding of ours again within a week is not fought with.
#[test]
fn a_binding_that_somebody_changed_is_set_right_once_a_week() {
    let unbind = |scene: &Scene| {
        let key_pair_name = CloudName::new("web");
        let instance_ids = vec![InstanceId::new("i-2")];
        scene.happen(Fact::Unbound { region: region(), key_pair_name, instance_ids });
    };
    let once = applied();
    unbind(&once);
    let bound_away = applied();
    bound_away.import_foreign("theirs");
    bound_away.bind("theirs", "i-2");
    let again = |after: Duration| {
        let scene = once.fork();
        scene.apply(false);
        scene.pass(after);
        unbind(&scene);
        planned(&scene)
    };
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let set_right: &[&str] =
        &["bind to web", "restart", "changed: takenFrom(before=web; now=nothing)"];
    table(
        ABOUT,
        vec![
            row("somebody unbound it", planned(&once), set_right),
            row(
                "somebody unbound it again within a week",
                again(days(7) - Duration::from_secs(300)),
                &["blocked: retakenAgain(now=nothing)"],
            ),
            row("somebody unbound it again after a week", again(days(7)), set_right),
            row(
                "somebody bound it to a foreign pair",
                planned(&bound_away),
                &["blocked: boundToForeign(owner=withoutKeyform; pair=theirs)"],
            ),
            row(
                "somebody unbound it, and nobody wants it any more",
                planned(&saying(&once, &bound("web", "i-1, i-3"))),
                &["restart"],
            ),
        ],
    );
}

//! What a run says while it goes on: each line is so, and nothing is awaited in silence.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use keyform::{
    apply::{
        Answer, Awaited, Call, Command, Event, Limits, Progress, Report, Run, Scheduler, StepEnd,
    },
    cloud::Cloud,
    driver::Clock,
    ecs::{CloudWrite, Request, Transport},
    emulator::{Act, Fault, Faulty, InjectedFailure, When},
    model::{InstanceId, Timestamp},
    plan::{Action, Plan, expect::Verdict},
    render::{self, Size, display::Display},
    session::{Applied, ApplyRequest, PlanOptions},
};

use super::{
    evidence::recorded,
    restarts::{Meddler, before_the_count, first_reboot},
    scene::{INVENTORY, Scene, bound, instances, region},
};

/// The display of each run of each law: its numbers are those of the report.
#[derive(Default)]
pub(super) struct Followed {
    /// The display, and the moment of the last event.
    display: Option<(Display, Timestamp)>,
}

const SIZE: Size = Size { width: 80, height: 24 };

impl Followed {
    /// Hears what happened, and answers what is shown then.
    pub(super) fn hear(&mut self, plan: &Plan, at: Timestamp, progress: &Progress) -> String {
        let (display, last) = self.display.get_or_insert_with(|| (Display::new(plan, at), at));
        display.hear(plan, at, progress);
        *last = at;
        let rows = display.rows(at, SIZE);
        for row in &rows {
            assert!(row.chars().count() <= SIZE.width, "too long: {row:?}");
        }
        rows.join("\n")
    }

    /// The last display counts what the report says.
    pub(super) fn has_told(&self, applied: &Applied) {
        let (Applied::Ran { plan, report }, Some((display, last))) = (applied, &self.display)
        else {
            return;
        };
        let steps = plan.steps.iter().zip(&report.steps);
        let steps = steps.filter(|(step, _)| !matches!(step.action, Action::Gate { .. }));
        let ends: Vec<_> = steps.map(|(_, end)| &end.end).collect();
        let number = |is: fn(&StepEnd) -> bool| ends.iter().filter(|end| is(end)).count();
        let done = number(|end| matches!(end, StepEnd::Done | StepEnd::Skipped));
        let failed = number(|end| matches!(end, StepEnd::Partly | StepEnd::Failed(_)));
        let not_begun = number(|end| matches!(end, StepEnd::NotStarted(_)));
        let shown = display.rows(*last, SIZE).join(" ");
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let all =
            if ends.len() == 1 { "1 step".to_owned() } else { format!("{} steps", ends.len()) };
        for (number, text) in [
            (1, format!("{done} of {all} done")),
            (failed, format!(", {failed} failed")),
            (not_begun, format!(", {not_begun} not begun")),
        ] {
            assert!(number == 0 || shown.contains(&text), "{text}: {shown}");
        }
    }
}

/// The lines of a run that comes to its end.
fn lines<T: Transport + 'static>(
    scene: &Scene,
    wrap: impl FnOnce(Arc<dyn Transport>) -> T,
) -> String {
    let wrap = |inner| Arc::new(wrap(inner)) as Arc<dyn Transport>;
    let session = scene.session_of(scene.surroundings(), wrap).expect("it opens");
    let (mut lines, mut began) = (String::new(), None);
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    let applied = session.apply(wish, &mut |_| true, &mut |plan, at, progress| {
        let elapsed = at.since(*began.get_or_insert(at));
        if let Some(line) = render::progress::line(plan, progress) {
            lines.push_str(&render::progress::timed(&line, elapsed));
            lines.push('\n');
        }
    });
    applied.expect("it comes to its end");
    lines
}

fn slow(manifests: &str, seconds: usize) -> Scene {
    let mut scene = Scene::new(manifests);
    let time = format!("restartTime: {seconds}s");
    scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", &time));
    scene
}

#[test]
fn a_restart_that_takes_its_time_is_told_every_half_minute() {
    let scene = slow(&bound("web", "i-1"), 100);
    insta::assert_snapshot!(lines(&scene, |inner| inner));
}

#[test]
fn a_restart_without_an_answer_is_told_as_that_until_it_is_seen() {
    for (takes_effect, seconds) in [(true, 70), (false, 70)] {
        let scene = slow(&bound("web", "i-1"), seconds);
        let reboot = first_reboot(&scene.fork());
        let lost = InjectedFailure::NoAnswer;
        let act = if takes_effect { Act::After(lost) } else { Act::Before(lost) };
        let fault = Fault { when: When::Call(reboot), act };
        let told = lines(&scene, |inner| Faulty::new(inner, vec![fault]));
        insta::assert_snapshot!(format!("unanswered_{takes_effect}"), told);
    }
}

/// A person restarts one of two instances when they are bound: it is not restarted again.
#[test]
fn only_the_instances_that_are_restarted_are_told_as_restarting() {
    let two = bound("web", "i-1, i-2")
        .replace("spec: {keyPair", "spec: {restart: {when: now, maxUnavailable: 2}, keyPair");
    let scene = Scene::new(&two);
    let told = lines(&scene, |inner| Meddler {
        inner,
        before: before_the_count(&scene, |other| other.restart("i-2")),
    });
    insta::assert_snapshot!(told);
}

/// A person binds one of two instances before keyform does.
#[test]
fn only_the_instances_that_are_bound_are_told_as_being_bound() {
    let two = bound("web", "i-1, i-2")
        .replace("spec: {keyPair", "spec: {restart: {when: now, maxUnavailable: 2}, keyPair");
    let scene = Scene::new(&two);
    let other = scene.clone();
    let told = lines(&scene, |inner| Meddler {
        inner,
        before: move |request: &Request| {
            let is_bound = |at: usize| {
                other.world(|world, _| world.bound(&region(), &instances()[at]).is_some())
            };
            let has_pair = other.world(|world, _| world.pairs(&region()).next().is_some());
            if has_pair && !is_bound(1) && matches!(request, Request::DescribeInstances(_)) {
                other.bind("web", "i-2");
            }
        },
    });
    assert!(told.contains("wave 1: binding to web: i-1\n"), "{told}");
}

/// Runs a plan whose restarts are answered so much later, and answers what is told of waiting.
fn waits_of(scene: &Scene, plan: &Plan, late: Duration) -> (Vec<Progress>, Report) {
    let run = Run {
        verdict: Verdict::default(),
        recorded: recorded(scene),
        lineage: plan.lineage.clone().expect("there is a state"),
        revision: plan.serial + 1,
        held_keys: Default::default(),
        budget: keyform::apply::Budget::unlimited(),
    };
    let cloud = Cloud::new(Arc::new(scene.cloud()));
    let mut scheduler = Scheduler::new(plan, run, Limits::default());
    let (mut events, mut told) = (VecDeque::from([Event::Start]), Vec::new());
    let (mut held, mut wake_at) = (None, None);
    loop {
        let event = events.pop_front().unwrap_or_else(|| {
            let tick: Option<Timestamp> = wake_at.take();
            let held = held.take_if(|(at, _)| tick.is_none_or(|tick| *at <= tick));
            if let Some((at, answer)) = held {
                scene.clock.advance_to(at);
                return answer;
            }
            scene.clock.advance_to(tick.expect("something is awaited"));
            Event::Tick
        });
        for command in scheduler.handle(scene.clock.now(), event) {
            match command {
                Command::Record(_) => events.push_back(Event::Recorded),
                Command::Call(ticket, call) => {
                    let is_reboot = matches!(call, Call::Write(CloudWrite::Reboot { .. }));
                    let answer = match call {
                        Call::Read(read) => Answer::Read(cloud.read(&read).expect("it answers")),
                        Call::Write(write) => Answer::Wrote(cloud.write(&write).expect("it does")),
                        other => panic!("a call of the cloud: {other:?}"),
                    };
                    let event = Event::Answered(ticket, Ok(answer));
                    if is_reboot {
                        held = Some((scene.clock.now().plus(late), event));
                    } else {
                        events.push_back(event);
                    }
                }
                Command::WakeAt(at) => wake_at = Some(at),
                Command::Show(progress @ Progress::Still { .. }) => told.push(progress),
                Command::Show(_) => {}
                Command::Finish(report) => return (told, report),
                Command::Stuck => panic!("the run waits for nothing"),
            }
        }
    }
}

#[test]
fn a_restart_whose_answer_is_on_its_way_is_not_waited_for_in_silence() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1, i-2"));
    scene.pass(Duration::from_secs(60));
    let plan = scene.plan(false);
    let (told, report) = waits_of(&scene, &plan, Duration::from_secs(70));
    assert!(report.is_complete(), "{report:#?}");
    let waits: Vec<_> = told
        .iter()
        .map(|progress| match progress {
            Progress::Still { awaited, instances, seconds, .. } => {
                (*awaited, instances.clone(), *seconds)
            }
            other => panic!("it waits: {other:?}"),
        })
        .collect();
    let i_2 = || vec![InstanceId::new("i-2")];
    assert_eq!(waits, [(Awaited::Answer, i_2(), 30), (Awaited::Answer, i_2(), 60)]);
}

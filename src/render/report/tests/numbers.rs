//! Every number in the closing report is what the run's steps say.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::apply::Failure;

/// What may become of one instance of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Done,
    Failed,
    NotReached,
    /// Left out: it was so before the run.
    Already,
    /// Left out since others did it during the run, which counts as done.
    Meanwhile,
}

/// A plan with two waves, an unbinding, proofs and a delete: each step with what is done by it.
fn long_plan() -> Plan {
    let mut plan = plan();
    let (region, binding) = (Region::new("cn-hangzhou").unwrap(), BindingName::new("fleet"));
    let name = CloudName::new("old");
    let restart = |wave, ids: &[&str], bound| Action::Restart {
        region: region.clone(),
        binding: binding.clone(),
        wave,
        items: items(ids, bound),
        forced: false,
    };
    let actions = [
        Action::Prove {
            region: region.clone(),
            binding: binding.clone(),
            wave: 1,
            items: items(&["i-1", "i-2"], Some("web")),
        },
        restart(2, &["i-4", "i-5"], Some("web")),
        Action::Detach {
            region: region.clone(),
            name: name.clone(),
            binding: binding.clone(),
            wave: 3,
            items: items(&["i-6", "i-7"], Some("old")),
        },
        restart(3, &["i-6", "i-7"], None),
        Action::DeletePair { region: region.clone(), name: name.clone() },
    ];
    let step = |action| Step { action, ..plan.steps[0].clone() };
    let steps: Vec<_> = actions.into_iter().map(step).collect();
    plan.steps.extend(steps);
    plan
}

fn fate() -> impl Strategy<Value = Fate> {
    use Fate::*;
    prop_oneof![Just(Done), Just(Failed), Just(NotReached), Just(Already), Just(Meanwhile)]
}

/// What becomes of a step as the scheduler would say, by what becomes of its instances.
fn report_of(step: &Step, fates: &[Fate], whole: u8) -> StepReport {
    let why = WhyNot::After { step: StepId::new(2) };
    let mut report = ended(StepEnd::Skipped);
    if step.action.items().is_empty() {
        report.end = match whole {
            0 => StepEnd::Failed(Failure::ChangeNotShown),
            1 => StepEnd::NotStarted(why),
            2 => StepEnd::NotStarted(WhyNot::Stopped { reason: StopReason::Deadline }),
            3 => StepEnd::Skipped,
            _ => StepEnd::Done,
        };
        return report;
    }
    for (item, fate) in step.action.items().iter().zip(fates) {
        let id = item.id.clone();
        match fate {
            Fate::Done => report.done.push(id),
            Fate::Failed => report.failed.push((id, Failure::ChangeNotShown)),
            Fate::NotReached => report.failed.push((id, Failure::NotReached { why })),
            Fate::Already => report.left_out.push((id, LeftOut::AlreadyDone)),
            Fate::Meanwhile => {
                report.left_out.push((id.clone(), LeftOut::AlreadyInEffect));
                report.done.push(id);
            }
        }
    }
    let failures = report.failed.iter().map(|(_, failure)| failure);
    let tried = failures.clone().find(|failure| !matches!(failure, Failure::NotReached { .. }));
    report.end = match (failures.count(), tried, report.done.is_empty()) {
        (0, _, true) => StepEnd::Skipped,
        (0, _, false) => StepEnd::Done,
        (_, Some(failure), true) => StepEnd::Failed(failure.clone()),
        (_, None, true) => StepEnd::NotStarted(why),
        _ => StepEnd::Partly,
    };
    report
}

/// The instances for which steps of a kind were done.
fn done_by(plan: &Plan, report: &Report, is_of: fn(&Action) -> bool) -> BTreeSet<InstanceId> {
    let steps = plan.steps.iter().zip(&report.steps);
    let steps = steps.filter(|(step, _)| is_of(&step.action));
    steps.flat_map(|(_, end)| end.done.iter().cloned()).collect()
}

fn left_out_by(report: &Report, id: &InstanceId, why: LeftOut) -> bool {
    // The restarts of the plan are those steps.
    [3, 7, 9].iter().any(|step: &usize| report.steps[*step].left_out.contains(&(id.clone(), why)))
}

/// What the title has to say, counted one instance after the other.
fn expected(plan: &Plan, report: &Report) -> Vec<String> {
    let bound = done_by(plan, report, |action| matches!(action, Action::Attach { .. }));
    let unbound = done_by(plan, report, |action| matches!(action, Action::Detach { .. }));
    let restarts = done_by(plan, report, |action| matches!(action, Action::Restart { .. }));
    let proven = done_by(plan, report, |action| matches!(action, Action::Prove { .. }));
    let is_in_effect =
        |id: &&InstanceId| restarts.contains(*id) || left_out_by(report, id, LeftOut::AlreadyDone);
    let in_effect = bound.iter().filter(is_in_effect).count();
    let others = || restarts.iter().filter(|id| !bound.contains(*id) && !unbound.contains(*id));
    let found = others().filter(|id| left_out_by(report, id, LeftOut::AlreadyInEffect)).count();
    let is_done = |step: usize| usize::from(report.steps[step].end == StepEnd::Done);
    let numbers = [
        (is_done(0), "private key", "made"),
        (is_done(1), "key pair", "made"),
        (in_effect, "instance", "bound and in effect"),
        (bound.len() - in_effect, "instance", "bound, in effect after the next restart"),
        (unbound.len(), "instance", "unbound"),
        (others().count() - found, "instance", "restarted"),
        (found, "instance", "found restarted"),
        (proven.len(), "log-on", "proven"),
        (is_done(10), "key pair", "deleted"),
    ];
    let told = numbers.into_iter().filter(|(number, ..)| *number > 0);
    let plural = |number| if number == 1 { "" } else { "s" };
    told.map(|(number, noun, verb)| format!("{number} {noun}{} {verb}", plural(number))).collect()
}

/// The first number of a text.
fn number(text: &str) -> usize {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// Checks that each heading counts the lines below it, and answers how many steps are told as not
/// begun.
fn headings(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    let mut not_begun = 0;
    for (place, line) in lines.iter().enumerate() {
        let below = lines[place + 1..].iter().take_while(|line| line.starts_with("    ")).count();
        if let Some(rest) = line.strip_prefix("not started ") {
            not_begun += number(rest);
        } else if line.ends_with("not started. The same command again goes on from here.") {
            not_begun += number(line);
        } else if !line.starts_with(' ')
            && let Some((_, told)) = line.rsplit_once(": ")
            && (told.ends_with(" failed") || told.ends_with(" left out"))
        {
            assert_eq!(number(told), below, "{text}");
        }
    }
    not_begun
}

proptest! {
    #[test]
    fn each_number_is_what_the_steps_say(
        fates in prop::collection::vec(prop::array::uniform2(fate()), 11),
        whole in prop::collection::vec(0..8u8, 11),
        is_stopped in any::<bool>(),
    ) {
        let plan = long_plan();
        let steps = plan.steps.iter().zip(&fates).zip(&whole);
        let steps = steps.map(|((step, fates), whole)| report_of(step, fates, *whole)).collect();
        let stopped = is_stopped.then_some(StopReason::Deadline);
        let report = Report { steps, stopped, stopped_by: None, took: Duration::from_secs(200) };
        let text = super::stopped(&plan, report.steps.clone(), stopped);

        let parts = expected(&plan, &report).join(", ");
        let nothing = if report.is_complete() {
            "nothing was left to do"
        } else if !report.steps.iter().any(|end| matches!(end.end, StepEnd::Failed(_))) {
            "nothing was done"
        } else {
            "no step was completed"
        };
        let title = if parts.is_empty() { nothing.to_owned() } else { parts };
        prop_assert!(text.contains(&format!(": {title}, in 3 min 20 s.\n")), "{title}:\n{text}");
        // A key that was made is told with its file, once; so is one whose pair was made.
        let is_told = [0, 1].iter().any(|step: &usize| report.steps[*step].end == StepEnd::Done);
        let told = text.matches("The private key of web is keys/web.pem\n").count();
        prop_assert_eq!(told, usize::from(is_told), "{}", text);
        prop_assert_eq!(text.contains("Applied: "), report.is_complete());

        let is_counted = |step: &Step| !matches!(step.action, Action::Gate { .. });
        let not_begun = plan.steps.iter().zip(&report.steps).filter(|(step, end)| {
            is_counted(step) && matches!(end.end, StepEnd::NotStarted(_))
        });
        prop_assert_eq!(headings(&text), not_begun.count(), "{}", text);
    }
}

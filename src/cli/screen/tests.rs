use std::io::Write;

use indicatif::{InMemoryTerm, TermLike};

use super::*;
use crate::{
    apply::{StepEnd, StepReport},
    driver::VirtualClock,
    model::{CloudName, KeyPairName, StepId},
    plan::{Action, samples},
};

/// A plan of one step.
fn plan() -> Plan {
    let action = Action::MakeKey {
        name: CloudName::new("web"),
        key_pair: KeyPairName::new("web"),
        generation: 1,
    };
    samples::plan([action], Vec::new())
}

#[test]
fn lines_stay_above_the_display_and_nothing_of_it_is_left_at_its_end() {
    let (terminal, plan) = (InMemoryTerm::new(10, 40), plan());
    let now = Timestamp::parse("2026-12-19T02:00:00Z").unwrap();
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let clock = Arc::new(VirtualClock::new(now));
    let screen = Screen::on(target, || Size { width: 40, height: 10 }, &plan, now, clock);
    assert_eq!(terminal.contents(), "0 of 1 step done, 0 s");

    let step = StepId::new(0);
    let begun = Progress::Started { step, instances: Vec::new() };
    screen.say("    0 s  making the private key web, which is a long line");
    screen.hear(&plan, now.plus(Duration::from_secs(2)), &begun);
    insta::assert_snapshot!(terminal.contents(), @r"
        0 s  making the private key web,
             which is a long line
    0 of 1 step done, 2 s
    making the private key web, 0 s
    ");

    let report = StepReport {
        end: StepEnd::Done,
        done: Vec::new(),
        failed: Vec::new(),
        left_out: Vec::new(),
    };
    screen.hear(&plan, now.plus(Duration::from_secs(3)), &Progress::Ended { step, report });
    insta::assert_snapshot!(terminal.contents(), @r"
        0 s  making the private key web,
             which is a long line
    1 of 1 step done, 3 s
    ");
    drop(screen);
    insta::assert_snapshot!(terminal.contents(), @r"
        0 s  making the private key web,
             which is a long line
    ");
}

#[test]
fn a_display_off_a_terminal_draws_nothing() {
    let now = Timestamp::parse("2026-12-19T02:00:00Z").unwrap();
    let clock = Arc::new(VirtualClock::new(now));
    let screen = Screen::on(ProgressDrawTarget::hidden(), size, &plan(), now, clock);
    assert!(screen.bar().is_hidden());
}

/// A terminal that is written to, as a real one.
#[derive(Clone)]
struct Typed(InMemoryTerm);

impl Write for Typed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_str(std::str::from_utf8(bytes).expect("UTF-8"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal shows `^C` for Ctrl-C, where its cursor is.
#[test]
fn what_the_terminal_shows_for_control_c_leaves_nothing_behind() {
    let (terminal, plan) = (InMemoryTerm::new(10, 40), plan());
    let now = Timestamp::parse("2026-12-19T02:00:00Z").unwrap();
    let size = || Size { width: 40, height: 10 };
    let device = Box::new(Device::new(Typed(terminal.clone()), size));
    let clock = Arc::new(VirtualClock::new(now));
    let screen = Screen::on(ProgressDrawTarget::term_like(device), size, &plan, now, clock);
    let begun = Progress::Started { step: StepId::new(0), instances: Vec::new() };
    screen.hear(&plan, now, &begun);
    insta::assert_snapshot!(terminal.contents(), @r"
    0 of 1 step done, 0 s
    making the private key web, 0 s
    ");
    terminal.write_str("^C").unwrap();
    screen.hear(&plan, now, &Progress::Stopping);
    screen.say("stopping");
    insta::assert_snapshot!(terminal.contents(), @r"
    stopping
    stopping: 0 of 1 step done, 1 being
        finished, 0 left for the next run,
        Ctrl-C again ends it at once
    making the private key web, 0 s
    ");
    terminal.write_str("^C").unwrap();
    drop(screen);
    assert_eq!(terminal.contents(), "stopping");
}

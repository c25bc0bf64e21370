//! A rehearsal on a real guest: the log-on shows what becomes of the key before.

use keyform::checkup::{Outcome, Unknown};

use super::{
    as_root,
    fleet::{Guests, Habit, Password},
    project::Project,
};

fn manifests(guests: &Guests) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\n---\n\
         apiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: fleet}}\nspec:\n  keyPair: web\n  \
         instances: [i-1]\n  proof: {{ssh: {{user: {}, address: private, port: {}, knownHosts: \
         known_hosts}}}}\n",
        guests.user("i-1"),
        guests.port(),
    )
}

#[test]
fn a_rehearsal_logs_on_and_says_whether_the_key_before_is_still_accepted() {
    as_root(|| {
        for (habit, answer) in [
            (None, "the key before is refused: the line was replaced"),
            (Some(Habit::Hoarding), "the key before is still accepted: another line was added"),
        ] {
            let mut project = Project::new(&[("i-1", Password::None), ("i-2", Password::None)], "");
            project.take(&project.guests.known_hosts(), "known_hosts");
            project.write(&manifests(&project.guests));
            project.apply(|_, _| {});
            habit.into_iter().for_each(|habit| project.guests.accustom("i-2", habit));
            let rehearsed = project.rehearse("i-2");
            let words: Vec<_> = rehearsed.checks.iter().map(|check| check.outcome).collect();
            assert_eq!(words, [Outcome::Ok], "{:#?}", rehearsed.checks);
            let mut learned = rehearsed.learned.iter();
            let learned = learned.find(|one| one.unknown == Unknown::AuthorizedKeys);
            assert_eq!(learned.expect("a line").answer, answer);
        }
    });
}

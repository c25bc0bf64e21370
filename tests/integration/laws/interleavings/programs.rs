//! Hooks and proofs of two sessions: they write down what they are for, into one file.

use std::{collections::BTreeMap, path::PathBuf};

use keyform::{
    disk::{Disk as _, RealDisk},
    driver::Environment,
    model::InstanceId,
};

/// Where programs of all sessions write, and restarts are noted.
#[derive(Debug)]
pub(super) struct Log {
    directory: tempfile::TempDir,
}

/// The variable that names the file.
const VARIABLE: &str = "LOG";

/// Manifests whose bindings prepare their instances, put them back, and prove log-ons.
pub(super) fn with_programs(manifests: &str) -> String {
    let program = |purpose: &str| {
        let script = format!("echo {purpose} $KEYFORM_INSTANCE_ID >> ${VARIABLE}");
        format!("{{command: [/bin/sh, -c, '{script}'], passEnvironment: [{VARIABLE}]}}")
    };
    let (before, after, proof) = (program("before"), program("after"), program("prove"));
    let restart = format!("restart: {{when: now, before: {before}, after: {after}}}");
    manifests.replace("instances:", &format!("{restart}, proof: {proof}, instances:"))
}

impl Log {
    pub(super) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// What programs see.
    pub(super) fn environment(&self) -> Environment {
        Environment::new([(VARIABLE.into(), self.path().into_os_string())])
    }

    /// An instance is being restarted.
    pub(super) fn restarted(&self, id: &InstanceId) {
        let line = format!("restart {id}\n");
        RealDisk.append_file(&self.path(), line.as_bytes()).expect("it is written");
    }

    /// What is wrong with the order: an instance is restarted when it is prepared, proven when it is
    /// put back, and in the end every one is put back.
    pub(super) fn wrong(&self) -> Vec<String> {
        wrong_in(&self.text())
    }

    /// All that was written.
    pub(super) fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap_or_default()
    }
}

fn wrong_in(text: &str) -> Vec<String> {
    let (mut hooks, mut wrong) = (BTreeMap::new(), Vec::new());
    for (what, id) in text.lines().filter_map(|line| line.split_once(' ')) {
        let wanted = match what {
            "restart" => "before",
            "prove" => "after",
            hook => {
                hooks.insert(id, hook);
                continue;
            }
        };
        if hooks.get(id) != Some(&wanted) {
            wrong.push(format!("{what} {id} without {wanted}:\n{text}"));
        }
    }
    let left = hooks.iter().filter(|(_, hook)| **hook != "after");
    wrong.extend(left.map(|(id, hook)| format!("{id} is left after its {hook}:\n{text}")));
    wrong
}

#[test]
fn what_is_wrong_with_an_order_is_seen() {
    let of = |lines: &[&str]| wrong_in(&lines.join("\n")).len();
    let whole = ["before 1", "restart 1", "after 1", "prove 1"];
    assert_eq!(of(&whole), 0);
    assert_eq!(of(&["before 1", "after 1", "before 1", "restart 1", "after 1"]), 0);
    assert_eq!(of(&["restart 1", "after 1"]), 1, "it was not prepared");
    assert_eq!(of(&["before 1", "after 1", "restart 1", "after 1"]), 1, "it was put back before");
    assert_eq!(of(&["before 1", "restart 1", "prove 1", "after 1"]), 1, "it was not put back yet");
    assert_eq!(of(&["before 1", "restart 1"]), 1, "it is never put back");
    assert_eq!(of(&["before 2", "restart 1", "after 1", "after 2"]), 1, "another was prepared");
}

//! The programs of a world's policies: hooks that write down what they did, and a proof. Somebody
//! may break them all.

use std::path::Path;

use keyform::disk::{Disk as _, RealDisk};
use proptest::prelude::*;

/// Which programs the policies of a story have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) hooks: bool,
    pub(super) proof: bool,
}

/// Most worlds have none: a program takes longer than all else that happens.
pub(super) fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        6 => Just(Asked::default()),
        1 => Just(Asked { hooks: true, proof: false }),
        1 => Just(Asked { hooks: false, proof: true }),
        1 => Just(Asked { hooks: true, proof: true }),
    ]
}

/// The programs of a story, with the directory of this machine that they share.
pub(super) struct Programs {
    asked: Asked,
    directory: tempfile::TempDir,
    number: u64,
}

impl Programs {
    /// The programs of the world with this number. Its policies say the same in each run of the tests.
    pub(super) fn new(asked: Asked, number: u64) -> Self {
        let name = format!("keyform-world-{}-{number}", std::process::id());
        let directory = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir_in("/tmp");
        Self { asked, directory: directory.expect("a directory"), number }
    }

    /// A file as the programs name it: their parent is this process.
    fn named(&self, name: &str) -> String {
        format!("/tmp/keyform-world-$PPID-{}/{name}", self.number)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, then: &str) -> String {
        let (broken, once) = (self.named("broken"), self.named("once"));
        format!("{{command: [sh, -c, 'test ! -e {broken} && ! rm {once} 2>/dev/null {then}']}}")
    }

    /// The hooks, as fields of a restart policy.
    pub(super) fn hooks(&self) -> String {
        let log = self.named("log");
        let log = format!("&& echo $KEYFORM_PURPOSE $KEYFORM_INSTANCE_ID >> {log}");
        let hook = self.command(&log);
        if self.asked.hooks { format!(", before: {hook}, after: {hook}") } else { String::new() }
    }

    /// The proof, as a field of a binding.
    pub(super) fn proof(&self) -> String {
        if self.asked.proof { format!(", proof: {}", self.command("")) } else { String::new() }
    }

    /// Somebody breaks the programs, or mends them.
    pub(super) fn set_broken(&self, is_broken: bool) {
        let path = self.path("broken");
        match (is_broken, path.exists()) {
            (true, false) => RealDisk.create_file(&path, b"").expect("it is made"),
            (false, true) => RealDisk.remove_file(&path).expect("it is removed"),
            _ => {}
        }
    }

    /// The next program fails, and those after it do not.
    pub(super) fn fail_once(&self) {
        let path = self.path("once");
        if !path.exists() {
            RealDisk.create_file(&path, b"").expect("it is made");
        }
    }

    /// The instances that were prepared for a restart and have not been put back.
    pub(super) fn prepared(&self) -> Vec<String> {
        let text = read(&self.path("log"));
        let mut prepared: Vec<String> = Vec::new();
        for (purpose, id) in text.lines().filter_map(|line| line.split_once(' ')) {
            prepared.retain(|one| one != id);
            if purpose == "before" {
                prepared.push(id.to_owned());
            }
        }
        prepared
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

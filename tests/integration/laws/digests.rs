//! What a random case came to, in one line: a digest each of its ordered writes, its plans, its exit
//! codes, and of the cloud, the private keys and the state at its end.
//!
//! Two versions of the program that are to behave the same print the same lines, seed by seed:
//! `KEYFORM_TEST_DIGESTS=1 cargo test --test integration laws::worlds -- --nocapture | grep ^digests`.

#![expect(clippy::print_stdout, reason = "the digests are the result")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use keyform::{cli::Exit, plan::Plan, session::SessionError};
use sha2::{Digest as _, Sha256};

use super::{
    scene::{Outcome, Ran},
    trials::Case,
};

/// The digests of one case so far.
#[derive(Default)]
pub(super) struct Digests {
    is_asked: bool,
    writes: Sha256,
    plans: Sha256,
    exits: Sha256,
}

impl Digests {
    /// Digests that are taken only if the environment asks for them: each plan is written out.
    pub(super) fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
        let is_asked = std::env::var_os("KEYFORM_TEST_DIGESTS").is_some();
        Self { is_asked, ..Self::default() }
    }

    /// Takes in a run of the program.
    pub(super) fn ran(&mut self, ran: &Ran) {
        if !self.is_asked {
            return;
        }
        for write in &ran.writes {
            self.writes.update(format!("{write:?}\n"));
        }
        if let Ok(keyform::session::Applied::Ran { plan, .. }) = &ran.outcome {
            self.planned(plan);
        }
        self.exits.update(format!("{} {}\n", ran.writes.len(), exit(&ran.outcome)));
    }

    /// Takes in a plan.
    pub(super) fn planned(&mut self, plan: &Plan) {
        if self.is_asked {
            self.plans.update(serde_json::to_vec(plan).expect("JSON"));
        }
    }

    /// Prints the line of a case that has come to its end or failed, with the files of its machine.
    pub(super) fn print(&self, what: &str, case: Case, files: &BTreeMap<PathBuf, Vec<u8>>) {
        if !self.is_asked || !case.is_original {
            return;
        }
        let of_files = |is_meant: &dyn Fn(&Path) -> bool| {
            let mut hasher = Sha256::new();
            for (path, bytes) in files.iter().filter(|(path, _)| is_meant(path)) {
                hasher.update(format!("{} {}\n", path.display(), bytes.len()));
                hasher.update(bytes);
            }
            short(hasher)
        };
        let is_world = |path: &Path| path.starts_with(".keyform/cloud") || path.starts_with("keys");
        let (world, state) = (of_files(&is_world), of_files(&|path| !is_world(path)));
        let [writes, plans, exits] =
            [&self.writes, &self.plans, &self.exits].map(|hasher| short(hasher.clone()));
        let seed = case.seed;
        println!(
            "digests {what} {seed} writes={writes} plans={plans} world={world} exits={exits} \
             state={state}"
        );
    }
}

fn exit(outcome: &Outcome) -> String {
    match outcome {
        Ok(applied) => format!("{:?}", Exit::of_applied(applied)),
        Err(error) => match error.downcast_ref::<SessionError>() {
            Some(error) => format!("{:?}", Exit::of_session(error)),
            None => "not opened".to_owned(),
        },
    }
}

fn short(hasher: Sha256) -> String {
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

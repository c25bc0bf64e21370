//! What the scheduler asks of the world outside, and what it hears back.

use std::collections::BTreeMap;

use crate::model::{
    CloudName, Fingerprint, InstanceId, KeyPairName, ObservedInstance, ObservedPair, Program,
    Region, SshProof, Tags,
};

/// One call of the service or of the vault: one attempt, in a thread of the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Makes a private key and keeps it in memory until it is stored.
    GenerateKey {
        /// Under which name it will be stored.
        name: CloudName,
    },
    /// Puts the generated key into the vault, durably, and reads it back.
    StoreKey {
        /// Under which name.
        name: CloudName,
    },
    /// Puts the key aside in the vault.
    RetireKey {
        /// Under which name it is.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// Makes a pair of a public key.
    Import {
        /// Where.
        region: Region,
        /// Its name.
        name: CloudName,
        /// One OpenSSH line.
        public_key: String,
        /// The user's tags.
        tags: Tags,
        /// The key pair's name in the manifests, for the ownership tags.
        key_pair: KeyPairName,
        /// The generation, for the ownership tags.
        generation: u32,
    },
    /// Sets tags, the ownership tags among them.
    Tag {
        /// Where.
        region: Region,
        /// Of which pair.
        name: CloudName,
        /// The user's tags.
        tags: Tags,
        /// The key pair's name in the manifests, for the ownership tags.
        key_pair: KeyPairName,
        /// The generation, for the ownership tags.
        generation: u32,
    },
    /// Removes tags.
    Untag {
        /// Where.
        region: Region,
        /// Of which pair.
        name: CloudName,
        /// Their keys.
        keys: Vec<String>,
    },
    /// Binds instances.
    Attach {
        /// Where.
        region: Region,
        /// To which pair.
        name: CloudName,
        /// At most 50.
        ids: Vec<InstanceId>,
    },
    /// Unbinds instances.
    Detach {
        /// Where.
        region: Region,
        /// From which pair.
        name: CloudName,
        /// At most 50.
        ids: Vec<InstanceId>,
    },
    /// Restarts instances.
    Reboot {
        /// Where.
        region: Region,
        /// At most 100.
        ids: Vec<InstanceId>,
        /// By a power cut, and not gracefully.
        forced: bool,
    },
    /// Deletes a pair.
    Delete {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
    },
    /// Reads a pair by its name.
    ReadPair {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
    },
    /// Reads instances by their ids.
    ReadInstances {
        /// Where.
        region: Region,
        /// Which instances.
        ids: Vec<InstanceId>,
    },
    /// Reads which instances are bound to a pair.
    ReadBound {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
    },
    /// Runs a program of the user's for an instance.
    Run {
        /// Which program.
        program: Program,
        /// What it is told of the instance, by variables of its environment.
        about: BTreeMap<&'static str, String>,
        /// The key of which it is told the file of the private half, if it is told one.
        key: Option<CloudName>,
    },
    /// Logs on to an instance with a key, and looks what else it accepts.
    LogOn {
        /// As whom and how.
        proof: SshProof,
        /// The address, or the name by which the user's configuration knows it.
        host: String,
        /// The key that it must accept, by its name in the vault.
        key: CloudName,
        /// The key that it must refuse, by its name in the vault, if that has one.
        refused: Option<CloudName>,
    },
}

/// What became of each instance of a batch. One that is missing here was left out of the answer.
pub type ItemResults = BTreeMap<InstanceId, Result<(), String>>;

/// What a call answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To GenerateKey: the public half.
    Generated {
        /// Its print.
        fingerprint: Fingerprint,
        /// One OpenSSH line.
        public_key: String,
    },
    /// To Import: the print as the service computed it.
    Imported(Option<Fingerprint>),
    /// To Attach, Detach and Reboot.
    Items(ItemResults),
    /// To ReadPair.
    Pair(Option<ObservedPair>),
    /// To ReadInstances and ReadBound: those that exist.
    Instances(Vec<ObservedInstance>),
    /// To Run: what the program printed, the end of it if that was much; and why it failed, if so.
    Ran {
        /// Such as "it ended with 3".
        failure: Option<String>,
        /// Its output and its errors, as they came.
        output: String,
    },
    /// To all other calls.
    Done,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFailure {
    /// What happened, as a sentence.
    pub message: String,
    /// Whether the same call may succeed later.
    pub transient: bool,
    /// Whether it may have taken effect all the same.
    pub outcome_unknown: bool,
}

impl Call {
    /// Whether a second call does no harm if the first took effect unseen: reads, and changes that
    /// say how a thing shall be.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Tag { .. }
            | Self::Untag { .. }
            | Self::Attach { .. }
            | Self::Detach { .. }
            | Self::ReadPair { .. }
            | Self::ReadInstances { .. }
            | Self::ReadBound { .. } => true,
            Self::GenerateKey { .. }
            | Self::StoreKey { .. }
            | Self::RetireKey { .. }
            | Self::Run { .. }
            | Self::LogOn { .. }
            | Self::Import { .. }
            | Self::Delete { .. }
            | Self::Reboot { .. } => false,
        }
    }
}

/// What a program or a log-on is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It prepares an instance for its restart.
    Before,
    /// It puts an instance back after its restart.
    After,
    /// It shows that one can log on.
    Proof,
}

impl Purpose {
    /// What people call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Before => "the hook `before`",
            Self::After => "the hook `after`",
            Self::Proof => "the proof",
        }
    }

    /// What a program is told that it is started for.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Proof => "proof",
        }
    }
}

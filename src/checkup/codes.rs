//! What `keyform doctor` checks.

use super::CheckGroup;
use crate::code::codes;

codes! {
    /// What is checked.
    pub enum CheckCode {
        Disk = "checkDisk" {
            meaning: "Whether files can be made and linked where the state and the keys are kept.",
            why: "A state and a private key get their names by a link, which never replaces what \
                  is there (L2, L7). Some network file systems have no links.",
            fix: "Keep the state and the private keys on a file system that has hard links, with \
                  room and permissions for this user.",
        }
        OpenFiles = "checkOpenFiles" {
            meaning: "How many files this process may have open.",
            why: "Calls that run at once, programs and the journal each need some.",
            fix: "Raise the limit with `ulimit -n`, or pass a smaller `--parallelism`.",
        }
        GitIgnore = "checkGitIgnore" {
            meaning: "Whether git ignores the private keys.",
            why: "What git does not ignore is committed some day, and a private key in a history \
                  cannot be taken back (L4).",
            fix: "Add the directory to .gitignore, as `keyform init` does.",
        }
        State = "checkState" {
            meaning: "Whether the state can be read.",
            why: "Nothing is planned from a state that is damaged, older or of another project (L7).",
            fix: "Do what the finding says; `keyform state list` shows what there is.",
        }
        UnfinishedRun = "checkUnfinishedRun" {
            meaning: "Whether an earlier run did not come to its end.",
            why: "What it began is known, and the same command again goes on from there.",
            fix: "Run `keyform plan` and `keyform apply` again.",
        }
        Lock = "checkLock" {
            meaning: "Whether a run holds the lock of the project.",
            why: "Two runs at once would work from different facts.",
            fix: "Wait for its end. The lock is free when its process is.",
        }
        StorePlace = "checkStorePlace" {
            meaning: "Whether what keeps the state can be reached where the Project says, and has a state.",
            why: "A wrong address must not look like a project without a state (L7).",
            fix: "Do what the finding says, or correct `state:` in the Project.",
        }
        StoreDirectory = "checkStoreDirectory" {
            meaning: "Whether the directory of a state in files is there, yours, and on which file system.",
            why: "A snapshot gets its name by a link, and the lock is one of the system: a network can \
                  keep neither between machines (L7).",
            fix: "Keep the state on a disk of this machine, or in PostgreSQL, S3 or OSS.",
        }
        StoreRights = "checkStoreRights" {
            meaning: "Whether files can be listed, created, read and removed where the state is kept.",
            why: "A run that may not record what it does is stopped in the middle.",
            fix: "Grant what the finding names.",
        }
        StoreCreation = "checkStoreCreation" {
            meaning: "Whether of those who create the same file one wins, and nothing is overwritten.",
            why: "All that keeps two runs from each writing a state of its own rests on it (L7).",
            fix: "Keep no state there. OSS breaks this rule where versioning was turned on, and some \
                  services take no notice of `If-None-Match`.",
        }
        StoreLock = "checkStoreLock" {
            meaning: "Whether the lock is held by one run at a time, is seen, renewed and given up.",
            why: "Two runs at once would work from different facts.",
            fix: "Do what the finding says. The lock of a project is never touched by this check.",
        }
        StoreClock = "checkStoreClock" {
            meaning: "How far the clock of this machine is from that of what keeps the state.",
            why: "S3 and OSS refuse what was signed more than fifteen minutes ago or ahead. Locks compare \
                  no clocks.",
            fix: "Let the clock be set by NTP.",
        }
        StoreLatency = "checkStoreLatency" {
            meaning: "How long it takes to create a file where the state is kept.",
            why: "Each record of a run is a creation, and is waited for before its call.",
            fix: "Nothing has to be done; keep the state nearer if runs are slow.",
        }
        StateRunner = "checkStateRunner" {
            meaning: "Whether the state outlives this machine, if that is a runner of CI.",
            why: "Without its state a project does not know what it has bound, restarted and deferred (L7).",
            fix: "Keep the state in PostgreSQL, S3 or OSS, or in a directory with `outlivesRunner: true`.",
        }
        KeyDirectory = "checkKeyDirectory" {
            meaning: "Whether the directory of the private keys is there, yours, and closed to others.",
            why: "Whoever can write to it can put a key of theirs in the place of yours (L4).",
            fix: "Give it the mode 0700, and do what the finding says.",
        }
        Key = "checkKey" {
            meaning: "Whether a recorded private key is there, opens, and is the recorded one.",
            why: "Without its private key no one logs on to the instances of a pair (L2, L3).",
            fix: "Put the file back from a backup, or rotate: raise the `generation` of its KeyPair.",
        }
        Credentials = "checkCredentials" {
            meaning: "Whether there are credentials, from which place, and until when.",
            why: "Nothing can be read without.",
            fix: "docs/credentials.md names the places; `keyform whoami` shows what was tried.",
        }
        Account = "checkAccount" {
            meaning: "Whether the credentials are those of the account that the Project names.",
            why: "A run in another account would make keys that no one looks for there.",
            fix: "Use other credentials, or correct `cloud.alicloud.account`.",
        }
        Rights = "checkRights" {
            meaning: "Whether the caller has the rights that plan needs.",
            why: "A plan that may not read everything cannot tell what is there. Some rights show \
                  in the call itself alone, such as that to list key pairs where there are none.",
            fix: "Add the statement to the caller's policy in RAM. `keyform ram-policy --for plan` \
                  prints all that plan needs.",
        }
        Clock = "checkClock" {
            meaning: "How far the clock of this machine is from that of the service.",
            why: "The service refuses what was signed more than fifteen minutes ago or ahead. Windows \
                  and `--deadline` go by this machine's clock.",
            fix: "Let the clock be set by NTP.",
        }
        Region = "checkRegion" {
            meaning: "Whether the service has the region.",
            why: "A region that is written wrong has no endpoint.",
            fix: "Correct the region in the manifests.",
        }
        Endpoint = "checkEndpoint" {
            meaning: "Whether the endpoint of a region answers.",
            why: "Each region has a host of its own, which a firewall or a proxy may keep away.",
            fix: "Let this machine reach the host, or name another one as `cloud.alicloud.endpoint`.",
        }
        Pairs = "checkPairs" {
            meaning: "Whether the key pairs of a region can be read, and how many there are.",
            why: "Every plan reads them, and a region has room for 500 (R5).",
            fix: "Do what the finding says; delete pairs that no one needs.",
        }
        Instances = "checkInstances" {
            meaning: "Whether the instances of a region can be read.",
            why: "Plans read them where a binding, a selector or a deletion is about them.",
            fix: "Do what the finding says; a right that is missing is told by `checkRights`.",
        }
        Record = "checkRecord" {
            meaning: "Whether the answers of the service were kept in a file.",
            why: "They can settle what no document says.",
            fix: "Name a file that does not exist yet, in a directory that this user may write to.",
        }
        Rehearsal = "checkRehearsal" {
            meaning: "What a step of a rehearsal came to.",
            why: "What no document says shows on an expendable instance before it matters.",
            fix: "Do what the finding says, and run the rehearsal again.",
        }
        Leftover = "checkLeftover" {
            meaning: "Key pairs that a rehearsal which was ended early has left.",
            why: "They are of no use, and a region has room for 500 pairs (R5).",
            fix: "`keyform doctor --rehearse` removes those that nothing is bound to.",
        }
    }
}

impl CheckCode {
    /// What it belongs to.
    #[must_use]
    pub fn group(self) -> CheckGroup {
        match self {
            Self::Disk | Self::OpenFiles | Self::GitIgnore => CheckGroup::Machine,
            Self::StorePlace
            | Self::StoreDirectory
            | Self::StoreRights
            | Self::StoreCreation
            | Self::StoreLock
            | Self::StoreClock
            | Self::StoreLatency => CheckGroup::Store,
            Self::State | Self::UnfinishedRun | Self::Lock | Self::StateRunner => CheckGroup::State,
            Self::KeyDirectory | Self::Key => CheckGroup::PrivateKeys,
            Self::Credentials | Self::Account | Self::Rights | Self::Clock => CheckGroup::Account,
            Self::Region | Self::Endpoint | Self::Pairs | Self::Instances | Self::Record => {
                CheckGroup::Cloud
            }
            Self::Rehearsal | Self::Leftover => CheckGroup::Rehearsal,
        }
    }

    /// What it is about, in a word or two for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Disk => "files",
            Self::OpenFiles => "open files",
            Self::GitIgnore => "git",
            Self::State => "state",
            Self::UnfinishedRun => "runs",
            Self::Lock => "lock",
            Self::StorePlace => "place",
            Self::StoreDirectory => "directory",
            Self::StoreRights => "right",
            Self::StoreCreation => "creation",
            Self::StoreLock => "lock",
            Self::StoreClock => "clock",
            Self::StoreLatency => "latency",
            Self::StateRunner => "runner",
            Self::KeyDirectory => "directory",
            Self::Key => "private keys",
            Self::Credentials => "credentials",
            Self::Account => "account",
            Self::Rights => "rights",
            Self::Clock => "clock",
            Self::Region => "region",
            Self::Endpoint => "endpoint",
            Self::Pairs => "key pairs",
            Self::Instances => "instances",
            Self::Record => "record",
            Self::Rehearsal => "rehearsal",
            Self::Leftover => "leftovers",
        }
    }
}

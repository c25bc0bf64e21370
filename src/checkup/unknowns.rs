//! What no document of the service settles, and how keyform copes: the table of `docs/unknowns.md`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// Something that a rehearsal has shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Learned {
    /// What was not known.
    #[schemars(with = "String")]
    pub unknown: Unknown,
    /// What the service did, as a sentence without ids and names.
    pub answer: String,
}

/// Declares the unknowns with what is to be said about each.
macro_rules! unknowns {
    ($($name:ident = $word:literal {
        question: $question:literal,
        copes: $copes:literal,
        imitated: [$($imitated:literal),*],
        rehearsed: $rehearsed:literal $(,)?
    })+) => {
        /// Something that no document of the service settles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Unknown {
            $(#[doc = $question] $name,)+
        }

        impl Unknown {
            /// All of them, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in documents.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What is not known, as a question.
            #[must_use]
            pub fn question(self) -> &'static str {
                match self { $(Self::$name => $question,)+ }
            }

            /// How keyform copes with each answer.
            #[must_use]
            pub fn copes(self) -> &'static str {
                match self { $(Self::$name => $copes,)+ }
            }

            /// What makes the embedded cloud behave either way: fields of `behaviour`, `faults`, or
            /// of the inventory.
            #[must_use]
            pub fn imitated(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($imitated),*],)+ }
            }

            /// Whether a rehearsal shows it.
            #[must_use]
            pub fn is_rehearsed(self) -> bool {
                match self { $(Self::$name => $rehearsed,)+ }
            }
        }
    };
}

unknowns! {
    StartTimeMoves = "startTimeMoves" {
        question: "Does RebootInstance move StartTime? Every text says \"last started\".",
        copes: "A restart counts as happened if StartTime moved, or if a run saw the instance down \
                and Running again ([L9](concepts.md#l9)).",
        imitated: ["rebootMovesStartTime"],
        rehearsed: true,
    }
    StartTimePrecision = "startTimePrecision" {
        question: "How finely are StartTime and CreationTime told? The samples have minutes.",
        copes: "Times are compared with the coarser precision of the two; doubt is \"not yet\".",
        imitated: ["startTimePrecision"],
        rehearsed: true,
    }
    AuthorizedKeys = "authorizedKeys" {
        question: "After another pair is bound, is the line in `authorized_keys` replaced at the \
                   next boot, or is another one added?",
        copes: "A proof tries the key before, which must be refused, and says so if it is not.",
        imitated: ["rebindAppends"],
        rehearsed: true,
    }
    RebootLag = "rebootLag" {
        question: "For how long does an instance show Running after its restart was accepted? \
                   Terraform's provider waits five seconds.",
        copes: "Running right after a restart is no evidence that it is back.",
        imitated: ["rebootLag"],
        rehearsed: true,
    }
    RebootStatus = "rebootStatus" {
        question: "Which statuses does a restart show? Texts say Starting, a sample Stopping.",
        copes: "Every status but Running counts as down.",
        imitated: ["rebootShowsStarting"],
        rehearsed: true,
    }
    ReadLag = "readLag" {
        question: "How long after a write do reads show what was before it?",
        copes: "For a minute after a write of its own, absence and the old value are no evidence: a write is \
                read again until it shows, and a run ends when all that it did shows. What does not show in \
                that minute is told (`changeNotShown`, `unshown`; [calls.md](calls.md#what-is-read-again)).",
        imitated: ["readLag", "staleRead"],
        rehearsed: true,
    }
    FingerprintForm = "fingerprintForm" {
        question: "Are fingerprints told with colons or without, and by which operation?",
        copes: "Colons are taken out and capitals made small before two are compared.",
        imitated: ["fingerprintColons", "madeFingerprintColons"],
        rehearsed: true,
    }
    PrivateKeyForm = "privateKeyForm" {
        question: "Does CreateKeyPair answer PKCS#1, as its sample, or PKCS#8, as its text, and with \
                   the lines BEGIN and END?",
        copes: "keyform reads each of these forms, verifies the key and keeps it as PKCS#8 ([R4](concepts.md#r4)). \
                A pair whose key cannot be read is deleted while nothing is bound to it. Keys that keyform makes \
                itself do not depend on it.",
        imitated: ["privateKeyForm"],
        rehearsed: true,
    }
    CreatedFingerprint = "createdFingerprint" {
        question: "Is the fingerprint of a pair that the service made computed as that of an imported \
                   one: MD5 of the public key as SSH writes it?",
        copes: "DescribeKeyPairs is asked for public keys, and keyform computes the fingerprint from these. Of the \
                answer of CreateKeyPair it takes either print, and records that of the key itself.",
        imitated: ["createdFingerprintOfDer"],
        rehearsed: true,
    }
    ImportedKeys = "importedKeys" {
        question: "How deeply does ImportKeyPair look into a key, and is ed25519 taken?",
        copes: "keyform reads each key in full before, and refuses what the documents do not list \
                ([R9](concepts.md#r9)).",
        imitated: ["lenientPublicKeys"],
        rehearsed: false,
    }
    CreationTime = "creationTime" {
        question: "Do all pairs have a CreationTime? It came in 2024.",
        copes: "Without it a binding that is found counts as assumed, and is not restarted for it.",
        imitated: ["absentCreationTime"],
        rehearsed: true,
    }
    UnknownPair = "unknownPair" {
        question: "What does DeleteKeyPairs answer for a name that does not exist?",
        copes: "After a delete that failed the pair is read: a pair that is not there is deleted.",
        imitated: ["unknownPairRefuses"],
        rehearsed: true,
    }
    MixedDelete = "mixedDelete" {
        question: "Does DeleteKeyPairs delete some of several names if an instance is bound to another?",
        copes: "keyform deletes one pair with each call.",
        imitated: ["mixedDeleteDeletes"],
        rehearsed: false,
    }
    UnknownInstance = "unknownInstance" {
        question: "Does an instance that does not exist refuse AttachKeyPair as a whole, or only itself?",
        copes: "Instances are read before they are bound. If the whole call is refused all the same, keyform reads \
                them again, leaves out what is gone, and binds the others in the same run.",
        imitated: ["unknownInstanceRefuses"],
        rehearsed: true,
    }
    InstanceProblem = "instanceProblem" {
        question: "With which code is an instance in a wrong status refused, and does it refuse the \
                   whole call? The documents place such errors at both levels.",
        copes: "A refusal of one instance is recorded for that one. If the whole call is refused, keyform asks for \
                its instances in halves, until the one to blame is alone; the others are bound in the same run \
                ([calls.md](calls.md#what-is-refused)).",
        imitated: ["instanceProblemRefuses"],
        rehearsed: true,
    }
    DetachUnbound = "detachUnbound" {
        question: "What does DetachKeyPair answer for an instance that is not bound to the pair?",
        copes: "A detach is confirmed by a read, whatever was answered.",
        imitated: ["detachUnboundRefuses"],
        rehearsed: true,
    }
    AbsentName = "absentName" {
        question: "Is KeyPairName empty or absent for an instance that is bound to nothing?",
        copes: "Both are read alike. The file of `--record` shows which it is.",
        imitated: ["absentKeyPairName"],
        rehearsed: false,
    }
    MalformedId = "malformedId" {
        question: "With which code does DescribeInstances refuse an id that is none?",
        copes: "The region counts as not read, and nothing is changed; the message has the code.",
        imitated: ["malformedIdRefuses"],
        rehearsed: true,
    }
    Rates = "rates" {
        question: "How many calls of each operation may be made, and is `x-acs-retry-after` sent?",
        copes: "Each operation has a rate in each region: 10 calls a second at first, half of it after a throttled \
                call, and slowly more again. A throttled call took no effect and is made again, after the wait that \
                the service names or one that doubles ([calls.md](calls.md#rates)).",
        imitated: ["throttle"],
        rehearsed: false,
    }
    Messages = "messages" {
        question: "What is the text of a refused signature of the newer kind, and with which HTTP \
                   status are OIDC tokens refused?",
        copes: "keyform goes by codes, and shows texts only.",
        imitated: [],
        rehearsed: false,
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// The table of the page.
#[must_use]
pub fn table() -> String {
    let mut text = "| name | what is not known | how keyform copes | imitated by | rehearsed |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    for unknown in Unknown::ALL {
        let imitated: Vec<_> = unknown.imitated().iter().map(|name| format!("`{name}`")).collect();
        let row = [
            format!("`{unknown}`"),
            unknown.question().to_owned(),
            unknown.copes().to_owned(),
            imitated.join(", "),
            if unknown.is_rehearsed() { "yes" } else { "no" }.to_owned(),
        ];
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

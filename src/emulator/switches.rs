//! What the embedded cloud can do in more than one way, because the service's way is not known.

use std::{fmt, time::Duration};

use serde::Deserialize;

/// How the embedded cloud behaves where the sources about the service disagree or are silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Whether fingerprints are told with a colon between the bytes, as the samples of the API
    /// reference show them, or without, as kops found DescribeKeyPairs to answer (its pull request
    /// 8028). Off by default.
    pub fingerprint_colons: bool,
    /// In which form CreateKeyPair answers the private key.
    pub private_key_form: PrivateKeyForm,
    /// Whether ImportKeyPair takes any text of the form of a public key, as acceptance tests of
    /// Terraform's provider suggest. Off by default: the documented types are taken.
    pub lenient_public_keys: bool,
    /// For how long an instance still shows Running after its restart was accepted: Terraform's
    /// provider waits five seconds for it. None by default.
    pub reboot_lag: Duration,
    /// Whether DeleteKeyPairs refuses a name that does not exist, as older versions of Terraform's
    /// provider expect. Off by default: it is deleted already.
    pub unknown_pair_refuses: bool,
    /// Whether AttachKeyPair and DetachKeyPair refuse the whole call if one of the instances does
    /// not exist. Off by default: that instance is refused alone.
    pub unknown_instance_refuses: bool,
    /// Whether DetachKeyPair refuses an instance that is not bound to this pair. Off by default.
    pub detach_unbound_refuses: bool,
    /// Whether the answer of DescribeInstances has no KeyPairName for an instance that is bound to
    /// none. Off by default: it is empty.
    pub absent_key_pair_name: bool,
    /// Whether DescribeInstances answers an empty list to a caller without permission, as the service
    /// did until 20 December 2025 (the vendor's announcement of September 2025). Off by default: it
    /// is refused.
    pub empty_list_without_permission: bool,
    /// Whether CreateKeyPair and ImportKeyPair tell fingerprints with colons, whatever
    /// DescribeKeyPairs does. Off by default.
    pub made_fingerprint_colons: bool,
    /// Whether the fingerprint of a pair that CreateKeyPair made is MD5 of the public key as DER, as
    /// another cloud has it, and not as SSH writes it. Off by default.
    pub created_fingerprint_of_der: bool,
    /// Whether DescribeKeyPairs tells no CreationTime, as may be for pairs from before 2024. Off by
    /// default.
    pub absent_creation_time: bool,
    /// Whether DeleteKeyPairs deletes those of several pairs that no instance is bound to, and
    /// leaves the others. Off by default: none is deleted then.
    pub mixed_delete_deletes: bool,
    /// Whether an instance that cannot be bound, by its status, system or hardware, refuses the
    /// whole AttachKeyPair or DetachKeyPair. Off by default: it is refused alone.
    pub instance_problem_refuses: bool,
    /// Whether DescribeInstances refuses a call with an id that is none by its form. Off by default:
    /// there is no such instance.
    pub malformed_id_refuses: bool,
    /// Whether a restart shows Starting from its beginning, as the texts say. Off by default: it
    /// shows Stopping first, as a sample does.
    pub reboot_shows_starting: bool,
    /// Whether the guest keeps the keys of before when it takes up another one. Off by default: it
    /// is replaced.
    pub rebind_appends: bool,
    /// For how long reads show what was before a write. None by default.
    pub read_lag: Duration,
}

/// In which form CreateKeyPair answers the private key: the reference says PKCS#8, and its sample
/// is PKCS#1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivateKeyForm {
    /// As the sample: `-----BEGIN RSA PRIVATE KEY-----`.
    #[default]
    Pkcs1,
    /// As the text: `-----BEGIN PRIVATE KEY-----`.
    Pkcs8,
    /// As the sample is printed: the base64 of PKCS#1 without the lines BEGIN and END.
    Bare,
}

/// One switch alone, and how a file of faults turns it on.
#[derive(Clone, Copy)]
pub struct Switch {
    /// Its name below `behaviour`.
    pub name: &'static str,
    /// A value that turns it on.
    pub value: &'static str,
    /// Turns it on.
    pub turn: fn(&mut Switches),
}

impl fmt::Debug for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

macro_rules! switches {
    ($($name:literal = $value:literal: |$switches:ident| $turn:expr;)+) => {
        [$(Switch { name: $name, value: $value, turn: |$switches| $turn }),+]
    };
}

impl Switches {
    /// Each switch, with each value that is not its default.
    pub const ALL: [Switch; 18] = switches! {
        "fingerprintColons" = "true": |s| s.fingerprint_colons = true;
        "madeFingerprintColons" = "true": |s| s.made_fingerprint_colons = true;
        "createdFingerprintOfDer" = "true": |s| s.created_fingerprint_of_der = true;
        "privateKeyForm" = "pkcs8": |s| s.private_key_form = PrivateKeyForm::Pkcs8;
        "privateKeyForm" = "bare": |s| s.private_key_form = PrivateKeyForm::Bare;
        "lenientPublicKeys" = "true": |s| s.lenient_public_keys = true;
        "absentCreationTime" = "true": |s| s.absent_creation_time = true;
        "unknownPairRefuses" = "true": |s| s.unknown_pair_refuses = true;
        "mixedDeleteDeletes" = "true": |s| s.mixed_delete_deletes = true;
        "unknownInstanceRefuses" = "true": |s| s.unknown_instance_refuses = true;
        "instanceProblemRefuses" = "true": |s| s.instance_problem_refuses = true;
        "detachUnboundRefuses" = "true": |s| s.detach_unbound_refuses = true;
        "absentKeyPairName" = "true": |s| s.absent_key_pair_name = true;
        "malformedIdRefuses" = "true": |s| s.malformed_id_refuses = true;
        "rebootLag" = "5s": |s| s.reboot_lag = Duration::from_secs(5);
        "rebootShowsStarting" = "true": |s| s.reboot_shows_starting = true;
        "rebindAppends" = "true": |s| s.rebind_appends = true;
        "readLag" = "3s": |s| s.read_lag = Duration::from_secs(3);
    };
}

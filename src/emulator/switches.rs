//! What the embedded cloud can do in more than one way, because the service's way is not known.

use std::time::Duration;

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
}

//! What the embedded cloud can do in more than one way, because the service's way is not known.

/// How the embedded cloud behaves where the sources about the service disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Whether fingerprints are told with a colon between the bytes, as the samples of the API
    /// reference show them, or without, as kops found DescribeKeyPairs to answer (its pull request
    /// 8028). Off by default.
    pub fingerprint_colons: bool,
}

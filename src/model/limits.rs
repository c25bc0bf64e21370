//! How much one call takes and one page holds.

/// Instances in one AttachKeyPair or DetachKeyPair.
pub const ATTACH_INSTANCES_MAX: usize = 50;
/// Instances in one RebootInstances.
pub const REBOOT_INSTANCES_MAX: usize = 100;
/// Ids in one DescribeInstances, and the largest page it answers.
pub const DESCRIBE_INSTANCES_MAX: usize = 100;
/// The largest page of DescribeInstanceStatus.
pub const DESCRIBE_STATUSES_MAX: usize = 50;
/// The largest page of DescribeKeyPairs.
pub const DESCRIBE_KEY_PAIRS_MAX: usize = 50;
/// Names in one DeleteKeyPairs.
pub const DELETE_KEY_PAIRS_MAX: usize = 100;
/// Resources in one TagResources or UntagResources.
pub const TAG_RESOURCES_MAX: usize = 50;
/// Pairs per account and region (R5).
pub const KEY_PAIRS_MAX: usize = 500;

//! Which fields of the API may say what: the list of what stays. Whatever is not on it goes.
//!
//! The names are those of the ECS API reference, version 2014-05-26, for the operations that
//! `keyform doctor` calls, and of its error bodies.

/// What becomes of the value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// An object or a list, which is looked into.
    Within,
    /// A number that counts.
    Count,
    /// True or false, also as text.
    Truth,
    /// One of [`WORDS`].
    Word,
    /// A time of the service.
    Time,
    /// A code of an error, or 200.
    Code,
    /// A type or a family of instances, such as `ecs.g7.large`.
    InstanceType,
    /// A fingerprint. Its form stays.
    Fingerprint,
    /// A public key. Its type stays.
    PublicKey,
    /// The key of a tag, which stays if it is the service's or keyform's own.
    TagKey,
    /// Something that identifies: the same value becomes the same placeholder, which begins so.
    Identity(&'static str),
}

/// Statuses and systems.
pub(super) const WORDS: [&str; 8] =
    ["Pending", "Running", "Starting", "Stopping", "Stopped", "linux", "windows", "successful"];

/// The keys of tags that say nothing of anybody.
pub(super) const TAG_KEYS: [&str; 8] = [
    "acs:autoscaling:scalingGroupId",
    "ack.aliyun.com",
    "keyform:project",
    "keyform:lineage",
    "keyform:key-pair",
    "keyform:generation",
    "keyform:hold",
    "keyform:rehearsal",
];

/// What a field is; nothing if it is not on the list.
pub(super) fn field(name: &str) -> Option<Field> {
    Some(match name {
        "Instances" | "Instance" | "KeyPairs" | "KeyPair" | "Results" | "Result" | "Tags"
        | "Tag" | "InstanceResponses" | "InstanceResponse" | "OperationLocks" | "Regions"
        | "Region" | "VpcAttributes" | "EipAddress" | "PublicIpAddress" | "PrivateIpAddress" => {
            Field::Within
        }
        "TotalCount" | "PageNumber" | "PageSize" | "FailCount" | "Cpu" | "Memory" => Field::Count,
        "Success" | "IoOptimized" | "DeletionProtection" | "Recyclable" => Field::Truth,
        "Status" | "OSType" | "PreviousStatus" | "CurrentStatus" => Field::Word,
        "StartTime" | "CreationTime" | "ExpiredTime" => Field::Time,
        "Code" => Field::Code,
        "InstanceType" | "InstanceTypeFamily" => Field::InstanceType,
        "KeyPairFingerPrint" => Field::Fingerprint,
        "PublicKey" => Field::PublicKey,
        "TagKey" => Field::TagKey,
        "TagValue" => Field::Identity("value"),
        "InstanceId" => Field::Identity("i"),
        "InstanceName" | "KeyPairName" | "HostName" => Field::Identity("name"),
        "KeyPairId" => Field::Identity("ssh"),
        "RequestId" => Field::Identity("request"),
        "HostId" | "RegionEndpoint" => Field::Identity("host"),
        "NextToken" => Field::Identity("token"),
        "ResourceGroupId" => Field::Identity("group"),
        "RegionId" => Field::Identity("region"),
        "ZoneId" => Field::Identity("zone"),
        "IpAddress" => Field::Identity("address"),
        "VpcId" => Field::Identity("vpc"),
        "VSwitchId" => Field::Identity("switch"),
        // The reason of a lock, and the list of such reasons.
        "LockReason" => Field::Within,
        _ => return None,
    })
}

/// Fields that are documented and say too much, or nothing that matters here: of their values only the
/// type is told.
const DROPPED: [&str; 34] = [
    "AccessDeniedDetail",
    "AutoReleaseTime",
    "ClusterId",
    "CpuOptions",
    "CreditSpecification",
    "DedicatedHostAttribute",
    "DeploymentSetId",
    "Description",
    "Device",
    "EncodedDiagnosticMessage",
    "HibernationOptions",
    "ImageId",
    "ImageOptions",
    "InnerIpAddress",
    "InstanceChargeType",
    "InstanceNetworkType",
    "InternetChargeType",
    "LocalName",
    "LockMsg",
    "Message",
    "MetadataOptions",
    "NatIpAddress",
    "NetworkInterfaces",
    "OSName",
    "OSNameEn",
    "PrivateDnsNameOptions",
    "PrivateKeyBody",
    "Recommend",
    "RdmaIpAddress",
    "SaleCycle",
    "SecurityGroupIds",
    "SerialNumber",
    "SpotStrategy",
    "StoppedMode",
];

/// Whether a name is that of a field of the reference.
pub(super) fn is_documented(name: &str) -> bool {
    DROPPED.contains(&name)
}

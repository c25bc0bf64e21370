//! The bodies of answers, field by field as the service names them.

use serde::{Deserialize, Deserializer, Serialize};

use super::lenient::{Number, Scalar, Switch};

/// A list in an object of its own, such as `{"KeyPair": […]}`. A missing one is empty.
macro_rules! list {
    ($name:ident, $field:literal, $item:ty) => {
        #[derive(Debug, Default, Serialize)]
        pub(super) struct $name {
            #[serde(rename = $field)]
            pub(super) items: Vec<$item>,
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Default, Deserialize)]
                struct Raw {
                    #[serde(rename = $field)]
                    items: Option<Vec<$item>>,
                }
                let raw = Option::<Raw>::deserialize(deserializer)?.unwrap_or_default();
                Ok(Self { items: raw.items.unwrap_or_default() })
            }
        }

        impl From<Vec<$item>> for $name {
            fn from(items: Vec<$item>) -> Self {
                Self { items }
            }
        }
    };
}

/// An object that is not there, or null, is one without fields.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

list!(KeyPairs, "KeyPair", KeyPairShape);
list!(TagList, "Tag", TagShape);
list!(Instances, "Instance", InstanceShape);
list!(LockReasons, "LockReason", LockShape);
list!(Addresses, "IpAddress", Scalar);
list!(Results, "Result", ResultShape);
list!(InstanceResponses, "InstanceResponse", ResultShape);

/// The answer of DescribeKeyPairs.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct DescribeKeyPairsShape {
    pub(super) request_id: String,
    pub(super) total_count: Number,
    pub(super) page_number: Number,
    pub(super) page_size: Number,
    pub(super) key_pairs: KeyPairs,
}

/// A pair.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct KeyPairShape {
    pub(super) key_pair_name: String,
    pub(super) key_pair_finger_print: Scalar,
    pub(super) creation_time: Scalar,
    pub(super) resource_group_id: Scalar,
    pub(super) tags: TagList,
}

/// A tag of a pair or of an instance.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct TagShape {
    pub(super) tag_key: String,
    pub(super) tag_value: Scalar,
}

/// The answer of ImportKeyPair.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ImportKeyPairShape {
    pub(super) request_id: String,
    pub(super) key_pair_name: String,
    pub(super) key_pair_finger_print: Scalar,
}

/// The answer of AttachKeyPair and DetachKeyPair.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct BindingShape {
    pub(super) request_id: String,
    pub(super) key_pair_name: String,
    pub(super) total_count: Scalar,
    pub(super) fail_count: Scalar,
    pub(super) results: Results,
}

/// The answer of RebootInstances.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct RebootInstancesShape {
    pub(super) request_id: String,
    pub(super) instance_responses: InstanceResponses,
}

/// What became of one instance of a batch. `Success` is there after a bind and an unbind alone.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ResultShape {
    pub(super) instance_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) success: Option<Switch>,
    pub(super) code: Scalar,
    pub(super) message: Scalar,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) current_status: Option<String>,
}

/// The answer of DescribeInstances.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct DescribeInstancesShape {
    pub(super) request_id: String,
    pub(super) total_count: Number,
    pub(super) page_number: Number,
    pub(super) page_size: Number,
    pub(super) next_token: Scalar,
    pub(super) instances: Instances,
}

/// An instance.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct InstanceShape {
    pub(super) instance_id: String,
    pub(super) instance_name: Scalar,
    pub(super) status: String,
    #[serde(rename = "OSType")]
    pub(super) os_type: String,
    pub(super) instance_type_family: Scalar,
    pub(super) io_optimized: Switch,
    pub(super) key_pair_name: Scalar,
    pub(super) start_time: Scalar,
    pub(super) tags: TagList,
    pub(super) operation_locks: LockReasons,
    #[serde(deserialize_with = "or_default")]
    pub(super) vpc_attributes: NetworkShape,
    pub(super) public_ip_address: Addresses,
    #[serde(deserialize_with = "or_default")]
    pub(super) eip_address: ElasticShape,
}

/// Why an instance is locked.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct LockShape {
    pub(super) lock_reason: String,
}

/// The private network of an instance.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct NetworkShape {
    pub(super) private_ip_address: Addresses,
}

/// The elastic address of an instance.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ElasticShape {
    pub(super) ip_address: Scalar,
}

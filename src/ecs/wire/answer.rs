//! Answers: how the server writes them and the client reads them.

use serde::Serialize;
use serde_json::Value;

use super::{
    created,
    lenient::{Number, Scalar, Switch},
    regions, served,
    shapes::{
        BindingShape, DescribeInstancesShape, DescribeKeyPairsShape, ElasticShape,
        ImportKeyPairShape, InstanceShape, KeyPairShape, LockShape, NetworkShape,
        RebootInstancesShape, ResultShape, TagList, TagShape,
    },
};
use crate::{
    ecs::{BatchItem, Instance, InstancePage, ItemResult, KeyPair, KeyPairPage, Request, Response},
    model::{CloudName, InstanceId, InstanceStatus, Region, ServiceTime, Tags},
};

/// What the items of a batch say that were done.
const DONE: &str = "200";

/// The body of an answer.
#[must_use]
pub fn write_answer(request: &Request, response: &Response, request_id: &str) -> Value {
    let request_id = request_id.to_owned();
    match response {
        Response::KeyPairs(page) => {
            let (page_number, page_size) = match request {
                Request::DescribeKeyPairs { page_number, page_size, .. } => {
                    (*page_number, *page_size)
                }
                _ => (0, 0),
            };
            json(DescribeKeyPairsShape {
                request_id,
                total_count: Number(page.total_count),
                page_number: Number(page_number),
                page_size: Number(page_size),
                key_pairs: page.key_pairs.iter().map(key_pair_shape).collect::<Vec<_>>().into(),
            })
        }
        Response::Created { key_pair_id, fingerprint, private_key } => serde_json::json!({
            "RequestId": request_id, "KeyPairId": key_pair_id, "KeyPairName": name_of(request),
            "KeyPairFingerPrint": fingerprint, "PrivateKeyBody": private_key.text(),
        }),
        Response::Imported { fingerprint } => json(ImportKeyPairShape {
            request_id,
            key_pair_name: name_of(request),
            key_pair_finger_print: Scalar(fingerprint.clone()),
        }),
        Response::Items(items) => items_body(request, items, request_id),
        Response::Instances(page) => instances_body(request, page, request_id),
        Response::Statuses(page) => served::statuses_body(request, page, &request_id),
        Response::Tags(page) => served::tags_body(page, &request_id),
        Response::Regions(rows) => served::regions_body(rows, &request_id),
        Response::Done => serde_json::json!({ "RequestId": request_id }),
    }
}

/// The id of the request that a body answers, and nothing else of it.
#[must_use]
pub fn request_id(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Answered {
        #[serde(rename = "RequestId")]
        request_id: String,
    }
    serde_json::from_slice::<Answered>(body).ok().map(|answered| answered.request_id)
}

fn instances_body(request: &Request, page: &InstancePage, request_id: String) -> Value {
    let asked = match request {
        Request::DescribeInstances(request) => request.page,
        _ => None,
    };
    let region = request.region().map_or("", Region::as_str);
    let instances = page.instances.iter().map(|instance| instance_shape(instance, region));
    json(DescribeInstancesShape {
        request_id,
        total_count: Number(page.total_count.unwrap_or_default()),
        page_number: Number(asked.map_or(0, |page| page.number)),
        page_size: Number(asked.map_or(0, |page| page.size)),
        next_token: Scalar(page.next_token.clone().unwrap_or_default()),
        instances: instances.collect::<Vec<_>>().into(),
    })
}

fn items_body(request: &Request, items: &[BatchItem], request_id: String) -> Value {
    let is_binding =
        matches!(request, Request::AttachKeyPair { .. } | Request::DetachKeyPair { .. });
    let statuses = served::statuses_of(request);
    let results: Vec<_> = items.iter().map(|item| result_shape(item, statuses)).collect();
    if !is_binding {
        return json(RebootInstancesShape { request_id, instance_responses: results.into() });
    }
    let failed = items.iter().filter(|item| item.result != ItemResult::Success).count();
    json(BindingShape {
        request_id,
        key_pair_name: name_of(request),
        total_count: Scalar(items.len().to_string()),
        fail_count: Scalar(failed.to_string()),
        results: results.into(),
    })
}

fn name_of(request: &Request) -> String {
    match request {
        Request::CreateKeyPair { key_pair_name, .. }
        | Request::ImportKeyPair { key_pair_name, .. }
        | Request::AttachKeyPair { key_pair_name, .. }
        | Request::DetachKeyPair { key_pair_name, .. } => key_pair_name.as_str().to_owned(),
        _ => String::new(),
    }
}

fn json(shape: impl Serialize) -> Value {
    // Shapes are objects of texts, numbers and lists, which JSON has.
    serde_json::to_value(shape).unwrap_or_default()
}

fn key_pair_shape(pair: &KeyPair) -> KeyPairShape {
    KeyPairShape {
        key_pair_name: pair.key_pair_name.as_str().to_owned(),
        key_pair_finger_print: Scalar(pair.key_pair_finger_print.clone()),
        creation_time: Scalar(pair.creation_time.map(|at| at.to_string()).unwrap_or_default()),
        resource_group_id: Scalar(pair.resource_group_id.clone()),
        public_key: pair.public_key.clone().map(Scalar),
        tags: tag_list(&pair.tags),
    }
}

fn instance_shape(instance: &Instance, region: &str) -> InstanceShape {
    let lock = |reason: &String| LockShape { lock_reason: reason.clone() };
    let address = |address: &Option<String>| -> Vec<_> {
        address.iter().map(|address| Scalar(address.clone())).collect()
    };
    InstanceShape {
        instance_id: instance.instance_id.as_str().to_owned(),
        instance_name: Scalar(instance.instance_name.clone()),
        status: instance.status.to_string(),
        os_type: instance.os_type.clone(),
        region_id: Scalar(region.to_owned()),
        zone_id: Scalar(instance.zone_id.clone()),
        instance_type: Scalar(instance.instance_type.clone()),
        instance_type_family: Scalar(instance.instance_type_family.clone()),
        io_optimized: Switch(instance.io_optimized),
        key_pair_name: Scalar(instance.key_pair_name.clone()),
        start_time: Scalar(instance.start_time.map(|at| at.to_string()).unwrap_or_default()),
        tags: tag_list(&instance.tags),
        operation_locks: instance.lock_reasons.iter().map(lock).collect::<Vec<_>>().into(),
        vpc_attributes: NetworkShape {
            private_ip_address: address(&instance.private_address).into(),
        },
        public_ip_address: address(&instance.public_address).into(),
        eip_address: ElasticShape::default(),
    }
}

fn tag_list(tags: &Tags) -> TagList {
    let shape = |(key, value): (&String, &String)| TagShape {
        tag_key: key.clone(),
        tag_value: Scalar(value.clone()),
    };
    tags.iter().map(shape).collect::<Vec<_>>().into()
}

/// A bind and an unbind say `Success`; a change of status says the statuses before and after it.
fn result_shape(
    item: &BatchItem,
    statuses: Option<(InstanceStatus, InstanceStatus)>,
) -> ResultShape {
    let is_binding = statuses.is_none();
    let statuses = statuses.filter(|_| item.result == ItemResult::Success);
    let (code, message) = match &item.result {
        ItemResult::Success if is_binding => (DONE, "successful"),
        ItemResult::Success => (DONE, "success"),
        ItemResult::Failure { code, message } => (code.as_str(), message.as_str()),
    };
    ResultShape {
        instance_id: item.instance_id.as_str().to_owned(),
        success: is_binding.then_some(Switch(item.result == ItemResult::Success)),
        code: Scalar(code.to_owned()),
        message: Scalar(message.to_owned()),
        previous_status: statuses.map(|(before, _)| before.to_string()),
        current_status: statuses.map(|(_, after)| after.to_string()),
    }
}

/// Reads the body of an answer with HTTP status 200.
///
/// # Errors
/// What is not as documented.
pub fn read_answer(request: &Request, body: &[u8]) -> Result<Response, serde_json::Error> {
    Ok(match request {
        Request::DescribeKeyPairs { .. } => {
            let shape: DescribeKeyPairsShape = serde_json::from_slice(body)?;
            Response::KeyPairs(KeyPairPage {
                total_count: shape.total_count.0,
                key_pairs: shape.key_pairs.items.into_iter().map(key_pair).collect(),
            })
        }
        Request::CreateKeyPair { .. } => created::read(body)?,
        Request::ImportKeyPair { .. } => {
            let shape: ImportKeyPairShape = serde_json::from_slice(body)?;
            Response::Imported { fingerprint: shape.key_pair_finger_print.0 }
        }
        Request::AttachKeyPair { .. } | Request::DetachKeyPair { .. } => {
            let shape: BindingShape = serde_json::from_slice(body)?;
            Response::Items(shape.results.items.into_iter().map(batch_item).collect())
        }
        Request::RebootInstances { .. } => {
            let shape: RebootInstancesShape = serde_json::from_slice(body)?;
            Response::Items(shape.instance_responses.items.into_iter().map(batch_item).collect())
        }
        Request::DescribeInstances(_) => {
            let shape: DescribeInstancesShape = serde_json::from_slice(body)?;
            let next_token = Some(shape.next_token.0).filter(|token| !token.is_empty());
            let instances = shape.instances.items.into_iter().map(instance).collect();
            Response::Instances(InstancePage { total_count: None, instances, next_token })
        }
        Request::DeleteKeyPairs { .. }
        | Request::RebootInstance { .. }
        | Request::JoinResourceGroup { .. }
        | Request::TagResources { .. }
        | Request::UntagResources { .. } => {
            let _any: serde_json::Map<String, Value> = serde_json::from_slice(body)?;
            Response::Done
        }
        Request::DescribeRegions => regions::read(body)?,
        other => {
            let what = format!("keyform does not call {}", other.operation());
            return Err(serde::de::Error::custom(what));
        }
    })
}

fn key_pair(shape: KeyPairShape) -> KeyPair {
    KeyPair {
        key_pair_name: CloudName::new(shape.key_pair_name),
        key_pair_finger_print: shape.key_pair_finger_print.0,
        creation_time: ServiceTime::parse(&shape.creation_time.0),
        tags: tags(shape.tags),
        resource_group_id: shape.resource_group_id.0,
        public_key: shape.public_key.map(|key| key.0).filter(|key| !key.is_empty()),
    }
}

fn instance(shape: InstanceShape) -> Instance {
    let first = |addresses: Vec<Scalar>| {
        addresses.into_iter().map(|address| address.0).find(|address| !address.is_empty())
    };
    let elastic = Some(shape.eip_address.ip_address.0).filter(|address| !address.is_empty());
    let locks = shape.operation_locks.items.into_iter().map(|lock| lock.lock_reason);
    Instance {
        instance_id: InstanceId::new(shape.instance_id),
        instance_name: shape.instance_name.0,
        status: status(&shape.status),
        os_type: shape.os_type,
        instance_type: shape.instance_type.0,
        instance_type_family: shape.instance_type_family.0,
        zone_id: shape.zone_id.0,
        io_optimized: shape.io_optimized.0,
        key_pair_name: shape.key_pair_name.0,
        start_time: ServiceTime::parse(&shape.start_time.0),
        tags: tags(shape.tags),
        lock_reasons: locks.filter(|reason| !reason.is_empty()).collect(),
        private_address: first(shape.vpc_attributes.private_ip_address.items),
        public_address: elastic.or_else(|| first(shape.public_ip_address.items)),
    }
}

fn status(text: &str) -> InstanceStatus {
    serde_json::from_value(text.into()).unwrap_or(InstanceStatus::Unknown)
}

fn tags(list: TagList) -> Tags {
    list.items.into_iter().map(|tag| (tag.tag_key, tag.tag_value.0)).collect()
}

/// Only a bind and an unbind say `Success`; the code says it for all others.
fn batch_item(shape: ResultShape) -> BatchItem {
    let ResultShape { instance_id, success, code, message, .. } = shape;
    let is_done = success.map_or(code.0 == DONE, |success| success.0);
    let result = match is_done {
        true => ItemResult::Success,
        false => ItemResult::Failure { code: code.0, message: message.0 },
    };
    BatchItem { instance_id: InstanceId::new(instance_id), result }
}

//! Requests: how the client writes them and the server reads them.

use super::{Parameters, WireProblem, parameters::RESOURCE_TYPE, served};
use crate::{
    ecs::{DescribeInstances, Request},
    model::{CloudName, InstanceId},
};

/// The page of DescribeKeyPairs if none is asked for.
const KEY_PAIRS_PAGE: usize = 10;
/// The page of DescribeInstances if none is asked for.
const INSTANCES_PAGE: usize = 10;

/// The parameters of a call.
#[must_use]
pub fn write_request(request: &Request) -> Parameters {
    let mut parameters = Parameters::default();
    let p = &mut parameters;
    if names_region(request) {
        p.put_some("RegionId", request.region());
    }
    match request {
        Request::DescribeKeyPairs { region: _, key_pair_name, page_number, page_size, options } => {
            p.put_some("KeyPairName", key_pair_name.as_ref());
            p.put("PageNumber", page_number);
            p.put("PageSize", page_size);
            served::write_pair_options(p, options);
        }
        Request::CreateKeyPair { region: _, key_pair_name, tags, resource_group_id } => {
            p.put("KeyPairName", key_pair_name);
            p.put_tags(tags);
            p.put_some("ResourceGroupId", resource_group_id.as_ref());
        }
        Request::ImportKeyPair {
            region: _,
            key_pair_name,
            public_key_body,
            tags,
            resource_group_id,
        } => {
            p.put("KeyPairName", key_pair_name);
            p.put("PublicKeyBody", public_key_body);
            p.put_tags(tags);
            p.put_some("ResourceGroupId", resource_group_id.as_ref());
        }
        Request::DeleteKeyPairs { region: _, key_pair_names } => {
            p.put_json("KeyPairNames", key_pair_names);
        }
        Request::AttachKeyPair { region: _, key_pair_name, instance_ids }
        | Request::DetachKeyPair { region: _, key_pair_name, instance_ids } => {
            p.put("KeyPairName", key_pair_name);
            p.put_json("InstanceIds", instance_ids);
        }
        Request::DescribeInstances(request) => write_describe_instances(p, request),
        Request::RebootInstances { region: _, instance_ids, force_reboot, batch } => {
            p.put_list("InstanceId", instance_ids);
            p.put_flag("ForceReboot", *force_reboot);
            served::write_batch(p, *batch);
        }
        Request::TagResources { region: _, key_pair_names, tags } => {
            p.put("ResourceType", RESOURCE_TYPE);
            p.put_list("ResourceId", key_pair_names);
            p.put_tags(tags);
        }
        Request::UntagResources { region: _, key_pair_names, tag_keys, all } => {
            p.put("ResourceType", RESOURCE_TYPE);
            p.put_list("ResourceId", key_pair_names);
            p.put_list("TagKey", tag_keys);
            p.put_flag("All", *all);
        }
        Request::RebootInstance { region: _, instance_id, force_stop, dry_run } => {
            p.put("InstanceId", instance_id);
            p.put_flag("ForceStop", *force_stop);
            p.put_flag("DryRun", *dry_run);
        }
        Request::JoinResourceGroup { region: _, key_pair_name, resource_group_id } => {
            p.put("ResourceType", RESOURCE_TYPE);
            p.put("ResourceId", key_pair_name);
            p.put("ResourceGroupId", resource_group_id);
        }
        other => served::write(other, p),
    }
    parameters
}

/// Whether an operation has a parameter for the region. Those for one instance have none: the service
/// knows it by the endpoint that is called.
fn names_region(request: &Request) -> bool {
    !matches!(
        request,
        Request::RebootInstance { .. }
            | Request::StartInstance { .. }
            | Request::StopInstance { .. }
    )
}

fn write_describe_instances(p: &mut Parameters, request: &DescribeInstances) {
    let DescribeInstances {
        region: _,
        instance_ids,
        key_pair_name,
        max_results,
        next_token,
        dry_run,
        page,
        filters,
    } = request;
    if let Some(ids) = instance_ids {
        p.put_json("InstanceIds", ids);
    }
    p.put_some("KeyPairName", key_pair_name.as_ref());
    match page {
        Some(page) => served::write_page(p, *page),
        None => p.put("MaxResults", max_results),
    }
    p.put_some("NextToken", next_token.as_ref());
    p.put_flag("DryRun", *dry_run);
    served::write_filters(p, filters);
}

/// Reads a call.
///
/// # Errors
/// [`WireProblem`].
pub fn read_request(action: &str, p: &Parameters) -> Result<Request, WireProblem> {
    Ok(match action {
        "DescribeKeyPairs" => Request::DescribeKeyPairs {
            region: p.region()?,
            key_pair_name: p.text("KeyPairName").map(CloudName::new),
            page_number: p.number("PageNumber", 1)?,
            page_size: p.number("PageSize", KEY_PAIRS_PAGE)?,
            options: served::read_pair_options(p)?,
        },
        "ImportKeyPair" => Request::ImportKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            public_key_body: p.need("PublicKeyBody")?.to_owned(),
            tags: p.tags()?,
            resource_group_id: p.text("ResourceGroupId").map(str::to_owned),
        },
        "DeleteKeyPairs" => {
            let names = p.json("KeyPairNames", &WireProblem::KeyPairNames)?;
            let names = names.ok_or(WireProblem::Missing("KeyPairNames"))?;
            Request::DeleteKeyPairs { region: p.region()?, key_pair_names: names_of(names) }
        }
        "AttachKeyPair" => Request::AttachKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            instance_ids: p.instance_ids_to_bind()?,
        },
        "DetachKeyPair" => Request::DetachKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            instance_ids: p.instance_ids_to_bind()?,
        },
        "DescribeInstances" => Request::DescribeInstances(DescribeInstances {
            region: p.region()?,
            instance_ids: p.instance_ids(&WireProblem::InstanceIds)?,
            key_pair_name: p.text("KeyPairName").map(CloudName::new),
            max_results: p.number("MaxResults", INSTANCES_PAGE)?,
            next_token: p.text("NextToken").map(str::to_owned),
            dry_run: p.flag("DryRun")?,
            page: served::read_instances_page(p)?,
            filters: served::read_filters(p)?,
        }),
        "RebootInstances" => Request::RebootInstances {
            region: p.region()?,
            instance_ids: p.list("InstanceId").into_iter().map(InstanceId::new).collect(),
            force_reboot: p.flag("ForceReboot")?,
            batch: served::read_batch(p)?,
        },
        "TagResources" => Request::TagResources {
            region: p.region()?,
            key_pair_names: p.resources()?,
            tags: p.tags()?,
        },
        "UntagResources" => Request::UntagResources {
            region: p.region()?,
            key_pair_names: p.resources()?,
            tag_keys: p.list("TagKey"),
            all: p.flag("All")?,
        },
        other => return read_rarer(other, p),
    })
}

/// Reads the calls that keyform makes in some projects only, and what the server takes beside them.
fn read_rarer(action: &str, p: &Parameters) -> Result<Request, WireProblem> {
    Ok(match action {
        "CreateKeyPair" => Request::CreateKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            tags: p.tags()?,
            resource_group_id: p.text("ResourceGroupId").map(str::to_owned),
        },
        "RebootInstance" => Request::RebootInstance {
            region: served::named_region(p)?,
            instance_id: InstanceId::new(p.need("InstanceId")?),
            force_stop: p.flag("ForceStop")?,
            dry_run: p.flag("DryRun")?,
        },
        "JoinResourceGroup" => {
            p.need("ResourceId")?;
            p.resources()?;
            Request::JoinResourceGroup {
                region: p.region()?,
                key_pair_name: p.name("ResourceId")?,
                resource_group_id: p.need("ResourceGroupId")?.to_owned(),
            }
        }
        other => return served::read(other, p),
    })
}

fn names_of(names: Vec<String>) -> Vec<CloudName> {
    names.into_iter().map(CloudName::new).collect()
}

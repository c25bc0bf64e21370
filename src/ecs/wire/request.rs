//! Requests: how the client writes them and the server reads them.

use super::{Parameters, WireProblem};
use crate::{
    ecs::{DescribeInstances, Request},
    model::{CloudName, InstanceId},
};

/// The page of DescribeKeyPairs if none is asked for.
const KEY_PAIRS_PAGE: usize = 10;
/// The page of DescribeInstances if none is asked for.
const INSTANCES_PAGE: usize = 10;
/// What pairs are called where resources of several kinds can be meant.
const RESOURCE_TYPE: &str = "keypair";

/// The parameters of a call.
#[must_use]
pub fn write_request(request: &Request) -> Parameters {
    let mut parameters = Parameters::default();
    let p = &mut parameters;
    p.put("RegionId", request.region());
    match request {
        Request::DescribeKeyPairs { region: _, key_pair_name, page_number, page_size } => {
            p.put_some("KeyPairName", key_pair_name.as_ref());
            p.put("PageNumber", page_number);
            p.put("PageSize", page_size);
        }
        Request::ImportKeyPair { region: _, key_pair_name, public_key_body, tags } => {
            p.put("KeyPairName", key_pair_name);
            p.put("PublicKeyBody", public_key_body);
            p.put_tags(tags);
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
        Request::RebootInstances { region: _, instance_ids, force_reboot } => {
            p.put_list("InstanceId", instance_ids);
            p.put_flag("ForceReboot", *force_reboot);
            // Otherwise one that cannot restart fails all.
            p.put("BatchOptimization", "SuccessFirst");
        }
        Request::TagResources { region: _, key_pair_names, tags } => {
            p.put("ResourceType", RESOURCE_TYPE);
            p.put_list("ResourceId", key_pair_names);
            p.put_tags(tags);
        }
        Request::UntagResources { region: _, key_pair_names, tag_keys } => {
            p.put("ResourceType", RESOURCE_TYPE);
            p.put_list("ResourceId", key_pair_names);
            p.put_list("TagKey", tag_keys);
        }
    }
    parameters
}

fn write_describe_instances(p: &mut Parameters, request: &DescribeInstances) {
    let DescribeInstances {
        region: _,
        instance_ids,
        key_pair_name,
        max_results,
        next_token,
        dry_run,
    } = request;
    if let Some(ids) = instance_ids {
        p.put_json("InstanceIds", ids);
    }
    p.put_some("KeyPairName", key_pair_name.as_ref());
    p.put("MaxResults", max_results);
    p.put_some("NextToken", next_token.as_ref());
    p.put_flag("DryRun", *dry_run);
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
        },
        "ImportKeyPair" => Request::ImportKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            public_key_body: p.need("PublicKeyBody")?.to_owned(),
            tags: p.tags()?,
        },
        "DeleteKeyPairs" => {
            let problem = WireProblem::Invalid("KeyPairNames");
            let names = p.json("KeyPairNames", &problem)?;
            let names = names.ok_or(WireProblem::Missing("KeyPairNames"))?;
            Request::DeleteKeyPairs { region: p.region()?, key_pair_names: names_of(names) }
        }
        "AttachKeyPair" => Request::AttachKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            instance_ids: p.instance_ids()?.ok_or(WireProblem::Missing("InstanceIds"))?,
        },
        "DetachKeyPair" => Request::DetachKeyPair {
            region: p.region()?,
            key_pair_name: p.name("KeyPairName")?,
            instance_ids: p.instance_ids()?.ok_or(WireProblem::Missing("InstanceIds"))?,
        },
        "DescribeInstances" => Request::DescribeInstances(DescribeInstances {
            region: p.region()?,
            instance_ids: p.instance_ids()?,
            key_pair_name: p.text("KeyPairName").map(CloudName::new),
            max_results: p.number("MaxResults", INSTANCES_PAGE)?,
            next_token: p.text("NextToken").map(str::to_owned),
            dry_run: p.flag("DryRun")?,
        }),
        "RebootInstances" => Request::RebootInstances {
            region: p.region()?,
            instance_ids: p.list("InstanceId").into_iter().map(InstanceId::new).collect(),
            force_reboot: p.flag("ForceReboot")?,
        },
        "TagResources" => Request::TagResources {
            region: p.region()?,
            key_pair_names: resources(p)?,
            tags: p.tags()?,
        },
        "UntagResources" => Request::UntagResources {
            region: p.region()?,
            key_pair_names: resources(p)?,
            tag_keys: p.list("TagKey"),
        },
        _ => return Err(WireProblem::Action),
    })
}

/// The pairs that are meant; the service's own spelling of the type counts, in any case.
fn resources(p: &Parameters) -> Result<Vec<CloudName>, WireProblem> {
    match p.text("ResourceType") {
        None => Err(WireProblem::Missing("ResourceType")),
        Some(kind) if kind.eq_ignore_ascii_case(RESOURCE_TYPE) => {
            Ok(names_of(p.list("ResourceId")))
        }
        Some(_) => Err(WireProblem::Invalid("ResourceType")),
    }
}

fn names_of(names: Vec<String>) -> Vec<CloudName> {
    names.into_iter().map(CloudName::new).collect()
}

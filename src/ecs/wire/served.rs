//! What the embedded cloud's server takes beside the calls that keyform makes itself: other
//! operations, filters, and older forms.

use serde_json::{Value, json};

use super::{Parameters, WireProblem, parameters::RESOURCE_TYPE};
use crate::{
    ecs::{
        BatchOptions, InstanceFilters, NumberedPage, PairOptions, RegionRow, Request, StatusPage,
        TagPage,
    },
    model::{InstanceId, InstanceStatus, Region},
};

/// The page of DescribeInstanceStatus and of DescribeInstances by number, if none is asked for.
const PAGE: usize = 10;

/// Filters of DescribeInstances that the embedded cloud has nothing for. To pass over one would
/// answer instances that were not asked for.
const NOT_SERVED: [&str; 17] = [
    "DeviceAvailable",
    "EipAddresses",
    "Filter.1.Key",
    "HpcClusterId",
    "HttpEndpoint",
    "ImageId",
    "InnerIpAddresses",
    "InstanceChargeType",
    "InternetChargeType",
    "Ipv6Address.1",
    "LockReason",
    "NeedSaleCycle",
    "RdmaIpAddresses",
    "SecurityGroupId",
    "VSwitchId",
    "VpcId",
    "KeyPairId",
];

/// Writes what [`super::write_request`] leaves to this.
pub(super) fn write(request: &Request, p: &mut Parameters) {
    match request {
        Request::DescribeInstanceStatus { instance_ids, zone_id, page, .. } => {
            p.put_list("InstanceId", instance_ids);
            p.put_some("ZoneId", zone_id.as_ref());
            write_page(p, *page);
        }
        Request::StartInstances { instance_ids, batch, .. }
        | Request::StopInstances { instance_ids, batch, .. } => {
            p.put_list("InstanceId", instance_ids);
            write_batch(p, *batch);
        }
        Request::StartInstance { instance_id, dry_run, .. }
        | Request::StopInstance { instance_id, dry_run, .. } => {
            p.put("InstanceId", instance_id);
            p.put_flag("DryRun", *dry_run);
        }
        Request::ListTagResources { key_pair_names, tags, next_token, .. } => {
            p.put("ResourceType", RESOURCE_TYPE);
            p.put_list("ResourceId", key_pair_names);
            p.put_tag_filters(tags);
            p.put_some("NextToken", next_token.as_ref());
        }
        _ => {}
    }
}

/// Reads what [`super::read_request`] leaves to this.
pub(super) fn read(action: &str, p: &Parameters) -> Result<Request, WireProblem> {
    Ok(match action {
        "DescribeInstanceStatus" => Request::DescribeInstanceStatus {
            region: p.region()?,
            instance_ids: instance_ids(p),
            zone_id: p.text("ZoneId").map(str::to_owned),
            page: read_page(p)?,
        },
        "StartInstances" => Request::StartInstances {
            region: p.region()?,
            instance_ids: instance_ids(p),
            batch: read_batch(p)?,
        },
        "StopInstances" => Request::StopInstances {
            region: p.region()?,
            instance_ids: instance_ids(p),
            batch: read_batch(p)?,
        },
        "StartInstance" | "StopInstance" => single(action, p)?,
        "ListTagResources" => Request::ListTagResources {
            region: p.region()?,
            key_pair_names: p.resources()?,
            tags: p.tag_filters()?,
            next_token: p.text("NextToken").map(str::to_owned),
        },
        "DescribeRegions" => Request::DescribeRegions,
        _ => return Err(WireProblem::Action),
    })
}

fn single(action: &str, p: &Parameters) -> Result<Request, WireProblem> {
    let region = named_region(p)?;
    let instance_id = InstanceId::new(p.need("InstanceId")?);
    let dry_run = p.flag("DryRun")?;
    Ok(match action {
        "StartInstance" => Request::StartInstance { region, instance_id, dry_run },
        _ => Request::StopInstance { region, instance_id, dry_run },
    })
}

/// The region of a call for one instance: the older clients name it, the others do so by the endpoint.
pub(super) fn named_region(p: &Parameters) -> Result<Option<Region>, WireProblem> {
    p.text("RegionId").map(|_| p.region()).transpose()
}

fn instance_ids(p: &Parameters) -> Vec<InstanceId> {
    p.list("InstanceId").into_iter().map(InstanceId::new).collect()
}

pub(super) fn write_batch(p: &mut Parameters, batch: BatchOptions) {
    // Without a word one instance that is refused refuses all.
    let word = if batch.all_together { "AllTogether" } else { "SuccessFirst" };
    p.put("BatchOptimization", word);
    p.put_flag("DryRun", batch.dry_run);
}

pub(super) fn read_batch(p: &Parameters) -> Result<BatchOptions, WireProblem> {
    let all_together = match p.text("BatchOptimization") {
        None | Some("AllTogether") => true,
        Some("SuccessFirst") => false,
        Some(_) => return Err(WireProblem::Invalid("BatchOptimization")),
    };
    Ok(BatchOptions { all_together, dry_run: p.flag("DryRun")? })
}

pub(super) fn write_page(p: &mut Parameters, page: NumberedPage) {
    p.put("PageNumber", page.number);
    p.put("PageSize", page.size);
}

fn read_page(p: &Parameters) -> Result<NumberedPage, WireProblem> {
    Ok(NumberedPage { number: p.number("PageNumber", 1)?, size: p.number("PageSize", PAGE)? })
}

/// A page by its number, unless a size or a token of the newer form is there.
pub(super) fn read_instances_page(p: &Parameters) -> Result<Option<NumberedPage>, WireProblem> {
    let is_newer = p.text("MaxResults").is_some() || p.text("NextToken").is_some();
    if is_newer { Ok(None) } else { read_page(p).map(Some) }
}

pub(super) fn write_pair_options(p: &mut Parameters, options: &PairOptions) {
    p.put_some("KeyPairFingerPrint", options.fingerprint.as_ref());
    p.put_some("ResourceGroupId", options.resource_group_id.as_ref());
    p.put_tag_filters(&options.tags);
    p.put_flag("IncludePublicKey", options.include_public_key);
}

pub(super) fn read_pair_options(p: &Parameters) -> Result<PairOptions, WireProblem> {
    Ok(PairOptions {
        fingerprint: p.text("KeyPairFingerPrint").map(str::to_owned),
        resource_group_id: p.text("ResourceGroupId").map(str::to_owned),
        tags: p.tag_filters()?,
        include_public_key: p.flag("IncludePublicKey")?,
    })
}

pub(super) fn write_filters(p: &mut Parameters, filters: &InstanceFilters) {
    p.put_some("Status", filters.status);
    p.put_some("InstanceName", filters.instance_name.as_ref());
    p.put_some("InstanceType", filters.instance_type.as_ref());
    p.put_some("InstanceTypeFamily", filters.instance_type_family.as_ref());
    p.put_some("IoOptimized", filters.io_optimized);
    p.put_some("ZoneId", filters.zone_id.as_ref());
    p.put_some("ResourceGroupId", filters.resource_group_id.as_ref());
    for (name, addresses) in addresses(filters) {
        if !addresses.is_empty() {
            p.put_json(name, addresses);
        }
    }
    p.put_tag_filters(&filters.tags);
}

fn addresses(filters: &InstanceFilters) -> [(&'static str, &[String]); 2] {
    let private: &[String] = &filters.private_addresses;
    [("PrivateIpAddresses", private), ("PublicIpAddresses", &filters.public_addresses)]
}

pub(super) fn read_filters(p: &Parameters) -> Result<InstanceFilters, WireProblem> {
    if let Some(name) = NOT_SERVED.into_iter().find(|name| p.text(name).is_some()) {
        return Err(WireProblem::NotServed(name));
    }
    let text = |name: &str| p.text(name).map(str::to_owned);
    let list = |name| p.json(name, &WireProblem::Invalid(name)).map(Option::unwrap_or_default);
    Ok(InstanceFilters {
        status: p.text("Status").map(status).transpose()?,
        instance_name: text("InstanceName"),
        instance_type: text("InstanceType"),
        instance_type_family: text("InstanceTypeFamily"),
        io_optimized: p.switch("IoOptimized")?,
        zone_id: text("ZoneId"),
        resource_group_id: text("ResourceGroupId"),
        private_addresses: list("PrivateIpAddresses")?,
        public_addresses: list("PublicIpAddresses")?,
        tags: p.tag_filters()?,
    })
}

fn status(text: &str) -> Result<InstanceStatus, WireProblem> {
    match serde_json::from_value(text.into()) {
        Ok(InstanceStatus::Unknown) | Err(_) => Err(WireProblem::Status),
        Ok(status) => Ok(status),
    }
}

/// The statuses before and after a change of status that was accepted; none for other calls.
pub(super) fn statuses_of(request: &Request) -> Option<(InstanceStatus, InstanceStatus)> {
    match request {
        Request::RebootInstances { .. } | Request::StopInstances { .. } => {
            Some((InstanceStatus::Running, InstanceStatus::Stopping))
        }
        Request::StartInstances { .. } => Some((InstanceStatus::Stopped, InstanceStatus::Starting)),
        _ => None,
    }
}

/// The body of an answer to DescribeInstanceStatus.
pub(super) fn statuses_body(request: &Request, page: &StatusPage, request_id: &str) -> Value {
    let asked = match request {
        Request::DescribeInstanceStatus { page, .. } => *page,
        _ => NumberedPage { number: 0, size: 0 },
    };
    let row =
        |(id, status): &(InstanceId, InstanceStatus)| json!({ "InstanceId": id, "Status": status });
    let rows: Vec<_> = page.statuses.iter().map(row).collect();
    json!({
        "RequestId": request_id, "TotalCount": page.total_count, "PageNumber": asked.number,
        "PageSize": asked.size, "InstanceStatuses": { "InstanceStatus": rows },
    })
}

/// The body of an answer to ListTagResources.
pub(super) fn tags_body(page: &TagPage, request_id: &str) -> Value {
    let rows = page.tags.iter().map(|(pair, key, value)| {
        json!({ "ResourceId": pair, "ResourceType": RESOURCE_TYPE, "TagKey": key, "TagValue": value })
    });
    json!({
        "RequestId": request_id, "NextToken": page.next_token.clone().unwrap_or_default(),
        "TagResources": { "TagResource": rows.collect::<Vec<_>>() },
    })
}

/// The body of an answer to DescribeRegions.
pub(super) fn regions_body(rows: &[RegionRow], request_id: &str) -> Value {
    let rows = rows.iter().map(|row| {
        json!({
            "RegionId": row.region_id, "LocalName": row.local_name,
            "RegionEndpoint": row.endpoint, "Status": "available",
        })
    });
    json!({ "RequestId": request_id, "Regions": { "Region": rows.collect::<Vec<_>>() } })
}

#[cfg(test)]
mod tests;

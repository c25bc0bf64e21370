//! The answer of DescribeRegions, which `keyform doctor` reads.

use serde::Deserialize;

use super::lenient::Scalar;
use crate::ecs::{RegionRow, Response};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RegionsShape {
    regions: RegionList,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RegionList {
    region: Vec<RegionShape>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RegionShape {
    region_id: String,
    local_name: Scalar,
    region_endpoint: Scalar,
}

/// Reads the answer.
///
/// # Errors
/// What is not as documented.
pub(super) fn read(body: &[u8]) -> Result<Response, serde_json::Error> {
    let shape: RegionsShape = serde_json::from_slice(body)?;
    let row = |row: RegionShape| RegionRow {
        region_id: row.region_id,
        local_name: row.local_name.0,
        endpoint: row.region_endpoint.0,
    };
    Ok(Response::Regions(shape.regions.region.into_iter().map(row).collect()))
}

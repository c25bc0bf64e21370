//! Answers that only `keyform doctor` reads: regions, and a key that the service made.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::lenient::Scalar;
use crate::ecs::{PrivateKeyBody, RegionRow, Response};

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

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CreatedShape {
    key_pair_id: Scalar,
    key_pair_finger_print: Scalar,
    private_key_body: String,
}

/// The answer of DescribeRegions.
pub(super) fn regions(body: &[u8]) -> Result<Response, serde_json::Error> {
    let shape: RegionsShape = serde_json::from_slice(body)?;
    let row = |row: RegionShape| RegionRow {
        region_id: row.region_id,
        local_name: row.local_name.0,
        endpoint: row.region_endpoint.0,
    };
    Ok(Response::Regions(shape.regions.region.into_iter().map(row).collect()))
}

/// The answer of CreateKeyPair.
pub(super) fn created(body: &[u8]) -> Result<Response, serde_json::Error> {
    let shape: CreatedShape = serde_json::from_slice(body)?;
    Ok(Response::Created {
        key_pair_id: shape.key_pair_id.0,
        fingerprint: shape.key_pair_finger_print.0,
        private_key: PrivateKeyBody::new(Zeroizing::new(shape.private_key_body)),
    })
}

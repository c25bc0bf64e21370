//! The regions of the service.

use crate::{ecs::RegionRow, model::Region};

/// The regions as of 2026, with what people call them. Two that were closed in 2024, Mumbai
/// (`ap-south-1`) and Sydney (`ap-southeast-2`), are not among them.
const REGIONS: [(&str, &str); 40] = [
    ("cn-qingdao", "China (Qingdao)"),
    ("cn-beijing", "China (Beijing)"),
    ("cn-zhangjiakou", "China (Zhangjiakou)"),
    ("cn-huhehaote", "China (Hohhot)"),
    ("cn-wulanchabu", "China (Ulanqab)"),
    ("cn-hangzhou", "China (Hangzhou)"),
    ("cn-shanghai", "China (Shanghai)"),
    ("cn-nanjing", "China (Nanjing - Local Region)"),
    ("cn-fuzhou", "China (Fuzhou - Local Region)"),
    ("cn-wuhan-lr", "China (Wuhan - Local Region)"),
    ("cn-zhengzhou-jva", "China (Zhengzhou)"),
    ("cn-zhongwei", "China (Zhongwei)"),
    ("cn-shenzhen", "China (Shenzhen)"),
    ("cn-heyuan", "China (Heyuan)"),
    ("cn-guangzhou", "China (Guangzhou)"),
    ("cn-chengdu", "China (Chengdu)"),
    ("cn-hongkong", "China (Hong Kong)"),
    ("cn-hangzhou-finance", "China (Hangzhou) Finance"),
    ("cn-shanghai-finance-1", "China (Shanghai) Finance"),
    ("cn-shenzhen-finance-1", "China (Shenzhen) Finance"),
    ("cn-beijing-finance-1", "China (Beijing) Finance"),
    ("cn-north-2-gov-1", "China (Beijing) Government"),
    ("cn-heyuan-acdr-1", "China (Heyuan) ACDR"),
    ("ap-northeast-1", "Japan (Tokyo)"),
    ("ap-northeast-2", "South Korea (Seoul)"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-3", "Malaysia (Kuala Lumpur)"),
    ("ap-southeast-5", "Indonesia (Jakarta)"),
    ("ap-southeast-6", "Philippines (Manila)"),
    ("ap-southeast-7", "Thailand (Bangkok)"),
    ("ap-southeast-8", "Malaysia (Johor)"),
    ("us-east-1", "US (Virginia)"),
    ("us-southeast-1", "US (Atlanta)"),
    ("us-west-1", "US (Silicon Valley)"),
    ("na-south-1", "Mexico"),
    ("eu-central-1", "Germany (Frankfurt)"),
    ("eu-west-1", "UK (London)"),
    ("eu-west-2", "France (Paris)"),
    ("me-central-1", "SAU (Riyadh - Partner Region)"),
    ("me-east-1", "UAE (Dubai)"),
];

/// Whether there is such a region.
#[must_use]
pub fn exists(region: &Region) -> bool {
    REGIONS.iter().any(|(id, _)| *id == region.as_str())
}

/// As DescribeRegions tells them.
#[must_use]
pub fn rows() -> Vec<RegionRow> {
    let row = |(id, name): &(&str, &str)| RegionRow {
        region_id: (*id).to_owned(),
        local_name: (*name).to_owned(),
        endpoint: format!("ecs.{id}.aliyuncs.com"),
    };
    REGIONS.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_region_is_there_once_and_has_the_form_of_one() {
        let ids: BTreeSet<_> = REGIONS.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), REGIONS.len());
        for id in ids {
            assert!(exists(&Region::new(id).expect("the form of a region")), "{id}");
        }
        for gone in ["ap-south-1", "ap-southeast-2", "cn-hangzou", "CN-HANGZHOU"] {
            assert!(!exists(&Region::new(gone).expect("the form of a region")), "{gone}");
        }
    }
}

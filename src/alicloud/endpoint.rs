//! Where ECS and STS are called.

use crate::model::Endpoint;

use super::http::HttpHost;

/// Which network the services are called in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// The internet.
    #[default]
    Public,
    /// The caller's VPC.
    Vpc,
}

/// Where STS is called, if neither a region nor a manifest says otherwise.
const STS: &str = "sts.aliyuncs.com";

/// The host of ECS for a region, as the vendor's SDKs map it.
#[must_use]
pub fn ecs(region: &str, network: Network) -> HttpHost {
    let name = match (network, region) {
        (Network::Vpc, region) => format!("ecs-vpc.{region}.aliyuncs.com"),
        (Network::Public, "cn-hangzhou" | "cn-shanghai-finance-1" | "cn-shenzhen-finance-1") => {
            "ecs-cn-hangzhou.aliyuncs.com".to_owned()
        }
        (Network::Public, "cn-hangzhou-finance" | "cn-north-2-gov-1" | "cn-beijing-gov-1") => {
            "ecs.aliyuncs.com".to_owned()
        }
        (Network::Public, region) => format!("ecs.{region}.aliyuncs.com"),
    };
    encrypted(name)
}

/// The host of STS: that of a manifest, or of a region, or of all. Without a region there is none of
/// a VPC.
#[must_use]
pub fn sts(written: Option<&Endpoint>, region: Option<&str>, network: Network) -> HttpHost {
    match (written, region) {
        (Some(endpoint), _) => endpoint.into(),
        (None, None) => encrypted(STS.to_owned()),
        (None, Some(region)) => {
            let suffix = if network == Network::Vpc { "-vpc" } else { "" };
            encrypted(format!("sts{suffix}.{region}.aliyuncs.com"))
        }
    }
}

fn encrypted(name: String) -> HttpHost {
    HttpHost { is_encrypted: true, name, port: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrustedHosts;

    #[test]
    fn each_region_has_its_host_and_each_host_is_trusted() {
        for (region, network, name) in [
            ("cn-hangzhou", Network::Public, "ecs-cn-hangzhou.aliyuncs.com"),
            ("cn-hangzhou", Network::Vpc, "ecs-vpc.cn-hangzhou.aliyuncs.com"),
            ("cn-shanghai", Network::Public, "ecs.cn-shanghai.aliyuncs.com"),
            ("eu-central-1", Network::Vpc, "ecs-vpc.eu-central-1.aliyuncs.com"),
            ("cn-shenzhen-finance-1", Network::Public, "ecs-cn-hangzhou.aliyuncs.com"),
            ("cn-north-2-gov-1", Network::Public, "ecs.aliyuncs.com"),
        ] {
            let host = ecs(region, network);
            assert_eq!(host.name, name);
            let endpoint = Endpoint::parse(&format!("https://{name}")).expect(name);
            assert!(TrustedHosts::default().trust(&endpoint), "{name}");
        }
    }

    #[test]
    fn sts_is_where_the_manifest_says_or_in_a_region_or_in_one_place_for_all() {
        let written = Endpoint::parse("http://127.0.0.1:8080").expect("an endpoint");
        for (written, region, network, authority) in [
            (Some(&written), Some("cn-hangzhou"), Network::Vpc, "127.0.0.1:8080"),
            (None, None, Network::Public, "sts.aliyuncs.com"),
            (None, None, Network::Vpc, "sts.aliyuncs.com"),
            (None, Some("cn-hangzhou"), Network::Public, "sts.cn-hangzhou.aliyuncs.com"),
            (None, Some("cn-hangzhou"), Network::Vpc, "sts-vpc.cn-hangzhou.aliyuncs.com"),
        ] {
            assert_eq!(sts(written, region, network).authority(), authority);
        }
    }
}

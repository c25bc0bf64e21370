//! Where the API of a cloud is called, and to which hosts credentials may be sent.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

/// An address of the API: a scheme, a host and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    is_encrypted: bool,
    /// In lower case; an IPv6 address without its brackets.
    host: String,
    port: Option<u16>,
}

/// Why a text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointProblem {
    /// It does not begin with a scheme that is known.
    #[error("it does not begin with `https://`")]
    Scheme,
    /// It is not encrypted, and leads to another machine.
    #[error("credentials would be sent unencrypted: only this machine is spoken to by `http://`")]
    Unencrypted,
    /// It has a user, a path, a query or a fragment.
    #[error("it has more than a host and a port")]
    More,
    /// Its host is none.
    #[error("its host is no name and no address")]
    Host,
    /// Its port is none.
    #[error("its port is not a number from 1 to 65535")]
    Port,
}

impl Endpoint {
    /// Reads an address such as `https://ecs.cn-hangzhou.aliyuncs.com`.
    ///
    /// # Errors
    /// [`EndpointProblem`].
    pub fn parse(text: &str) -> Result<Self, EndpointProblem> {
        let (is_encrypted, rest) =
            match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
                (Some(rest), _) => (true, rest),
                (None, Some(rest)) => (false, rest),
                (None, None) => return Err(EndpointProblem::Scheme),
            };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err(EndpointProblem::More);
        }
        let (host, port) = split(rest)?;
        let port = port.map(|digits| {
            let number = digits.parse::<u16>().ok().filter(|number| *number > 0);
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            number.filter(|_| is_plain).ok_or(EndpointProblem::Port)
        });
        let endpoint =
            Self { is_encrypted, host: host.to_ascii_lowercase(), port: port.transpose()? };
        if !is_encrypted && !endpoint.is_loopback() {
            return Err(EndpointProblem::Unencrypted);
        }
        Ok(endpoint)
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if it is not that of the scheme.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether it is spoken to by TLS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The region of OSS whose host it is: `oss-cn-hangzhou`, or that inside of a VPC, below
    /// `aliyuncs.com`. The hosts of buckets have another label before these.
    #[must_use]
    pub fn oss_region(&self) -> Option<&str> {
        let region = self.host.strip_suffix(".aliyuncs.com")?.strip_prefix("oss-")?;
        let region = region.strip_suffix("-internal").unwrap_or(region);
        is_region_of_the_service(region).then_some(region)
    }

    /// Whether it is the host of S3 of AWS in a region.
    fn is_of_aws(&self) -> bool {
        let region = self.host.strip_suffix(".amazonaws.com");
        let region = region.and_then(|name| name.strip_prefix("s3."));
        region.is_some_and(|region| !region.is_empty() && !region.contains('.'))
    }

    /// Whether it is a host of ECS or of STS. Their forms are few and strict: below `aliyuncs.com`
    /// are also hosts of tenants, such as `ecs.oss-cn-hangzhou.aliyuncs.com`, a bucket.
    fn is_of_the_service(&self) -> bool {
        let Some(name) = self.host.strip_suffix(".aliyuncs.com") else { return false };
        if matches!(name, "ecs" | "sts") {
            return true;
        }
        let region = |prefixes: &[&str]| prefixes.iter().find_map(|one| name.strip_prefix(one));
        region(&["ecs-vpc.", "ecs-vpc-", "ecs.", "ecs-", "sts-vpc.", "sts."])
            .is_some_and(is_region_of_the_service)
    }
}

/// Whether a host, without brackets, is this machine.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let is_v4 = |address: Ipv4Addr| address.is_loopback();
    host == "localhost"
        || host.parse().is_ok_and(is_v4)
        || host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a host is an address of the link or of the provider's network, which is not routed
/// elsewhere: there the metadata service is, and what stands in for it in containers.
#[must_use]
pub fn is_local_network(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok_and(|address| {
        let [first, second, ..] = address.octets();
        address.is_link_local() || (first == 100 && (64..128).contains(&second))
    })
}

/// Whether a label is the id of a region: two letters of a country or a continent, and more behind
/// a hyphen. The labels that other services put there, such as `oss-cn-hangzhou`, begin otherwise.
fn is_region_of_the_service(label: &str) -> bool {
    let Some((area, rest)) = label.split_once('-') else { return false };
    let is_part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !part.is_empty() && part.bytes().all(allowed)
    };
    let is_area = area.len() == 2 && area.bytes().all(|byte| byte.is_ascii_lowercase());
    is_area && rest.split('-').all(is_part)
}

/// A host and the digits of its port.
fn split(text: &str) -> Result<(&str, Option<&str>), EndpointProblem> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, behind) = rest.split_once(']').ok_or(EndpointProblem::Host)?;
        let port = match behind.strip_prefix(':') {
            None if !behind.is_empty() => return Err(EndpointProblem::Host),
            port => port,
        };
        host.parse::<Ipv6Addr>().map_err(|_| EndpointProblem::Host)?;
        return Ok((host, port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    // Strictly: what another reader of addresses could take for another host is no host here.
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(allowed)
    };
    let is_host = host.len() <= 253 && host.split('.').all(is_label);
    if is_host { Ok((host, port)) } else { Err(EndpointProblem::Host) }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_encrypted { "https://" } else { "http://" })?;
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The hosts besides those of ECS and STS and this machine that credentials may be sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedHosts(Vec<String>);

impl TrustedHosts {
    /// None besides those.
    pub const NONE: Self = Self(Vec::new());

    /// Hosts with commas or blanks between them.
    #[must_use]
    pub fn listed(text: &str) -> Self {
        let hosts = text.split(|c: char| c == ',' || c.is_whitespace());
        Self(hosts.filter(|host| !host.is_empty()).map(str::to_ascii_lowercase).collect())
    }

    /// Whether credentials may be sent there.
    #[must_use]
    pub fn trust(&self, endpoint: &Endpoint) -> bool {
        endpoint.is_of_the_service() || endpoint.is_loopback() || self.names(&endpoint.host)
    }

    /// Whether requests that are signed for a bucket may be sent there.
    #[must_use]
    pub fn trust_storage(&self, endpoint: &Endpoint) -> bool {
        let is_of_a_service = endpoint.oss_region().is_some() || endpoint.is_of_aws();
        is_of_a_service || endpoint.is_loopback() || self.names(&endpoint.host)
    }

    /// Whether credentials of a server may be sent there: to this machine, and to hosts that are named.
    #[must_use]
    pub fn trust_named(&self, endpoint: &Endpoint) -> bool {
        endpoint.is_loopback() || self.names(&endpoint.host)
    }

    /// Whether a host, without brackets, is one of those that are named.
    #[must_use]
    pub fn names(&self, host: &str) -> bool {
        self.0.contains(&host.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_hosts_or_this_machine() {
        for (text, shown) in [
            ("https://ecs.cn-hangzhou.aliyuncs.com", "https://ecs.cn-hangzhou.aliyuncs.com"),
            ("https://ECS.aliyuncs.com:443/", "https://ecs.aliyuncs.com:443"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.2", "http://127.0.0.2"),
            ("http://[::1]:80/", "http://[::1]:80"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|found| found.to_string()).as_deref(), Ok(shown));
        }
        for (text, problem) in [
            ("", EndpointProblem::Scheme),
            ("ecs.aliyuncs.com", EndpointProblem::Scheme),
            ("HTTPS://ecs.aliyuncs.com", EndpointProblem::Scheme),
            ("http://ecs.aliyuncs.com", EndpointProblem::Unencrypted),
            ("http://localhost.example.com", EndpointProblem::Unencrypted),
            ("http://2130706433", EndpointProblem::Unencrypted),
            ("https://", EndpointProblem::Host),
            ("https://a..b", EndpointProblem::Host),
            ("https://ecs.aliyuncs.com.", EndpointProblem::Host),
            ("https://ecs.aliyuncs.com@evil.example", EndpointProblem::More),
            ("https://evil.example/.aliyuncs.com", EndpointProblem::More),
            ("https://evil.example\\.aliyuncs.com", EndpointProblem::Host),
            ("https://evil.example?.aliyuncs.com", EndpointProblem::More),
            ("https://evil.example#.aliyuncs.com", EndpointProblem::More),
            ("https://évil.aliyuncs.com", EndpointProblem::Host),
            ("https://[::1", EndpointProblem::Host),
            ("https://[::1]x", EndpointProblem::Host),
            ("https://a:0", EndpointProblem::Port),
            ("https://a:+1", EndpointProblem::Port),
            ("https://a:", EndpointProblem::Port),
            ("https://user:secret@ecs.aliyuncs.com", EndpointProblem::More),
        ] {
            assert_eq!(Endpoint::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn of_aliyuncs_com_only_the_hosts_of_ecs_and_sts_are_trusted() {
        let is_trusted = |name: &str| {
            let endpoint = Endpoint::parse(&format!("https://{name}.aliyuncs.com")).expect(name);
            TrustedHosts::default().trust(&endpoint)
        };
        for name in [
            "ecs",
            "sts",
            "ecs.cn-hangzhou",
            "ECS-cn-hangzhou",
            "ecs-vpc.cn-hangzhou",
            "ecs-vpc-us-west-1",
            "ecs.cn-shanghai-finance-1",
            "ecs.me-central-1",
            "sts.ap-southeast-1",
            "sts-vpc.cn-north-2-gov-1",
        ] {
            assert!(is_trusted(name), "{name}");
        }
        for name in [
            // Buckets, projects and functions of tenants.
            "evil",
            "evil.oss-cn-hangzhou",
            "ecs.oss-cn-hangzhou",
            "ecs.oss-accelerate",
            "sts.oss-cn-hangzhou",
            "ecs.vpc100-oss-cn-hangzhou",
            "ecs.cn-hangzhou.log",
            "sts.cn-hangzhou.fc",
            "ecs.cn-hangzhou.oss",
            // Other services, and what only looks like a region.
            "oss-cn-hangzhou",
            "slb.cn-hangzhou",
            "ecs.evil",
            "ecs.cn",
            "ecs.cn-",
            "ecs.-hangzhou",
            "ecs-evil",
            "ecs-vpc",
            "ecs.cn-hangzhou-",
            "sts-cn-hangzhou",
            "xecs.cn-hangzhou",
            "x.ecs.cn-hangzhou",
        ] {
            assert!(!is_trusted(name), "{name}");
        }
    }

    #[test]
    fn requests_for_buckets_go_to_the_services_that_have_them() {
        for (host, is_trusted) in [
            ("oss-cn-hangzhou.aliyuncs.com", true),
            ("oss-cn-hangzhou-internal.aliyuncs.com", true),
            ("s3.eu-west-1.amazonaws.com", true),
            ("127.0.0.1", true),
            ("minio.example", true),
            ("evil.oss-cn-hangzhou.aliyuncs.com", false),
            ("oss-evil.aliyuncs.com", false),
            ("oss-cn-hangzhou.evil.aliyuncs.com", false),
            ("evil.s3.eu-west-1.amazonaws.com", false),
            ("s3.evil.eu-west-1.amazonaws.com", false),
            ("s3.amazonaws.com.evil.example", false),
            ("ecs.cn-hangzhou.aliyuncs.com", false),
        ] {
            let endpoint = Endpoint::parse(&format!("https://{host}")).expect(host);
            let trusted = TrustedHosts::listed("minio.example");
            assert_eq!(trusted.trust_storage(&endpoint), is_trusted, "{host}");
        }
    }

    #[test]
    fn credentials_go_to_this_machine_and_to_hosts_that_are_named() {
        let named = TrustedHosts::listed("gateway.example, OTHER.example\t");
        for (host, is_trusted, is_named) in [
            ("127.0.0.1", true, true),
            ("gateway.example", false, true),
            ("other.example", false, true),
            ("aliyuncs.com", false, false),
            ("evilaliyuncs.com", false, false),
            ("ecs.aliyuncs.com.evil.example", false, false),
            ("sub.gateway.example", false, false),
        ] {
            let endpoint = Endpoint::parse(&format!("https://{host}")).expect(host);
            assert_eq!(TrustedHosts::default().trust(&endpoint), is_trusted, "{host}");
            assert_eq!(named.trust(&endpoint), is_named, "{host}");
        }
    }
}

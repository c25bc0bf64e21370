//! Which proxy a request goes through, if any.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use zeroize::Zeroizing;

use super::HttpHost;
use crate::code::codes;

/// Where instances ask the metadata service, which answers by who asks: never through a proxy.
const METADATA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);

/// The proxies of this machine, as its environment names them. The address of a proxy may have a
/// password, so that `Debug` does not show it (L4).
#[derive(Clone, Default)]
pub struct ProxySettings {
    /// For `https://`: HTTPS_PROXY, or else ALL_PROXY.
    pub https: Option<Zeroizing<String>>,
    /// For `http://`: HTTP_PROXY, or else ALL_PROXY.
    pub http: Option<Zeroizing<String>>,
    /// NO_PROXY: the hosts that are spoken to directly.
    pub exceptions: String,
}

/// What is wrong with the address of a proxy, which is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the proxy for {scheme}:// in the environment is not an address such as \
     http://proxy.example:3128; correct the variable {variable}, or unset it"
)]
pub struct ProxyProblem {
    /// For which addresses it is.
    pub scheme: &'static str,
    /// The variables that name it.
    pub variable: &'static str,
}

codes! {
    /// The code of a [`ProxyProblem`].
    pub enum ProxyCode {
        Malformed = "proxyMalformed" {
            meaning: "A variable of the environment that names a proxy is not an address.",
            why: "Without the proxy requests would go another way than the machine is set up for.",
            fix: "Correct the variable, such as HTTPS_PROXY=http://proxy.example:3128, or unset \
                  it.",
        }
    }
}

impl ProxyProblem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ProxyCode {
        ProxyCode::Malformed
    }
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings")
            .field("https", &self.https.is_some())
            .field("http", &self.http.is_some())
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

impl ProxySettings {
    /// Whether a host is spoken to directly: this machine, the metadata service, and the exceptions.
    pub(super) fn is_direct(&self, host: &HttpHost) -> bool {
        let address = host.name.parse::<IpAddr>().ok();
        let is_metadata = |address: IpAddr| match address {
            IpAddr::V4(address) => address == METADATA || address.is_link_local(),
            IpAddr::V6(_) => false,
        };
        let port = host.port.unwrap_or(if host.is_encrypted { 443 } else { 80 });
        let exceptions = self.exceptions.split(|c: char| c == ',' || c.is_whitespace());
        host.is_loopback()
            || address.is_some_and(is_metadata)
            || exceptions.filter(|one| !one.is_empty()).any(|one| excepts(one, host, address, port))
    }
}

/// Whether an entry of NO_PROXY is about a host: `*`, an address, a network such as `10.0.0.0/8`, or
/// a name with all below it; each perhaps with a port.
fn excepts(entry: &str, host: &HttpHost, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some(address) = address {
        let is_same = |text: &str| text.trim_matches(['[', ']']).parse() == Ok(address);
        let with_port = entry.rsplit_once(':').filter(|(_, digits)| digits.parse() == Ok(port));
        return is_same(entry)
            || is_in_network(entry, address)
            || with_port.is_some_and(|(text, _)| is_same(text));
    }
    let (name, of_port) = match entry.split_once(':') {
        Some((name, digits)) => (name, digits.parse() == Ok(port)),
        None => (entry, true),
    };
    let name = name.trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase();
    let is_below = host
        .name
        .strip_suffix(&name)
        .is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && !name.is_empty()));
    of_port && is_below
}

fn is_in_network(entry: &str, address: IpAddr) -> bool {
    let Some((network, length)) = entry.split_once('/') else { return false };
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    let begins_alike = |one: u128, other: u128, bits: u32| {
        length <= bits && (length == 0 || (one ^ other) >> (bits - length) == 0)
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            begins_alike(network.to_bits().into(), address.to_bits().into(), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            begins_alike(network.to_bits(), address.to_bits(), 128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_the_metadata_service_and_exceptions_are_spoken_to_directly() {
        let table = [
            ("", "localhost", true),
            ("", "127.0.0.3", true),
            ("", "::1", true),
            ("", "100.100.100.200", true),
            ("", "169.254.1.2", true),
            ("", "ecs.aliyuncs.com", false),
            ("*", "ecs.aliyuncs.com", true),
            ("aliyuncs.com", "ecs.aliyuncs.com", true),
            (".aliyuncs.com", "ecs.aliyuncs.com", true),
            ("*.AliyunCS.com", "ecs.aliyuncs.com", true),
            ("one.example, aliyuncs.com:443", "ecs.aliyuncs.com", true),
            ("aliyuncs.com:8443", "ecs.aliyuncs.com", false),
            ("yuncs.com", "ecs.aliyuncs.com", false),
            ("ecs.aliyuncs.com.example", "ecs.aliyuncs.com", false),
            (".", "ecs.aliyuncs.com", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.0/33", "10.0.0.0", false),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3:443", "10.1.2.3", true),
            ("10.1.2.3:80", "10.1.2.3", false),
            ("2001:db8::/32", "2001:db8::7", true),
            ("2001:db8::7", "2001:db8::7", true),
            ("[2001:db8::7]:443", "2001:db8::7", true),
            ("2001:db8::8", "2001:db8::7", false),
        ];
        for (exceptions, host, is_direct) in table {
            let settings =
                ProxySettings { exceptions: exceptions.to_owned(), ..ProxySettings::default() };
            let name = host.to_owned();
            let host = HttpHost { is_encrypted: true, name, port: None };
            assert_eq!(settings.is_direct(&host), is_direct, "{exceptions} {}", host.name);
        }
    }

    #[test]
    fn the_address_of_a_proxy_is_not_shown_to_developers() {
        let https = Some(Zeroizing::new("http://user:password@proxy.example".to_owned()));
        let settings = ProxySettings { https, ..ProxySettings::default() };
        assert!(!format!("{settings:?}").contains("password"));
    }
}

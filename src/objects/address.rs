//! Where a bucket is.

use std::net::IpAddr;

use crate::{alicloud::http::HttpHost, ecs::wire, model::Endpoint};

/// Where a bucket is: a host of its own, or a path of a host that has others too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    /// The name of the bucket.
    pub bucket: String,
    /// The host that is asked.
    pub(super) host: HttpHost,
    /// What the path of an object begins with.
    root: String,
}

impl BucketAddress {
    /// A bucket at an endpoint. The host has the name of the bucket before it, unless `is_path_style`,
    /// or unless the endpoint is an address or this machine, before which there are no names.
    #[must_use]
    pub fn new(endpoint: &Endpoint, bucket: &str, is_path_style: bool) -> Self {
        let mut host = HttpHost::from(endpoint);
        let has_names = host.name.parse::<IpAddr>().is_err() && !host.is_loopback();
        let root = match has_names && !is_path_style {
            true => {
                host.name = format!("{bucket}.{}", host.name);
                "/".to_owned()
            }
            false => format!("/{bucket}/"),
        };
        Self { bucket: bucket.to_owned(), host, root }
    }

    /// The path of an object, or of the bucket if the key is empty; encoded.
    pub(super) fn path(&self, key: &str) -> String {
        let parts: Vec<_> = key.split('/').map(wire::percent_encoded).collect();
        format!("{}{}", self.root, parts.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_a_host_where_hosts_have_names() {
        for (endpoint, is_path_style, authority, path) in [
            ("https://s3.eu-west-1.amazonaws.com", false, "b.s3.eu-west-1.amazonaws.com", "/"),
            ("https://minio.example:9000", false, "b.minio.example:9000", "/"),
            ("https://minio.example:9000", true, "minio.example:9000", "/b/"),
            ("http://127.0.0.1:9000", false, "127.0.0.1:9000", "/b/"),
            ("http://localhost:9000", false, "localhost:9000", "/b/"),
            ("https://[2001:db8::1]", false, "[2001:db8::1]", "/b/"),
        ] {
            let endpoint = Endpoint::parse(endpoint).expect("an endpoint");
            let address = BucketAddress::new(&endpoint, "b", is_path_style);
            assert_eq!(address.host.authority(), authority);
            assert_eq!(address.path(""), path);
            assert_eq!(address.path("a:b/c d"), format!("{path}a%3Ab/c%20d"));
        }
    }
}

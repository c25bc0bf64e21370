//! A small cloud, keys and calls for the tests of this module.

use std::time::Duration;

use super::{Fact, LoggedFact, Switches, World};
use crate::{
    ecs::{
        BatchOptions, CallError, DescribeInstances, InstancePage, ItemResult, PairOptions, Request,
        Response,
    },
    model::{
        CloudName, Fingerprint, InstanceId, InstanceStatus, Region, Tags, Timestamp,
        inventory::{Inventory, InventoryInstance},
        time::Precision,
    },
};

/// Public keys, and the fingerprints that `ssh-keygen -l -E md5` tells for them.
pub(super) const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCVhD60kZfETE+cK6bl6X4dz9o9MsapEQ5rMgS3/nzAUc1rBruSJxWV29p1OUfGwsyaRBYqfDXsAAnagIuJreBnwK85qiZbpW4mqtysOz+/JCLVvvj8uL2oiKB68Q3b4kRMzRErmgg3/1UenlUadkW5emXJ3rV2F6Vuh4LSpytd1wjkmJEkFhit8AmSFEjhBN9vi44Bwhb7lYqBK1xrE5e0/2Vw0mdWDGCQrjxBRwKtDWwgdUdcYmzZG2rAFv7YHiTBRJ5008rFpmfcm3gfjMOygGorgxHj0UWdqNsq1N8EAxVnxQhYGczpw46E3XnoHnaI76JhF/ckHo5wDhONmDIZ";
pub(super) const RSA_PRINT: &str = "f497b6eaad98b56e33373e41ccfedbc4";
pub(super) const P256: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCUPbFPa9nbt3FNavj0SO0n+baPAM5Qad4GfYG3JHrMsOQsLM5ZIaeBJAkm2e+eTqD82alT0GEDsdbiXjPDzz9U=";
pub(super) const P256_PRINT: &str = "ac99d0ba7e734a0ed310f2d6a8c5fc8a";
pub(super) const P384: &str = "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBCIQSjIsI1K62RsrEPDLwFmKXRKro58P2l8Sy4OqXy1UWZBHg/lUISBHW7lpeTedYJOSg1TM1XR9Tv9UY5prc/YqrdcnnNfYSVapxOmo2qAkQ9gEtELbwd8lzFo+KnGSug==";
pub(super) const P384_PRINT: &str = "e599a46a4550d0eea8a64ac673109299";
pub(super) const P521: &str = "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABxtzNsW0ZAQ4SeG5KH7s1Ib9i2NsZ55rzOyCcVjc8x+n7N0tPsrnbGm37a1ljlB7wVGdX3W7kb6CfZbPy8OgXUmgEgIoZJQYaxvGXbwwyEIh+X0OrJO3VhWSLgnv0/8cxGyCoktiyp52InUdy04hSEKW0fw8W5eIemEuJ8Q9o7r6CvWA==";
pub(super) const P521_PRINT: &str = "986ee0e573894bed72722b20b81da884";
pub(super) const DSA: &str = "ssh-dss AAAAB3NzaC1kc3MAAACBAMlT04gC7gHivvysbUOKno3pZQC3oBqDTY1klnjifj5S3f6qQ6dT/qcT2QBc6jKXZCFi541cEHYbkRKovtXq5Xj3KYyqAlHqIKaR+ONhvDHOfXEW89fY2QgBNX8I5J5SYJTyqWgeGJoA8sjwPGOA8GCyhDq1quorOTjbSBGOXykVAAAAFQCtZRCOnsgx29NwfnG1ESFzC8bZkwAAAIA9hLb6eEFvdVZA+TMiigpT5a6nNnIBB+HdSbHhmXYQSKwIMdwn4cNkV7fTu/SRCNkDqiqfyuewFCntmyXQSGuRc6tlz6TfSw+hUdXHG9FcvC7HdxTwaNuiwFp/JbgQN7QSPRDK/hLTkxqYJ7PyGpRJqRjI2ve1+iJfZRj+RttY4wAAAIAcJYWUcXeLw4iu7sDzKBeP9FEyopFrLyXuXDKlwkmjahcmvWSBrVt7Au0oEQcAvqqmkEL0+JG8kJB8+rbC4Nrl/MWGEJvrhkgOV1PHv9so5AhQuv7zYuncenJUA11H/GPZFmY/4zqxtq3omK8X8ntqHzATh7wNAjJIEQWj9xSjRw==";
pub(super) const DSA_PRINT: &str = "eed10678367382513ae48f4f6f5fae58";
pub(super) const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINDaSuUgHr/vOueoQx3ZgDSxj0L5ObQiAgZTVlZSJlkk";

/// 2026-11-22T10:00:30Z, and milliseconds after it.
pub(super) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_795_341_630_000 + milliseconds)
}

pub(super) fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

pub(super) fn id(text: &str) -> InstanceId {
    InstanceId::new(text)
}

pub(super) fn ids(texts: &[&str]) -> Vec<InstanceId> {
    texts.iter().copied().map(InstanceId::new).collect()
}

pub(super) fn name(text: &str) -> CloudName {
    CloudName::new(text)
}

pub(super) fn fingerprint(hex: &str) -> Option<Fingerprint> {
    Some(Fingerprint::parse(hex).expect("a fingerprint"))
}

pub(super) fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A Linux instance that is Running.
pub(super) fn instance(text: &str) -> InventoryInstance {
    InventoryInstance {
        id: id(text),
        region: region(),
        name: format!("{text}-name"),
        os_type: "linux".to_owned(),
        instance_type: "ecs.g7.large".to_owned(),
        instance_type_family: "ecs.g7".to_owned(),
        io_optimized: true,
        status: InstanceStatus::Running,
        tags: tags(&[("role", "web")]),
        private_address: None,
        public_address: None,
    }
}

pub(super) fn inventory_of(instances: Vec<InventoryInstance>) -> Inventory {
    Inventory {
        restart_time: Duration::from_millis(200),
        time_precision: Precision::Millisecond,
        reboot_moves_start_time: true,
        instances,
    }
}

/// `i-1` and `i-2` are Running, `i-stopped`, `i-windows`, `i-old` are what they are called, and
/// `i-far` is in another region.
pub(super) fn inventory() -> Inventory {
    inventory_of(vec![
        instance("i-2"),
        instance("i-1"),
        InventoryInstance { status: InstanceStatus::Stopped, ..instance("i-stopped") },
        InventoryInstance { os_type: "windows".to_owned(), ..instance("i-windows") },
        InventoryInstance { io_optimized: false, ..instance("i-old") },
        InventoryInstance { region: far(), ..instance("i-far") },
    ])
}

pub(super) fn far() -> Region {
    Region::new("cn-beijing").expect("a region")
}

pub(super) fn import(pair: &str, key: &str) -> Request {
    Request::ImportKeyPair {
        region: region(),
        key_pair_name: name(pair),
        public_key_body: key.to_owned(),
        tags: Tags::new(),
        resource_group_id: None,
    }
}

pub(super) fn delete(pairs: &[&str]) -> Request {
    let key_pair_names = pairs.iter().map(|pair| name(pair)).collect();
    Request::DeleteKeyPairs { region: region(), key_pair_names }
}

pub(super) fn attach(pair: &str, instances: &[&str]) -> Request {
    let (key_pair_name, instance_ids) = (name(pair), ids(instances));
    Request::AttachKeyPair { region: region(), key_pair_name, instance_ids }
}

pub(super) fn detach(pair: &str, instances: &[&str]) -> Request {
    let (key_pair_name, instance_ids) = (name(pair), ids(instances));
    Request::DetachKeyPair { region: region(), key_pair_name, instance_ids }
}

pub(super) fn reboot(instances: &[&str]) -> Request {
    let batch = BatchOptions::default();
    let instance_ids = ids(instances);
    Request::RebootInstances { region: region(), instance_ids, force_reboot: false, batch }
}

pub(super) fn list_pairs() -> Request {
    pairs_page(None, 1, 50)
}

/// A page of the pairs whose names match.
pub(super) fn pairs_page(
    key_pair_name: Option<CloudName>,
    page_number: usize,
    page_size: usize,
) -> Request {
    let options = PairOptions::default();
    Request::DescribeKeyPairs { region: region(), key_pair_name, page_number, page_size, options }
}

pub(super) fn list_instances() -> DescribeInstances {
    DescribeInstances::all(region())
}

/// A world that takes each call at once.
pub(super) struct Cloud(pub(super) World);

impl Cloud {
    pub(super) fn new(inventory: Inventory) -> Self {
        Self(World::new(inventory))
    }

    pub(super) fn with_switches(self, switches: Switches) -> Self {
        Self(self.0.with_switches(switches))
    }

    pub(super) fn call(
        &mut self,
        now: Timestamp,
        request: &Request,
    ) -> Result<Response, CallError> {
        let (response, events) = self.0.decide(now, request)?;
        events.iter().for_each(|event| self.0.apply(event));
        Ok(response)
    }

    /// The same for a call that must succeed, items included.
    pub(super) fn done(&mut self, now: Timestamp, request: &Request) {
        let response = self.call(now, request).expect("the call succeeds");
        if let Response::Items(items) = response {
            let failed: Vec<_> =
                items.iter().filter(|item| item.result != ItemResult::Success).collect();
            assert!(failed.is_empty(), "{failed:?}");
        }
    }

    pub(super) fn happen(&mut self, at: Timestamp, fact: Fact) {
        self.0.apply(&LoggedFact { at, fact });
    }

    /// HTTP status and code of a call that must be refused.
    pub(super) fn refusal(&mut self, now: Timestamp, request: &Request) -> (u16, String) {
        match self.call(now, request) {
            Err(CallError::Service { status, code, operation, .. }) => {
                assert_eq!(operation, request.operation());
                (status, code)
            }
            other => panic!("{request:?} is refused, and was {other:?}"),
        }
    }

    /// The items of a batch: id, and `ok` or a code.
    pub(super) fn items(&mut self, now: Timestamp, request: &Request) -> Vec<(String, String)> {
        match self.call(now, request) {
            Ok(Response::Items(items)) => items.into_iter().map(item_text).collect(),
            other => panic!("{request:?} has items, and was {other:?}"),
        }
    }

    pub(super) fn instances(&mut self, now: Timestamp, request: DescribeInstances) -> InstancePage {
        match self.call(now, &Request::DescribeInstances(request)) {
            Ok(Response::Instances(page)) => page,
            other => panic!("instances are listed, and not {other:?}"),
        }
    }

    /// What one instance is: status, bound, effective.
    pub(super) fn state(&self, now: Timestamp, instance: &str) -> (InstanceStatus, String, String) {
        let (world, here, id) = (&self.0, region(), id(instance));
        let status = world.status(now, &here, &id).expect("the instance");
        let guest = world.guest(now, &here, &id).expect("the instance");
        assert_eq!(guest.password_allowed, guest.effective.is_none());
        let bound = world.bound(&here, &id).map_or_else(String::new, ToString::to_string);
        (status, bound, guest.effective.map_or_else(|| "password".to_owned(), |p| p.hex()))
    }
}

fn item_text(item: crate::ecs::BatchItem) -> (String, String) {
    let result = match item.result {
        ItemResult::Success => "ok".to_owned(),
        ItemResult::Failure { code, .. } => code,
    };
    (item.instance_id.to_string(), result)
}

//! The service as keyform sees it: pages, batches, item results and normalising over one
//! [`Transport`], so that the embedded cloud and the real one run the same code.

mod observe;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    ecs::{
        CallError, Code, DescribeInstances, Instance, Item, ItemResult, KeyPair, Request, Response,
        Transport, limits,
    },
    model::{CloudName, Fingerprint, InstanceId, ObservedInstance, ObservedPair, Region, Tags},
};

pub use observe::observe_region;

/// What became of each instance of a batch; the reason where it was refused. An instance that the
/// answer leaves out is left out here too: nothing is known of it.
pub type ItemResults = BTreeMap<InstanceId, Result<(), String>>;

/// The service, one attempt a call.
#[derive(Clone)]
pub struct Cloud {
    transport: Arc<dyn Transport>,
}

impl Cloud {
    /// The service behind a transport.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    /// All pairs of a region.
    ///
    /// # Errors
    /// As the service says.
    pub fn key_pairs(&self, region: &Region) -> Result<Vec<ObservedPair>, CallError> {
        let mut pairs = Vec::new();
        for page_number in 1.. {
            let page = self.key_pair_page(region, None, page_number)?;
            let last = page.1;
            pairs.extend(page.0);
            if last {
                break;
            }
        }
        Ok(pairs)
    }

    /// One pair by its name, or none.
    ///
    /// # Errors
    /// As the service says.
    pub fn key_pair(
        &self,
        region: &Region,
        name: &CloudName,
    ) -> Result<Option<ObservedPair>, CallError> {
        let (pairs, _) = self.key_pair_page(region, Some(name), 1)?;
        Ok(pairs.into_iter().find(|pair| pair.name == *name))
    }

    fn key_pair_page(
        &self,
        region: &Region,
        name: Option<&CloudName>,
        page_number: usize,
    ) -> Result<(Vec<ObservedPair>, bool), CallError> {
        let request = Request::DescribeKeyPairs {
            region: region.clone(),
            key_pair_name: name.cloned(),
            page_number,
            page_size: limits::DESCRIBE_KEY_PAIRS_MAX,
        };
        let Response::KeyPairs(page) = self.transport.call(&request)? else {
            return Err(unexpected(&request));
        };
        let read = page_number.saturating_mul(limits::DESCRIBE_KEY_PAIRS_MAX);
        let last = page.key_pairs.is_empty() || read >= page.total_count;
        Ok((page.key_pairs.into_iter().map(observed_pair).collect(), last))
    }

    /// All instances of a region.
    ///
    /// # Errors
    /// As the service says.
    pub fn instances(&self, region: &Region) -> Result<Vec<ObservedInstance>, CallError> {
        self.list_instances(region, None, None)
    }

    /// Those of these instances that exist.
    ///
    /// # Errors
    /// As the service says.
    pub fn instances_by_id(
        &self,
        region: &Region,
        ids: &[InstanceId],
    ) -> Result<Vec<ObservedInstance>, CallError> {
        let mut instances = Vec::with_capacity(ids.len());
        for batch in ids.chunks(limits::DESCRIBE_INSTANCES_MAX) {
            instances.extend(self.list_instances(region, Some(batch), None)?);
        }
        Ok(instances)
    }

    /// The instances that are bound to a pair.
    ///
    /// # Errors
    /// As the service says.
    pub fn instances_bound_to(
        &self,
        region: &Region,
        name: &CloudName,
    ) -> Result<Vec<ObservedInstance>, CallError> {
        self.list_instances(region, None, Some(name))
    }

    /// Makes sure that the caller may read instances: one who may not is answered an empty list.
    ///
    /// # Errors
    /// As the service says, such as `Forbidden.RAM`.
    pub fn may_read_instances(&self, region: &Region) -> Result<(), CallError> {
        let request = Request::DescribeInstances(DescribeInstances {
            region: region.clone(),
            instance_ids: None,
            key_pair_name: None,
            max_results: limits::DESCRIBE_INSTANCES_MAX,
            next_token: None,
            dry_run: true,
        });
        match self.transport.call(&request) {
            Err(error) if error.code() == Some(Code::DRY_RUN) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(unexpected(&request)),
        }
    }

    fn list_instances(
        &self,
        region: &Region,
        ids: Option<&[InstanceId]>,
        name: Option<&CloudName>,
    ) -> Result<Vec<ObservedInstance>, CallError> {
        let mut instances = Vec::new();
        let mut next_token = None;
        loop {
            let request = Request::DescribeInstances(DescribeInstances {
                region: region.clone(),
                instance_ids: ids.map(<[InstanceId]>::to_vec),
                key_pair_name: name.cloned(),
                max_results: limits::DESCRIBE_INSTANCES_MAX,
                next_token,
                dry_run: false,
            });
            let Response::Instances(page) = self.transport.call(&request)? else {
                return Err(unexpected(&request));
            };
            instances.extend(page.instances.into_iter().map(observed_instance));
            // The service answers an empty token on the last page.
            match page.next_token.filter(|token| !token.is_empty()) {
                Some(token) => next_token = Some(token),
                None => return Ok(instances),
            }
        }
    }

    /// Makes a pair of a public key, and tells the print that the service computed.
    ///
    /// # Errors
    /// As the service says.
    pub fn import(
        &self,
        region: &Region,
        name: &CloudName,
        public_key: &str,
        tags: &Tags,
    ) -> Result<Option<Fingerprint>, CallError> {
        let request = Request::ImportKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            public_key_body: public_key.to_owned(),
            tags: tags.clone(),
        };
        match self.transport.call(&request)? {
            Response::Imported { fingerprint } => Ok(Fingerprint::parse(&fingerprint)),
            _ => Err(unexpected(&request)),
        }
    }

    /// Deletes one pair: it is not known what the service does when one of several is bound.
    ///
    /// # Errors
    /// As the service says.
    pub fn delete(&self, region: &Region, name: &CloudName) -> Result<(), CallError> {
        let key_pair_names = vec![name.clone()];
        self.done(&Request::DeleteKeyPairs { region: region.clone(), key_pair_names })
    }

    /// Binds up to 50 instances to a pair.
    ///
    /// # Errors
    /// As the service says.
    pub fn attach(
        &self,
        region: &Region,
        name: &CloudName,
        ids: &[InstanceId],
    ) -> Result<ItemResults, CallError> {
        self.items(&Request::AttachKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            instance_ids: ids.to_vec(),
        })
    }

    /// Unbinds up to 50 instances from a pair.
    ///
    /// # Errors
    /// As the service says.
    pub fn detach(
        &self,
        region: &Region,
        name: &CloudName,
        ids: &[InstanceId],
    ) -> Result<ItemResults, CallError> {
        self.items(&Request::DetachKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            instance_ids: ids.to_vec(),
        })
    }

    /// Restarts up to 100 instances gracefully.
    ///
    /// # Errors
    /// As the service says.
    pub fn reboot(
        &self,
        region: &Region,
        ids: &[InstanceId],
        force_reboot: bool,
    ) -> Result<ItemResults, CallError> {
        self.items(&Request::RebootInstances {
            region: region.clone(),
            instance_ids: ids.to_vec(),
            force_reboot,
        })
    }

    /// Adds tags to a pair, or changes their values.
    ///
    /// # Errors
    /// As the service says.
    pub fn tag(&self, region: &Region, name: &CloudName, tags: &Tags) -> Result<(), CallError> {
        self.done(&Request::TagResources {
            region: region.clone(),
            key_pair_names: vec![name.clone()],
            tags: tags.clone(),
        })
    }

    /// Removes tags from a pair.
    ///
    /// # Errors
    /// As the service says.
    pub fn untag(
        &self,
        region: &Region,
        name: &CloudName,
        tag_keys: &[String],
    ) -> Result<(), CallError> {
        self.done(&Request::UntagResources {
            region: region.clone(),
            key_pair_names: vec![name.clone()],
            tag_keys: tag_keys.to_vec(),
        })
    }

    fn done(&self, request: &Request) -> Result<(), CallError> {
        match self.transport.call(request)? {
            Response::Done => Ok(()),
            _ => Err(unexpected(request)),
        }
    }

    fn items(&self, request: &Request) -> Result<ItemResults, CallError> {
        match self.transport.call(request)? {
            Response::Items(items) => Ok(items.into_iter().map(item_result).collect()),
            _ => Err(unexpected(request)),
        }
    }
}

fn item_result(item: Item) -> (InstanceId, Result<(), String>) {
    let result = match item.result {
        ItemResult::Success => Ok(()),
        ItemResult::Failure { code, message } => Err(format!("{code}: {message}")),
    };
    (item.instance_id, result)
}

fn observed_pair(pair: KeyPair) -> ObservedPair {
    ObservedPair {
        name: pair.key_pair_name,
        fingerprint: Fingerprint::parse(&pair.key_pair_finger_print),
        creation_time: pair.creation_time,
        tags: pair.tags,
    }
}

/// What people call an instance, without what could command the terminal that shows it.
fn visible(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

fn observed_instance(instance: Instance) -> ObservedInstance {
    let name = instance.key_pair_name;
    ObservedInstance {
        id: instance.instance_id,
        name: visible(&instance.instance_name),
        status: instance.status,
        os_type: instance.os_type,
        instance_type_family: instance.instance_type_family,
        io_optimized: instance.io_optimized,
        bound: (!name.is_empty()).then(|| CloudName::new(name)),
        start_time: instance.start_time,
        tags: instance.tags,
        locks: instance.lock_reasons,
        private_address: instance.private_address,
        public_address: instance.public_address,
    }
}

/// A transport that answers another operation than it was asked is broken; the call may have taken
/// effect all the same.
fn unexpected(request: &Request) -> CallError {
    CallError::NoAnswer {
        operation: request.operation(),
        reason: "the answer was that of another operation".to_owned(),
    }
}

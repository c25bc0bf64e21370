//! One service: pages, batches and item results over its transport.

use std::sync::Arc;

use super::normal::{item_result, observed_instance, observed_pair};
use crate::{
    ecs::{
        BatchOptions, CallError, CloudRead, CloudWrite, Code, DescribeInstances, PairOptions,
        ReadAnswer, Request, Response, Transport, WriteAnswer, limits,
    },
    model::{CloudName, Fingerprint, InstanceId, ObservedInstance, ObservedPair, Region},
};

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

    /// Makes one attempt of one call.
    pub(super) fn call(&self, request: &Request) -> Result<Response, CallError> {
        self.transport.call(request)
    }

    /// Changes something.
    ///
    /// # Errors
    /// As the service says.
    pub fn write(&self, write: &CloudWrite) -> Result<WriteAnswer, CallError> {
        let request = write.request();
        match (write, self.transport.call(&request)?) {
            (CloudWrite::Import { .. }, Response::Imported { fingerprint }) => {
                Ok(WriteAnswer::Imported(Fingerprint::parse(&fingerprint)))
            }
            (
                CloudWrite::Attach { .. } | CloudWrite::Detach { .. } | CloudWrite::Reboot { .. },
                Response::Items(items),
            ) => Ok(WriteAnswer::Items(items.into_iter().map(item_result).collect())),
            (
                CloudWrite::Tag { .. }
                | CloudWrite::Untag { .. }
                | CloudWrite::Group { .. }
                | CloudWrite::Delete { .. },
                Response::Done,
            ) => Ok(WriteAnswer::Done),
            _ => Err(unexpected(&request)),
        }
    }

    /// Reads something.
    ///
    /// # Errors
    /// As the service says.
    pub fn read(&self, read: &CloudRead) -> Result<ReadAnswer, CallError> {
        match read {
            CloudRead::Pair { region, name } => self.key_pair(region, name).map(ReadAnswer::Pair),
            CloudRead::Pairs { region } => self.key_pairs(region).map(ReadAnswer::Pairs),
            CloudRead::Instances { region, ids } => {
                self.instances_by_id(region, ids).map(ReadAnswer::Instances)
            }
            CloudRead::Bound { region, name } => {
                self.list_instances(region, None, Some(name)).map(ReadAnswer::Instances)
            }
        }
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
            options: PairOptions { include_public_key: true, ..PairOptions::default() },
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

    /// Makes sure that the caller may read instances: one who may not is answered an empty list.
    ///
    /// # Errors
    /// As the service says, such as `Forbidden.RAM`.
    pub fn may_read_instances(&self, region: &Region) -> Result<(), CallError> {
        let all = DescribeInstances::all(region.clone());
        self.dry_run(&Request::DescribeInstances(DescribeInstances { dry_run: true, ..all }))
    }

    /// Asks whether the caller may restart instances, which are not restarted.
    ///
    /// # Errors
    /// As the service says: `Forbidden.RAM`, or why they could not be restarted now.
    pub fn may_restart(&self, region: &Region, ids: &[InstanceId]) -> Result<(), CallError> {
        self.dry_run(&Request::RebootInstances {
            region: region.clone(),
            instance_ids: ids.to_vec(),
            force_reboot: false,
            batch: BatchOptions { dry_run: true, ..BatchOptions::default() },
        })
    }

    /// Makes a call that only asks whether it could be done: the service refuses it either way.
    fn dry_run(&self, request: &Request) -> Result<(), CallError> {
        match self.transport.call(request) {
            Err(error) if matches!(error.code(), Some(Code::DRY_RUN | Code::DRY_RUN_BATCH)) => {
                Ok(())
            }
            Err(error) => Err(error),
            Ok(_) => Err(unexpected(request)),
        }
    }

    /// Whether a list of the pairs of a region has something in it. An empty one does not tell whether
    /// the caller may read it.
    ///
    /// # Errors
    /// As the service says, such as `Forbidden.RAM`.
    pub fn lists_key_pairs(&self, region: &Region) -> Result<bool, CallError> {
        let request = Request::DescribeKeyPairs {
            region: region.clone(),
            key_pair_name: None,
            page_number: 1,
            page_size: 1,
            options: PairOptions::default(),
        };
        match self.transport.call(&request)? {
            Response::KeyPairs(page) => Ok(!page.key_pairs.is_empty()),
            _ => Err(unexpected(&request)),
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
                instance_ids: ids.map(<[InstanceId]>::to_vec),
                key_pair_name: name.cloned(),
                next_token,
                ..DescribeInstances::all(region.clone())
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
}

/// A transport that answers another operation than it was asked is broken; the call may have taken
/// effect all the same.
pub(super) fn unexpected(request: &Request) -> CallError {
    CallError::NoAnswer {
        operation: request.operation(),
        reason: "the answer was that of another operation".to_owned(),
    }
}

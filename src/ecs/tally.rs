//! Counts the calls of a cloud, by region and operation.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use schemars::JsonSchema;
use serde::Serialize;

use super::{CallError, Request, Response, Transport};
use crate::model::Region;

/// How many calls there were of an operation in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallCount {
    /// Where; null for an operation of no region.
    pub region: Option<Region>,
    /// Such as `DescribeInstances`.
    pub operation: &'static str,
    /// How many, each attempt counted.
    pub calls: usize,
    /// How many of them the service refused, to be made later.
    pub throttled: usize,
}

/// What was counted so far; shared by its clones.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<Key, (usize, usize)>>>);

type Key = (Option<Region>, &'static str);

impl Tally {
    /// The counts, by region and operation.
    #[must_use]
    pub fn counts(&self) -> Vec<CallCount> {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |((region, operation), (calls, throttled)): (&Key, &(usize, usize))| {
            CallCount { region: region.clone(), operation, calls: *calls, throttled: *throttled }
        };
        counted.iter().map(count).collect()
    }

    fn add(&self, request: &Request, is_throttled: bool) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (request.region().cloned(), request.operation());
        let (calls, throttled) = counted.entry(key).or_default();
        *calls += 1;
        *throttled += usize::from(is_throttled);
    }
}

/// A transport that counts what passes through it.
#[derive(Debug)]
pub struct Counted<T> {
    inner: T,
    tally: Tally,
}

impl<T: Transport> Counted<T> {
    /// A transport over another one, which counts in `tally`.
    #[must_use]
    pub fn new(inner: T, tally: Tally) -> Self {
        Self { inner, tally }
    }
}

impl<T: Transport> Transport for Counted<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let answer = self.inner.call(request);
        let is_throttled = answer.as_ref().is_err_and(CallError::is_throttling);
        self.tally.add(request, is_throttled);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ecs::{BatchOptions, Code, DescribeInstances},
        model::InstanceId,
    };

    /// Throttles all that writes, and answers nothing else.
    struct Busy;

    impl Transport for Busy {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            let operation = request.operation();
            if !request.writes() {
                return Err(CallError::NoAnswer { operation, reason: String::new() });
            }
            Err(CallError::Service {
                operation,
                status: 400,
                code: Code::THROTTLING.to_owned(),
                message: String::new(),
                request_id: String::new(),
                retry_after: None,
                denied: None,
            })
        }
    }

    #[test]
    fn each_attempt_counts_by_its_region_and_operation_and_throttled_ones_apart() {
        let tally = Tally::default();
        let transport = Counted::new(Busy, tally.clone());
        let region = |name: &str| Region::new(name).expect("a region");
        let read = |name| Request::DescribeInstances(DescribeInstances::all(region(name)));
        let write = Request::RebootInstances {
            region: region("cn-hangzhou"),
            instance_ids: vec![InstanceId::new("i-1")],
            force_reboot: false,
            batch: BatchOptions::default(),
        };
        for request in
            [&read("cn-hangzhou"), &write, &write, &read("cn-beijing"), &read("cn-hangzhou")]
        {
            assert!(transport.call(request).is_err());
        }
        let counts = tally.counts();
        let told: Vec<_> = counts
            .iter()
            .map(|one| {
                (
                    one.region.as_ref().map_or("", Region::as_str),
                    one.operation,
                    one.calls,
                    one.throttled,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("cn-beijing", "DescribeInstances", 1, 0),
                ("cn-hangzhou", "DescribeInstances", 2, 0),
                ("cn-hangzhou", "RebootInstances", 2, 2),
            ]
        );
    }
}

//! What goes wrong in a run, and what people do to instances meanwhile.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use keyform::{
    ecs::{BatchOptions, CallError, ItemResult, Request, Response, Transport},
    emulator::{Act, Actor, Fact, Fault, InjectedFailure, Local, When},
    model::{InstanceId, InstanceStatus},
};
use proptest::prelude::*;

use super::law::{Law, instance};
use crate::laws::scene::{Scene, region};

/// Something that somebody does at the console.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    instance: usize,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Restart,
    Stop,
    Start,
}

impl Deed {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let what =
            prop_oneof![2 => Just(What::Restart), 2 => Just(What::Stop), 3 => Just(What::Start)];
        (0_usize..12, what).prop_map(|(instance, what)| Self { instance, what })
    }

    pub(super) fn restart(instance: usize) -> Self {
        Self { instance, what: What::Restart }
    }

    pub(super) fn start(instance: usize) -> Self {
        Self { instance, what: What::Start }
    }

    pub(super) fn id(&self, law: &Law) -> InstanceId {
        instance(self.instance % law.count())
    }

    /// Does it, if the console would; answers whether the instance boots.
    pub(super) fn happen(&self, cloud: &Local, id: &InstanceId, status: InstanceStatus) -> bool {
        let (region, instance_ids) = (region(), vec![id.clone()]);
        let milliseconds = 30_000;
        let fact = match (self.what, status) {
            (What::Restart, InstanceStatus::Stopped) => return false,
            (What::Restart, _) => {
                let (moves_start_time, by) = (true, Actor::Person);
                Fact::Restarted {
                    region,
                    instance_ids,
                    milliseconds,
                    lag_milliseconds: 0,
                    moves_start_time,
                    by,
                }
            }
            (What::Start, InstanceStatus::Stopped) => {
                Fact::Started { region, instance_ids, milliseconds }
            }
            (What::Start, _) => return false,
            (What::Stop, _) => Fact::Stopped { region, instance_ids },
        };
        cloud.happen(fact).expect("it happens");
        !matches!(self.what, What::Stop)
    }
}

/// What goes wrong in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    calls: Calls,
    /// An instance that takes so many minutes to restart.
    slow: Option<(usize, u64)>,
    /// An instance that does not come back from a restart, and is Stopped then.
    hanging: Option<usize>,
    /// What somebody does before a call.
    pub(super) deed: Option<(usize, Deed)>,
}

#[derive(Clone, Debug, Default)]
enum Calls {
    #[default]
    Fine,
    /// The machine stops before or after a call.
    Killed(usize, bool),
    /// From a call on so many fail, before or after they took effect.
    Fail(usize, usize, bool),
    /// So many are refused for a while.
    Throttled(usize, usize),
    /// An instance is refused.
    Refused(usize),
}

impl Trouble {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let call = || 0_usize..60;
        let calls = prop_oneof![
            2 => Just(Calls::Fine),
            4 => (call(), any::<bool>()).prop_map(|(call, after)| Calls::Killed(call, after)),
            3 => (call(), 1_usize..8, any::<bool>())
                .prop_map(|(call, count, after)| Calls::Fail(call, count, after)),
            2 => (call(), 1_usize..6).prop_map(|(call, count)| Calls::Throttled(call, count)),
            1 => (0_usize..12).prop_map(Calls::Refused),
        ];
        let minutes = prop::sample::select(vec![3_u64, 12, 90, 60 * 24 * 30]);
        (
            calls,
            prop::option::weighted(0.25, (0_usize..12, minutes)),
            prop::option::weighted(0.25, 0_usize..12),
            prop::option::weighted(0.4, (call(), Deed::any())),
        )
            .prop_map(|(calls, slow, hanging, deed)| Self { calls, slow, hanging, deed })
    }

    /// At which call the machine stops, and whether after it.
    pub(super) fn kill(&self) -> Option<(usize, bool)> {
        match self.calls {
            Calls::Killed(call, after) => Some((call, after)),
            _ => None,
        }
    }

    pub(super) fn faults(&self, law: &Law) -> Vec<Fault> {
        let (first, count, act) = match self.calls {
            Calls::Fine | Calls::Killed(..) => return Vec::new(),
            Calls::Fail(first, count, after) => {
                let failure = InjectedFailure::NoAnswer;
                (first, count, if after { Act::After(failure) } else { Act::Before(failure) })
            }
            Calls::Throttled(first, count) => (first, count, Act::Throttle),
            Calls::Refused(number) => {
                let instance_ids = BTreeSet::from([instance(number % law.count())]);
                let code = "IncorrectInstanceStatus".to_owned();
                return vec![Fault {
                    when: When::Always,
                    act: Act::FailItems { instance_ids, code },
                }];
            }
        };
        let fault = |call| Fault { when: When::Call(call), act: act.clone() };
        (first..first + count).map(fault).collect()
    }

    /// The cloud, in which some instances restart slowly or not at all.
    pub(super) fn service(&self, inner: Arc<dyn Transport>, scene: &Scene, law: &Law) -> Service {
        let id = |number: usize| instance(number % law.count());
        let slow = self.slow.map(|(number, minutes)| {
            (id(number), scene.cloud_with(Duration::from_secs(60 * minutes)))
        });
        let hanging = self.hanging.map(|number| (id(number), scene.cloud()));
        Service { inner, slow, hanging }
    }
}

/// The cloud, in which an instance restarts slowly, and one not at all.
pub(super) struct Service {
    inner: Arc<dyn Transport>,
    slow: Option<(InstanceId, Local)>,
    hanging: Option<(InstanceId, Local)>,
}

impl Service {
    fn restart(&self, request: &Request, ids: &[InstanceId]) -> Result<Response, CallError> {
        let ask = |cloud: &dyn Transport, instance_ids| {
            cloud.call(&Request::RebootInstances {
                region: region(),
                instance_ids,
                force_reboot: false,
                batch: BatchOptions::default(),
            })
        };
        let (slow, quick): (Vec<_>, Vec<_>) = ids
            .iter()
            .cloned()
            .partition(|id| self.slow.as_ref().is_some_and(|(one, _)| one == id));
        let mut answers = Vec::new();
        if let Some((_, cloud)) = self.slow.as_ref().filter(|_| !slow.is_empty()) {
            answers.push(ask(cloud, slow)?);
        }
        if !quick.is_empty() {
            answers.push(ask(&self.inner, quick)?);
        }
        let mut all = Vec::new();
        for answer in answers {
            match answer {
                Response::Items(items) => all.extend(items),
                _ => return self.inner.call(request),
            }
        }
        if let Some((id, cloud)) = &self.hanging
            && all.iter().any(|item| item.instance_id == *id && item.result == ItemResult::Success)
        {
            let stopped = Fact::Stopped { region: region(), instance_ids: vec![id.clone()] };
            cloud.happen(stopped).expect("it happens");
        }
        Ok(Response::Items(all))
    }
}

impl Transport for Service {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        match request {
            Request::RebootInstances { instance_ids, .. } => self.restart(request, instance_ids),
            _ => self.inner.call(request),
        }
    }
}

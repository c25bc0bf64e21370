//! The service as a pure function: the time and a request in, a response and facts out.

mod bindings;
mod filters;
mod instances;
mod life;
mod pairs;
mod power;
mod refusal;
mod region;
mod statuses;
mod tags;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub use life::{Guest, Restart};
pub use region::WorldPair;

use self::{pairs::NewPair, power::Power, refusal::Refusal, region::WorldRegion};
use super::{
    event::{Fact, LoggedFact},
    regions,
    switches::Switches,
};
use crate::{
    ecs::{CallError, Request, Response},
    keys::PrivateKey,
    model::{
        CloudName, Fingerprint, InstanceId, InstanceStatus, Region, Timestamp,
        inventory::Inventory, time::Precision,
    },
};

/// StartTime of an instance to which nothing has happened: 2026-01-01T00:00Z.
const FIRST_START: Timestamp = Timestamp::from_milliseconds(1_767_225_600_000);

/// What the service answers to a call, and the fact that the call makes.
type Decision = Result<(Response, Option<Fact>), Refusal>;

/// The embedded cloud at one point of its history. It has no clock and no thread: a status is
/// computed from what was recorded and the time that is asked about.
///
/// Every region exists; one that nobody used is empty.
#[derive(Clone, Debug)]
pub struct World {
    regions: BTreeMap<Region, WorldRegion>,
    /// Stands for every region that is not in `regions`.
    empty: WorldRegion,
    restart_time: Duration,
    time_precision: Precision,
    reboot_moves_start_time: bool,
    switches: Switches,
    /// How many events were folded: the source of request ids.
    events: u64,
}

impl World {
    /// The world at its beginning. Of two instances with one id in one region the last one counts.
    #[must_use]
    pub fn new(inventory: Inventory) -> Self {
        let Inventory { restart_time, time_precision, reboot_moves_start_time, instances } =
            inventory;
        let mut regions: BTreeMap<Region, WorldRegion> = BTreeMap::new();
        for instance in instances {
            match regions.get_mut(&instance.region) {
                Some(region) => region.insert(instance),
                None => regions.entry(instance.region.clone()).or_default().insert(instance),
            }
        }
        let (empty, switches) = (WorldRegion::default(), Switches::default());
        Self {
            regions,
            empty,
            restart_time,
            time_precision,
            reboot_moves_start_time,
            switches,
            events: 0,
        }
    }

    /// The same world with other behaviour, at its beginning.
    #[must_use]
    pub fn with_switches(self, switches: Switches) -> Self {
        let mut world = Self { switches, ..self };
        world.forget();
        world
    }

    /// How it behaves.
    pub(super) fn switches(&self) -> Switches {
        self.switches
    }

    /// How long a restart takes.
    pub(super) fn restart_milliseconds(&self) -> u64 {
        whole(self.restart_time)
    }

    /// Whether a restart moves StartTime.
    pub(super) fn reboot_moves_start_time(&self) -> bool {
        self.reboot_moves_start_time
    }

    /// Folds what happened. What happened to an instance that is not in the inventory is kept for
    /// the day on which it is.
    pub fn apply(&mut self, event: &LoggedFact) {
        self.events += 1;
        let keeps_keys = self.switches.rebind_appends;
        let region = self.regions.entry(event.fact.region().clone()).or_default();
        region.keeps_keys = keeps_keys;
        region.apply(event);
    }

    /// Answers a request, and says what happens by it. Nothing has happened until
    /// [`World::apply`] was called with the events.
    ///
    /// # Errors
    /// [`CallError::Service`] if the service refuses the whole call.
    pub fn decide(
        &self,
        now: Timestamp,
        request: &Request,
    ) -> Result<(Response, Vec<LoggedFact>), CallError> {
        self.decide_with(now, request, None)
    }

    /// The same with a new private key for CreateKeyPair, which fails without one: this has no
    /// randomness.
    ///
    /// # Errors
    /// As [`World::decide`].
    pub fn decide_with(
        &self,
        now: Timestamp,
        request: &Request,
        key: Option<&PrivateKey>,
    ) -> Result<(Response, Vec<LoggedFact>), CallError> {
        match self.dispatch(now, request, key) {
            Ok((response, fact)) => {
                Ok((response, fact.map(|fact| LoggedFact { at: now, fact }).into_iter().collect()))
            }
            Err(refusal) => Err(refusal.into_error(request.operation(), self.request_id(now))),
        }
    }

    /// What the guest of an instance of the inventory accepts.
    #[must_use]
    pub fn guest(&self, now: Timestamp, region: &Region, id: &InstanceId) -> Option<Guest> {
        self.region(region).instance(id).map(|(_, life)| life.guest(now))
    }

    /// The keys of before that the guest of an instance still accepts, beside what is effective.
    #[must_use]
    pub fn kept_keys(
        &self,
        now: Timestamp,
        region: &Region,
        id: &InstanceId,
    ) -> BTreeSet<Fingerprint> {
        let found = self.region(region).instance(id);
        found.map(|(_, life)| life.kept(now)).unwrap_or_default()
    }

    /// The status of an instance of the inventory.
    #[must_use]
    pub fn status(
        &self,
        now: Timestamp,
        region: &Region,
        id: &InstanceId,
    ) -> Option<InstanceStatus> {
        let (inventory, life) = self.region(region).instance(id)?;
        Some(life.status(now, inventory.status))
    }

    /// The regions and ids of the instances that exist, in their order.
    pub fn instances(&self) -> impl Iterator<Item = (&Region, &InstanceId)> {
        self.regions.iter().flat_map(|(region, here)| {
            here.instances(None).map(move |(inventory, _)| (region, &inventory.id))
        })
    }

    /// The pair that an instance of the inventory is bound to.
    #[must_use]
    pub fn bound(&self, region: &Region, id: &InstanceId) -> Option<&CloudName> {
        let (_, life) = self.region(region).instance(id)?;
        self.region(region).bound(life).map(|pair| &pair.name)
    }

    /// The pairs of a region, by name.
    pub fn pairs(&self, region: &Region) -> impl Iterator<Item = &WorldPair> {
        self.region(region).pairs()
    }

    /// The restarts of an instance in the order in which they were accepted, whoever asked for
    /// them, and whether or not it is in the inventory.
    #[must_use]
    pub fn restarts(&self, region: &Region, id: &InstanceId) -> &[Restart] {
        self.region(region).life(id).map_or(&[], |life| life.restarts())
    }

    /// Goes back to the beginning, for a log that was deleted.
    pub(super) fn forget(&mut self) {
        self.events = 0;
        for region in self.regions.values_mut() {
            region.forget();
        }
    }

    fn dispatch(&self, now: Timestamp, request: &Request, key: Option<&PrivateKey>) -> Decision {
        match request {
            Request::DescribeInstances(request) => instances::describe(self, now, request),
            Request::AttachKeyPair { region, key_pair_name, instance_ids } => {
                bindings::attach(self, now, region, key_pair_name, instance_ids)
            }
            Request::DetachKeyPair { region, key_pair_name, instance_ids } => {
                bindings::detach(self, now, region, key_pair_name, instance_ids)
            }
            Request::TagResources { region, key_pair_names, tags } => {
                tags::tag(self, region, key_pair_names, tags)
            }
            Request::UntagResources { region, key_pair_names, tag_keys, all } => {
                tags::untag(self, region, key_pair_names, tag_keys, *all)
            }
            Request::ListTagResources { region, key_pair_names, tags, next_token } => {
                tags::list(self, region, key_pair_names, tags, next_token.as_deref())
            }
            Request::DescribeRegions => Ok((Response::Regions(regions::rows()), None)),
            Request::DescribeKeyPairs {
                region,
                key_pair_name: name,
                page_number,
                page_size,
                options,
            } => pairs::describe(self, region, name.as_ref(), (*page_number, *page_size), options),
            Request::CreateKeyPair {
                region,
                key_pair_name: name,
                tags,
                resource_group_id: group,
            } => pairs::create(self, NewPair { region, name, tags, group: group.as_deref() }, key),
            Request::ImportKeyPair {
                region,
                key_pair_name: name,
                public_key_body: body,
                tags,
                resource_group_id: group,
            } => pairs::import(self, NewPair { region, name, tags, group: group.as_deref() }, body),
            Request::DeleteKeyPairs { region, key_pair_names } => {
                pairs::delete(self, region, key_pair_names)
            }
            Request::JoinResourceGroup { region, key_pair_name, resource_group_id } => {
                pairs::join_group(self, region, key_pair_name, resource_group_id)
            }
            Request::DescribeInstanceStatus { region, instance_ids, zone_id, page } => {
                statuses::describe(self, now, (region, zone_id.as_deref()), instance_ids, *page)
            }
            // What is lost by a power cut is not in this world.
            Request::RebootInstances { region, instance_ids, batch: options, .. } => {
                power::batch(self, now, Power::Reboot, (region, instance_ids), *options)
            }
            Request::StartInstances { region, instance_ids, batch: options } => {
                power::batch(self, now, Power::Start, (region, instance_ids), *options)
            }
            Request::StopInstances { region, instance_ids, batch: options } => {
                power::batch(self, now, Power::Stop, (region, instance_ids), *options)
            }
            Request::RebootInstance { region, instance_id, force_stop: _, dry_run } => {
                power::single(self, now, Power::Reboot, (region.as_ref(), instance_id), *dry_run)
            }
            Request::StartInstance { region, instance_id, dry_run } => {
                power::single(self, now, Power::Start, (region.as_ref(), instance_id), *dry_run)
            }
            Request::StopInstance { region, instance_id, dry_run } => {
                power::single(self, now, Power::Stop, (region.as_ref(), instance_id), *dry_run)
            }
        }
    }

    /// The region that an instance is in; an id is in one only.
    pub(super) fn region_of(&self, id: &InstanceId) -> Option<&Region> {
        let mut regions = self.regions.iter();
        regions.find(|(_, region)| region.instance(id).is_some()).map(|(name, _)| name)
    }

    fn region(&self, region: &Region) -> &WorldRegion {
        self.regions.get(region).unwrap_or(&self.empty)
    }

    /// In the form of the service's: derived from the time and the number of events, so that the
    /// same history has the same ids.
    fn request_id(&self, now: Timestamp) -> String {
        let time = format!("{:016X}", now.milliseconds());
        let (left, right) = time.split_at(8);
        format!("{left}-{}-{}-0000-{:012X}", &right[..4], &right[4..], self.events)
    }
}

/// A duration in whole milliseconds.
fn whole(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

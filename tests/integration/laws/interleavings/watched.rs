//! The shelf and the cloud of one session, watched: each operation hands the turn over, and what a
//! law forbids is noted when it happens.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyform::{
    driver::{Clock, VirtualClock},
    ecs::{CallError, Request, Response, Transport},
    model::{CloudName, InstanceId, Timestamp},
    store::{Created, MemoryShelf, Shelf, ShelfError, Store},
};

use super::{programs::Log, turns::Turns};
use crate::laws::{
    intents::intends,
    scene::{Scene, region},
};

/// A mistake that is planted into one session, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// A seal is seen by the run that made it, and by no other.
    SealIsUnseen,
    /// A run that meets a seal goes on as if it had written its part.
    FenceIsPassed,
    /// A beat is seen by the run that made it, and by no other.
    BeatIsUnseen,
}

/// What all sessions share.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) shelf: MemoryShelf,
    pub(super) turns: Turns,
    pub(super) clock: VirtualClock,
    pub(super) time_to_live: Duration,
    /// Whether a person may free the lock of a run that goes on. Then what a run does follows at once
    /// what it read last: between them is the one moment in which that is not safe.
    pub(super) has_person: bool,
    pub(super) mistake: Option<Mistake>,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    broken: Vec<String>,
    /// The newest lease: whose it is, and until when its holder believes to have it.
    lease: Option<(usize, Timestamp)>,
    /// How often each instance was restarted since it was last bound to another pair.
    restarts: BTreeMap<InstanceId, (Option<CloudName>, usize)>,
}

impl Common {
    pub(super) fn new(
        turns: Turns,
        clock: VirtualClock,
        has_person: bool,
        mistake: Option<Mistake>,
    ) -> Self {
        Self {
            shelf: MemoryShelf::default(),
            turns,
            clock,
            time_to_live: Duration::from_secs(60),
            has_person,
            mistake,
            noted: Mutex::default(),
        }
    }

    /// What was broken.
    pub(super) fn broken(&self) -> Vec<String> {
        self.noted().broken.clone()
    }

    /// Notes what was broken.
    pub(super) fn note(&self, broken: String) {
        self.noted().broken.push(broken);
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A lease was created, or renewed by a beat. Its holder counts from when it began to ask.
    fn saw_lease(&self, session: usize, name: &str, content: &[u8], asked_at: Timestamp) {
        let is_released = String::from_utf8_lossy(content).contains("\"isReleased\":true");
        let now = self.clock.now();
        let mut noted = self.noted();
        if !name.contains('-')
            && !is_released
            && let Some((holder, until)) = noted.lease
            && holder != session
            && now < until
        {
            let text = format!("{session} takes the lock that {holder} has until {until}");
            noted.broken.push(text);
        }
        // A beat that comes too late renews nothing: its holder knows that the lease is over.
        let is_in_time = |(holder, until)| holder == session && now < until;
        if !name.contains('-') || noted.lease.is_some_and(is_in_time) {
            noted.lease = (!is_released).then(|| (session, asked_at.plus(self.time_to_live)));
        }
    }

    /// A session came to its end, and holds nothing any more.
    pub(super) fn ended(&self, session: usize) {
        self.noted().lease.take_if(|(holder, _)| *holder == session);
    }
}

/// The shelf as one session sees it.
#[derive(Debug)]
pub(super) struct WatchedShelf {
    pub(super) common: Arc<Common>,
    pub(super) session: usize,
    /// What only this session sees, by a mistake.
    unseen: Mutex<BTreeMap<String, Vec<u8>>>,
    /// When the session last began to look at the leases.
    looked_at: Mutex<Timestamp>,
}

impl WatchedShelf {
    pub(super) fn new(common: Arc<Common>, session: usize) -> Self {
        let looked_at = Mutex::new(common.clock.now());
        Self { common, session, unseen: Mutex::default(), looked_at }
    }

    fn unseen(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.unseen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates a blob, but for a mistake that is planted.
    fn create_or_not(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        let is_part = name.ends_with(".journal");
        let is_seal = is_part && !String::from_utf8_lossy(content).contains("\"digest\"");
        let is_beat = name.starts_with("lease/") && name.contains('-');
        let is_unseen = match self.common.mistake {
            Some(Mistake::SealIsUnseen) => is_seal,
            Some(Mistake::BeatIsUnseen) => is_beat,
            Some(Mistake::FenceIsPassed) | None => false,
        };
        if is_unseen {
            self.unseen().insert(name.to_owned(), content.to_vec());
            return Ok(Created::New);
        }
        match self.common.shelf.create(name, content)? {
            Created::Exists
                if is_part && !is_seal && self.common.mistake == Some(Mistake::FenceIsPassed) =>
            {
                Ok(Created::New)
            }
            created => Ok(created),
        }
    }

    /// Hands the turn over before an operation, or after it.
    fn pass(&self, is_before: bool) {
        if is_before == self.common.has_person {
            self.common.turns.pass(self.session);
        }
    }
}

impl Shelf for WatchedShelf {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        if prefix.starts_with("lease/") {
            *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) =
                self.common.clock.now();
        }
        self.pass(true);
        let mut names = self.common.shelf.list(prefix)?;
        names.extend(self.unseen().keys().filter(|name| name.starts_with(prefix)).cloned());
        names.sort();
        names.dedup();
        self.pass(false);
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.pass(true);
        let unseen = self.unseen().get(name).cloned();
        let read = unseen.map_or_else(|| self.common.shelf.read(name), |blob| Ok(Some(blob)));
        self.pass(false);
        read
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        let is_beat = name.contains('-');
        let looked_at = *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let asked_at = if is_beat { self.common.clock.now() } else { looked_at };
        self.pass(true);
        let created = self.create_or_not(name, content)?;
        if created == Created::New && name.starts_with("lease/") {
            self.common.saw_lease(self.session, name, content, asked_at);
        }
        self.pass(false);
        Ok(created)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.pass(true);
        self.unseen().remove(name);
        self.common.shelf.remove(name)?;
        self.pass(false);
        Ok(())
    }

    fn place(&self) -> String {
        self.common.shelf.place()
    }
}

/// The cloud as one session calls it.
pub(super) struct WatchedCloud {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) common: Arc<Common>,
    pub(super) session: usize,
    pub(super) scene: Scene,
    /// The states as they are, without a session.
    pub(super) states: Store,
    /// What hooks and proofs write.
    pub(super) log: Option<Arc<Log>>,
}

impl WatchedCloud {
    /// Looks whether a write may be made now.
    fn look_at(&self, request: &Request) {
        let is_intended = match self.states.load() {
            Ok(state) => state.is_some_and(|loaded| intends(&loaded.state, request)),
            Err(error) => return self.common.noted().broken.push(error.to_string()),
        };
        let mut noted = self.common.noted();
        if !is_intended {
            let text = format!("{} asks without an intent: {request:?}", self.session);
            noted.broken.push(text);
        }
        let Request::RebootInstances { instance_ids, .. } = request else { return };
        let bound: Vec<_> = self.scene.world(|world, _| {
            instance_ids.iter().map(|id| world.bound(&region(), id).cloned()).collect()
        });
        for (id, bound) in instance_ids.iter().zip(bound) {
            self.log.iter().for_each(|log| log.restarted(id));
            let restarts = noted.restarts.entry(id.clone()).or_default();
            if restarts.0 != bound {
                *restarts = (bound, 0);
            }
            restarts.1 += 1;
            if restarts.1 > 1 {
                noted.broken.push(format!("{} restarts {id} once more", self.session));
            }
        }
    }
}

impl Transport for WatchedCloud {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if request.writes() {
            self.look_at(request);
        }
        let answer = self.inner.call(request);
        self.common.turns.pass(self.session);
        answer
    }
}

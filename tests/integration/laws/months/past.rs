//! What the world has shown of each instance so far, and what keyform has seen of that.

use std::{collections::BTreeMap, time::Duration};

use keyform::{
    ecs::Response,
    emulator::{Actor, Local, World},
    model::{CloudName, InstanceId, InstanceStatus, Timestamp},
};

use crate::laws::scene::region;

/// An instance at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) status: InstanceStatus,
    pub(super) bound: Option<CloudName>,
    /// Whether its guest accepts what it is bound to.
    pub(super) is_in_effect: bool,
    /// How often keyform has restarted it, ever.
    restarts: usize,
}

impl Sight {
    pub(super) fn is_running(&self) -> bool {
        self.status == InstanceStatus::Running
    }

    /// Whether keyform has restarted it since then.
    pub(super) fn is_restarted_since(&self, before: &Self) -> bool {
        self.restarts > before.restarts
    }
}

pub(super) type Sights = BTreeMap<InstanceId, Sight>;

/// Looks at the world, and tells its time.
pub(super) fn look(cloud: &Local, ids: impl Iterator<Item = InstanceId>) -> (Timestamp, Sights) {
    let sight = |world: &World, now, id: &InstanceId| {
        let bound = world.bound(&region(), id).cloned();
        let pair = world.pairs(&region()).find(|pair| Some(&pair.name) == bound.as_ref());
        let guest = world.guest(now, &region(), id).expect("it exists");
        let restarts = world.restarts(&region(), id).iter();
        Sight {
            status: world.status(now, &region(), id).expect("it exists"),
            is_in_effect: guest.effective == pair.map(|pair| pair.fingerprint),
            bound,
            restarts: restarts.filter(|restart| restart.by == Actor::Api).count(),
        }
    };
    let looked = cloud
        .inspect(|world, now| (now, ids.map(|id| (id.clone(), sight(world, now, &id))).collect()));
    looked.expect("the cloud can be looked at")
}

/// The past of an instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    bound: Option<CloudName>,
    /// keyform has restarted it, and nobody has seen it Running since.
    pub(super) is_away: bool,
    /// When it was first Running again after a restart of this run.
    pub(super) back: Option<Timestamp>,
    /// When it last began to boot, whoever wanted that.
    stirred: Option<Timestamp>,
    /// When people did something to it in this run.
    pub(super) disturbed: Option<Timestamp>,
    /// That keyform has restarted it for what it is bound to, and how that can be known.
    restarted: Option<Restarted>,
    /// How far this run has come with binding it.
    moved: Moved,
}

#[derive(Clone, Copy, Debug)]
struct Restarted {
    /// StartTime tells it.
    is_told: bool,
    /// Runs have been answered that it was down, and that it was Running after that; and have had
    /// the time to write that down.
    was_seen_down: bool,
    was_seen_back: bool,
    is_written: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Moved {
    #[default]
    No,
    /// This run has bound it.
    Bound,
    /// The run was answered that it is bound.
    Seen(Timestamp),
    /// And has had the time to write that down.
    Written(Timestamp),
}

/// What is surely later, whatever the precision of times.
const SURELY: Duration = Duration::from_secs(121);

fn is_surely_later(moment: Timestamp, than: Option<Timestamp>) -> bool {
    than.is_none_or(|than| moment.since(than) > SURELY)
}

impl Past {
    /// A run begins.
    pub(super) fn begin_run(&mut self) {
        self.back = None;
        self.disturbed = None;
        if !matches!(self.moved, Moved::Written(_)) {
            self.moved = Moved::No;
        }
        if let Some(restarted) = &mut self.restarted
            && !restarted.is_written
        {
            (restarted.was_seen_down, restarted.was_seen_back) = (false, false);
        }
    }

    /// The world shows it.
    pub(super) fn look(&mut self, now: Timestamp, sight: &Sight) {
        if self.bound != sight.bound {
            self.bound.clone_from(&sight.bound);
            self.restarted = None;
            self.moved = Moved::No;
        }
        if sight.is_running() && self.is_away {
            self.is_away = false;
            self.back = Some(now);
        }
    }

    /// The run goes on, or has ended by itself: what it was answered is written down.
    pub(super) fn write(&mut self) {
        if let Moved::Seen(at) = self.moved {
            self.moved = Moved::Written(at);
        }
        if let Some(restarted) = &mut self.restarted {
            restarted.is_written |= restarted.was_seen_back;
        }
    }

    /// keyform has restarted it.
    pub(super) fn restart(&mut self, now: Timestamp, moves_start_time: bool) {
        let is_told = moves_start_time && is_surely_later(now, self.stirred);
        self.restarted = Some(Restarted {
            is_told,
            was_seen_down: false,
            was_seen_back: false,
            is_written: false,
        });
        (self.is_away, self.back) = (true, None);
        // What nothing shows is not known to have happened.
        if moves_start_time {
            self.stirred = Some(now);
        }
    }

    /// keyform has bound it.
    pub(super) fn bind(&mut self) {
        self.moved = Moved::Bound;
    }

    /// Somebody lets it boot.
    pub(super) fn stir(&mut self, now: Timestamp) {
        self.stirred = Some(now);
    }

    /// The run was answered what the world shows.
    pub(super) fn hear(&mut self, now: Timestamp, sight: &Sight) {
        if self.moved == Moved::Bound {
            self.moved = Moved::Seen(now);
        }
        if let Some(restarted) = &mut self.restarted {
            restarted.was_seen_back |= restarted.was_seen_down && sight.is_running();
            restarted.was_seen_down |= !sight.is_running();
        }
    }

    /// Why a restart of now is one too many, if it is known that it is.
    pub(super) fn needs_no_restart(&self, sight: &Sight) -> Option<&'static str> {
        if !sight.is_in_effect || self.is_away {
            return None;
        }
        if self.restarted.is_some_and(|it| it.is_told || it.is_written) {
            return Some("it was restarted for that already");
        }
        match (self.moved, self.stirred) {
            (Moved::Written(at), Some(stirred)) if is_surely_later(stirred, Some(at)) => {
                Some("somebody has restarted it for that")
            }
            _ => None,
        }
    }
}

/// The instances that an answer tells of.
pub(super) fn told(response: &Response) -> impl Iterator<Item = &InstanceId> {
    let instances = match response {
        Response::Instances(page) => &page.instances[..],
        _ => &[],
    };
    instances.iter().map(|instance| &instance.instance_id)
}

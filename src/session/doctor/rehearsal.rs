//! A rehearsal on one expendable instance: what no document says, it shows before it matters.
//!
//! It binds pairs of its own, restarts that instance and no other (L9), and takes away what it made,
//! whatever happens. What a rehearsal that was killed has left, the next one removes.

mod calls;
mod cleanup;
mod lessons;
mod note;
mod refusal;
mod restart;
mod story;

use std::{sync::Arc, time::Duration};

pub use self::refusal::{RehearsalError, RehearsalErrorCode};
use self::{
    lessons::Observed,
    note::{Note, PREFIX},
    refusal::{refuse_fleet, refuse_unfit},
};
use super::opened::{Doctor, told};
use crate::{
    alicloud::whoami,
    checkup::{Check, CheckCode, Learned},
    cloud::Cloud,
    driver::{Executor, Leased},
    ecs::{CallError, Transport},
    model::{CloudName, InstanceId, InstanceRef, ObservedInstance, Proof, SshProof},
    session::{backends, lock::take_lock, vaults},
};

pub(super) use note::left;

/// What a rehearsal came to.
#[derive(Clone, Debug, Default)]
pub struct Rehearsed {
    /// What became of it, and what is left of it.
    pub checks: Vec<Check>,
    /// What it has shown, one line for each unknown.
    pub learned: Vec<Learned>,
    /// Whether someone asked it to stop.
    pub is_stopped: bool,
}

/// Why a rehearsal does not go on.
#[derive(Debug)]
enum Halt {
    /// Someone asked it to stop.
    Stopped,
    /// A call failed, or what it should bring did not show.
    Failed(String),
}

impl From<CallError> for Halt {
    fn from(error: CallError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A rehearsal that goes on.
struct Rehearsal<'d> {
    doctor: &'d Doctor,
    transport: &'d dyn Transport,
    cloud: Cloud,
    executor: Executor<'d>,
    at: InstanceRef,
    /// How it can be logged on to, if the project says so.
    route: Option<(SshProof, String)>,
    note: Note,
    /// Whether the guest may accept a key of the rehearsal.
    has_restarted: bool,
    observed: Observed,
    checks: Vec<Check>,
    tell: &'d mut dyn FnMut(&str),
}

impl Doctor {
    /// Rehearses on one instance, which a person has confirmed by its id, under the lock of the
    /// project. `tell` hears what is done.
    ///
    /// # Errors
    /// [`RehearsalError`]; then nothing was done to the instance.
    pub fn rehearse(
        &self,
        id: &InstanceId,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Rehearsed, RehearsalError> {
        self.store.refuse_if_gone()?;
        let holding = take_lock(&self.store, &self.context, None)?;
        if let Some(account) = &self.service.account {
            whoami(&account.source, Some(&account.id)).1.map_err(Box::new)?;
        }
        let Ok(transport) = self.service.transport.as_ref() else {
            return Err(RehearsalError::NotConnected);
        };
        let recorded = self.store.load()?.map(|loaded| loaded.state.recorded).unwrap_or_default();
        let (lease, timeout) = (holding.lease().clone(), backends::call_timeout(&self.store));
        let transport = Arc::new(Leased::new(transport.clone(), lease.clone(), timeout));
        let cloud = Cloud::new(transport.clone());
        let (at, instance) = self.find(&cloud, id, &recorded)?;
        refuse_unfit(&instance)?;
        refuse_fleet(&self.desired, &recorded, &at, &instance)?;
        let keys = note::key_directory(&self.directory);
        let vault = vaults::directory_vault(&self.context, keys);
        let executor = Executor::new(cloud.clone(), &vault, &*self.context.keys, &self.directory)
            .with_environment(self.context.environment.clone())
            .under(lease);
        let names = self.names()?;
        let mut rehearsal = Rehearsal {
            doctor: self,
            transport: &*transport,
            cloud,
            executor,
            route: self.route(&instance),
            note: Note::new(&at, names),
            at,
            has_restarted: false,
            observed: Observed::default(),
            checks: Vec::new(),
            tell,
        };
        rehearsal.remove_leftovers()?;
        rehearsal.refuse_bound()?;
        rehearsal.note.write(self)?;
        self.context.stop.begin(|| {});
        let ended = rehearsal.plays();
        rehearsal.clean_up();
        self.context.stop.end();
        Ok(rehearsal.ends(ended))
    }

    /// Finds the instance in the regions of the project.
    fn find(
        &self,
        cloud: &Cloud,
        id: &InstanceId,
        recorded: &crate::state::Records,
    ) -> Result<(InstanceRef, ObservedInstance), RehearsalError> {
        for region in self.regions(Some(recorded)) {
            let found = cloud.instances_by_id(&region, std::slice::from_ref(id));
            let found = found.map_err(RehearsalError::Call)?;
            if let Some(instance) = found.into_iter().find(|one| one.id == *id) {
                return Ok((id.in_region(&region), instance));
            }
        }
        Err(RehearsalError::NoInstance { id: id.clone() })
    }

    /// The names of the three pairs of a rehearsal.
    fn names(&self) -> Result<[CloudName; 3], RehearsalError> {
        let random = (self.context.random)().map_err(RehearsalError::Random)?;
        let number: String = random[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(["1", "2", "created"].map(|end| CloudName::new(format!("{PREFIX}{number}-{end}"))))
    }

    /// How an instance can be logged on to: as the first binding says that proves by ssh.
    fn route(&self, instance: &ObservedInstance) -> Option<(SshProof, String)> {
        use crate::model::AddressKind;
        let proof = self.desired.bindings.iter().find_map(|binding| match &binding.proof {
            Some(Proof::Ssh(proof)) => Some(proof.clone()),
            _ => None,
        })?;
        let host = match proof.address {
            AddressKind::Private => instance.private_address.clone(),
            AddressKind::Public => instance.public_address.clone(),
            AddressKind::Name => Some(instance.name.clone()).filter(|name| !name.is_empty()),
        };
        host.map(|host| (proof, host))
    }
}

impl Rehearsal<'_> {
    /// What it came to.
    fn ends(mut self, ended: Result<(), Halt>) -> Rehearsed {
        let is_stopped = matches!(ended, Err(Halt::Stopped));
        let check = match ended {
            Ok(()) => Check::ok(CheckCode::Rehearsal, "all of it was played"),
            Err(Halt::Stopped) => Check::warning(CheckCode::Rehearsal, "it was stopped early")
                .advice("run it again for what is missing below"),
            Err(Halt::Failed(why)) => Check::problem(CheckCode::Rehearsal, why)
                .advice("what it made is removed; fix the cause, and run it again"),
        };
        self.checks.push(check.about(&self.at.id));
        Rehearsed { checks: self.checks, learned: self.observed.lessons(), is_stopped }
    }

    fn say(&mut self, line: &str) {
        (self.tell)(line);
    }

    fn now(&self) -> crate::model::Timestamp {
        self.doctor.context.clock.now()
    }

    /// Lets time pass, unless someone asked it to stop.
    fn wait(&self, pause: Duration) -> Result<(), Halt> {
        self.may_go_on()?;
        self.doctor.context.clock.sleep(pause);
        self.may_go_on()
    }

    fn may_go_on(&self) -> Result<(), Halt> {
        if self.doctor.context.stop.is_asked() { Err(Halt::Stopped) } else { Ok(()) }
    }
}

/// What an error of the service says in few words: its code, or what happened.
fn in_short(error: &CallError) -> String {
    error.code().map_or_else(|| told(error), str::to_owned)
}

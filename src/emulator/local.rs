//! The embedded cloud by function call.

use std::{
    error::Error as _,
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    console::{self, ConsoleCommand, ConsoleError},
    event::{Fact, LoggedFact},
    log::{Cursor, Log, LogError},
    switches::Switches,
    world::World,
};
use crate::{
    disk::Disk,
    ecs::{CallError, Request, Response, Transport},
    keys::{KeySource, PrivateKey},
    model::{Timestamp, inventory::Inventory},
};

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The embedded cloud: a [`World`] whose history is in a log.
///
/// Several of them, in one process or in many, share one log and see each other's calls. A call
/// that changes something is durable before its answer; one that reads writes nothing, not even a
/// directory. A disk that fails before the log was touched makes [`CallError::NotSent`], one that
/// fails later [`CallError::NoAnswer`].
pub struct Local {
    log: Log,
    now: Now,
    /// What CreateKeyPair makes keys with; without it, that fails.
    keys: Option<Arc<dyn KeySource>>,
    replica: Mutex<Replica>,
}

/// The world as far as the log was read.
struct Replica {
    world: World,
    cursor: Cursor,
}

impl Local {
    /// Opens the embedded cloud of a directory, such as `.keyform/cloud`, and writes nothing.
    ///
    /// # Errors
    /// [`LogError`] if there is a log and it cannot be read.
    pub fn open(
        disk: Arc<dyn Disk>,
        directory: &Path,
        inventory: Inventory,
        now: Now,
    ) -> Result<Self, LogError> {
        let replica = Replica { world: World::new(inventory), cursor: Cursor::default() };
        let (log, replica) = (Log::new(disk, directory), Mutex::new(replica));
        let local = Self { log, now, keys: None, replica };
        local.inspect(|_, _| ())?;
        Ok(local)
    }

    /// The same cloud with other behaviour.
    #[must_use]
    pub fn with_switches(self, switches: Switches) -> Self {
        let Replica { world, .. } =
            self.replica.into_inner().unwrap_or_else(PoisonError::into_inner);
        // What happened so far is folded again: it means something else with other switches.
        let replica = Replica { world: world.with_switches(switches), cursor: Cursor::default() };
        Self { replica: Mutex::new(replica), ..self }
    }

    /// The same cloud, which makes keys for CreateKeyPair.
    #[must_use]
    pub fn with_keys(self, keys: Arc<dyn KeySource>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Answers a read as it was answered so long ago, as a service does that is not consistent at
    /// once.
    ///
    /// # Errors
    /// As the service says, and as [`Local::call`] for the log.
    pub fn read_past(&self, request: &Request, age: Duration) -> Result<Response, CallError> {
        let failed = |error: LogError| call_error(request.operation(), &error);
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let now = (self.now)().milliseconds();
        let then = Timestamp::from_milliseconds(now.saturating_sub(age));
        let mut world = self.replica().world.clone();
        world.forget();
        let events = self.log.read(&mut Cursor::default()).map_err(failed)?.events;
        events.iter().filter(|event| event.at <= then).for_each(|event| world.apply(event));
        world.decide(then, request).map(|(response, _)| response)
    }

    /// Lets something happen that is no call of the API, such as a person's restart at the
    /// console. It is not checked: what a console would refuse is for the caller to avoid.
    ///
    /// # Errors
    /// [`LogError`] if the log cannot be read or written.
    pub fn happen(&self, fact: Fact) -> Result<(), LogError> {
        self.write(|_, at| Ok(((), vec![LoggedFact { at, fact }])))
    }

    /// Does what a person does at the console.
    ///
    /// # Errors
    /// [`ConsoleError`]; then nothing was done to any of the instances.
    pub fn command(&self, command: &ConsoleCommand) -> Result<(), ConsoleError> {
        self.write(|world, at| {
            let facts = console::facts(world, at, command)?;
            Ok(((), facts.into_iter().map(|fact| LoggedFact { at, fact }).collect()))
        })
    }

    /// Shows the world as it is now, and the time.
    ///
    /// # Errors
    /// [`LogError`] if the log cannot be read.
    pub fn inspect<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> Result<R, LogError> {
        let mut replica = self.replica();
        if let Err(error) = replica.catch_up(&self.log) {
            // Without the lock a tail that is cut off while it is read looks like damage.
            let Some(_writers) = self.log.lock_of_writers() else { return Err(error) };
            replica.catch_up(&self.log)?;
        }
        Ok(look(&replica.world, (self.now)()))
    }

    /// Decides on the newest world, and keeps what happens before it answers.
    fn write<R, E: From<LogError>>(
        &self,
        decide: impl FnOnce(&World, Timestamp) -> Result<(R, Vec<LoggedFact>), E>,
    ) -> Result<R, E> {
        let mut replica = self.replica();
        let _writers = self.log.lock()?;
        replica.catch_up(&self.log)?;
        let Replica { world, cursor } = &mut *replica;
        let (answer, events) = decide(world, (self.now)())?;
        if !events.is_empty() {
            self.log.append(cursor, &events)?;
        }
        events.iter().for_each(|event| world.apply(event));
        Ok(answer)
    }

    /// A key for CreateKeyPair, made before the log is locked, since it takes its time.
    fn new_key(&self) -> Option<PrivateKey> {
        self.keys.as_ref().and_then(|keys| keys.generate().ok())
    }

    fn replica(&self) -> MutexGuard<'_, Replica> {
        // A call that panicked has changed the world only by what is in the log.
        self.replica.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replica {
    /// Takes over what was written since.
    fn catch_up(&mut self, log: &Log) -> Result<(), LogError> {
        let reading = log.read(&mut self.cursor)?;
        if reading.is_new {
            self.world.forget();
        }
        reading.events.iter().for_each(|event| self.world.apply(event));
        Ok(())
    }
}

impl Transport for Local {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let failed = |error: LogError| call_error(request.operation(), &error);
        if request.writes() {
            let key = match request {
                Request::CreateKeyPair { .. } => self.new_key(),
                _ => None,
            };
            let decide = |world: &World, now| world.decide_with(now, request, key.as_ref());
            let decided = self.write(|world, now| decide(world, now).map_err(Failed::Call));
            return decided.map_err(|error| match error {
                Failed::Call(error) => error,
                Failed::Log(error) => failed(error),
            });
        }
        let lag = self.replica().world.switches().read_lag;
        if !lag.is_zero() {
            return self.read_past(request, lag);
        }
        let decided = self.inspect(|world, now| world.decide(now, request)).map_err(failed)?;
        decided.map(|(response, _)| response)
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("log", &self.log).finish_non_exhaustive()
    }
}

/// A call that the service refused, or that its log did not take.
enum Failed {
    Call(CallError),
    Log(LogError),
}

impl From<LogError> for Failed {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

fn call_error(operation: &'static str, error: &LogError) -> CallError {
    let reason = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    match error {
        LogError::InDoubt { .. } => CallError::NoAnswer { operation, reason },
        LogError::Read { .. }
        | LogError::Damaged { .. }
        | LogError::Format { .. }
        | LogError::Lock { .. }
        | LogError::NotWritten { .. } => CallError::NotSent { operation, reason },
    }
}

#[cfg(test)]
mod tests;

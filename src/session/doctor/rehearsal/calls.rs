//! The calls of a rehearsal: tried again where that does no harm, and watched until they show.

use std::time::Duration;

use super::{Halt, Rehearsal};
use crate::{
    checkup::{Check, CheckCode},
    ecs::{
        CallError, CloudWrite, KeyPair, PairOptions, Request, Response, WriteAnswer,
        limits::DESCRIBE_KEY_PAIRS_MAX,
    },
    model::{CloudName, ObservedInstance},
};

/// How often a call is tried, and the time between.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_secs(2);
/// For how long a write is awaited to show, and how often it is looked for.
const SHOWS: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(500);

impl Rehearsal<'_> {
    /// Changes something. It is tried again if it surely took no effect, or does no harm twice.
    pub(super) fn write(&self, write: &CloudWrite) -> Result<WriteAnswer, CallError> {
        let repeats = |error: &CallError| {
            let had_none = error.is_throttling() || matches!(error, CallError::NotSent { .. });
            had_none || (error.is_outcome_unknown() && write.is_repeatable())
        };
        self.tried(|| self.cloud.write(write), repeats)
    }

    /// Asks something, and again if that may help.
    pub(super) fn ask(&self, request: &Request) -> Result<Response, CallError> {
        self.tried(|| self.transport.call(request), CallError::is_transient)
    }

    /// Makes a call, and makes it again while that may help.
    pub(super) fn tried<T>(
        &self,
        call: impl Fn() -> Result<T, CallError>,
        repeats: impl Fn(&CallError) -> bool,
    ) -> Result<T, CallError> {
        for _ in 1..ATTEMPTS {
            match call() {
                Err(error) if repeats(&error) => self.doctor.context.clock.sleep(PAUSE),
                other => return other,
            }
        }
        call()
    }

    /// The instance as it is now.
    pub(super) fn instance(&self) -> Result<ObservedInstance, Halt> {
        let ids = std::slice::from_ref(&self.at.id);
        let read = || self.cloud.instances_by_id(&self.at.region, ids);
        let found = self.tried(read, CallError::is_transient)?;
        let gone = || Halt::Failed(format!("{} is not there any more", self.at.id));
        found.into_iter().find(|one| one.id == self.at.id).ok_or_else(gone)
    }

    /// A pair as the service tells it, its public key too.
    pub(super) fn pair(&self, name: &CloudName) -> Result<Option<KeyPair>, CallError> {
        let options = PairOptions { include_public_key: true, ..PairOptions::default() };
        let request = Request::DescribeKeyPairs {
            region: self.at.region.clone(),
            key_pair_name: Some(name.clone()),
            page_number: 1,
            page_size: DESCRIBE_KEY_PAIRS_MAX,
            options,
        };
        match self.ask(&request)? {
            Response::KeyPairs(page) => {
                Ok(page.key_pairs.into_iter().find(|pair| pair.key_pair_name == *name))
            }
            _ => Ok(None),
        }
    }

    /// Looks until a write shows, and notes how long that took.
    pub(super) fn shows(
        &mut self,
        what: &str,
        look: impl Fn(&Self) -> Result<bool, Halt>,
    ) -> Result<(), Halt> {
        let since = self.now();
        loop {
            if look(self)? {
                let lag = self.now().since(since);
                self.observed.lags.push(lag);
                return Ok(());
            }
            if self.now().since(since) > SHOWS {
                let seconds = SHOWS.as_secs();
                return Err(Halt::Failed(format!("{what} does not show after {seconds} s")));
            }
            self.wait(LOOK)?;
        }
    }

    /// Looks until the instance shows what it is bound to.
    pub(super) fn shows_bound(&mut self, name: Option<&CloudName>) -> Result<(), Halt> {
        let what = if name.is_some() { "the bind" } else { "the unbind" };
        self.shows(what, |this| Ok(this.instance()?.bound.as_ref() == name))
    }

    /// Notes something that someone should know.
    pub(super) fn warn(&mut self, code: CheckCode, finding: String, advice: &str) {
        self.checks.push(Check::warning(code, finding).advice(advice));
    }
}

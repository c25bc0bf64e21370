//! Credentials that last as long as a run: kept, and renewed before they expire.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Absence, Choice, CredentialError, Credentials, Granted, Link, NotGranted, Problem, Secret,
    Surroundings, Trace, chain,
};
use crate::model::Timestamp;

/// Credentials that live no longer than this are renewed.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// How long after a renewal that failed the next one is tried, while the credentials are valid.
const PAUSE: Duration = Duration::from_secs(30);

/// The credentials of a run. The link that gave them first gives them again.
pub struct CredentialSource {
    around: Surroundings,
    choice: Choice,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    trace: Trace,
    current: Option<Current>,
}

struct Current {
    link: Link,
    granted: Granted,
    credentials: Arc<Credentials>,
    /// When they are to be renewed, if they expire.
    stale: Option<Timestamp>,
}

impl fmt::Debug for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialSource")
            .field("around", &self.around)
            .field("choice", &self.choice)
            .finish_non_exhaustive()
    }
}

impl CredentialSource {
    /// A source that has asked for nothing yet.
    #[must_use]
    pub fn new(around: Surroundings, choice: Choice) -> Self {
        Self { around, choice, held: Mutex::default() }
    }

    /// Credentials that are valid now. They are asked for at the first call, and renewed when they
    /// are about to expire; a renewal that fails is of no matter while the old ones are valid.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn current(&self) -> Result<Arc<Credentials>, CredentialError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = &mut held.current else { return self.first(&mut held) };
        let now = (self.around.now)();
        if current.stale.is_none_or(|stale| now < stale) {
            return Ok(current.credentials.clone());
        }
        match chain::ask(current.link, &self.around, &self.choice) {
            Ok(granted) => *current = Current::new(current.link, granted, now),
            Err(why) => {
                let is_valid = current.credentials.expires.is_none_or(|expires| now < expires);
                if !is_valid {
                    return Err(CredentialError::Failed { link: current.link, problem: gone(why) });
                }
                current.stale = Some(now.plus(PAUSE));
            }
        }
        Ok(current.credentials.clone())
    }

    /// Renews credentials that the service has refused as expired, whatever was known of their end.
    /// Answers whether there are others now.
    pub(in crate::alicloud) fn renew(&self, refused: &Secret) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = &mut held.current else { return false };
        // Another call has renewed them meanwhile.
        if current.credentials.access_key_id != *refused {
            return true;
        }
        match chain::ask(current.link, &self.around, &self.choice) {
            Ok(granted) if granted.credentials != *current.credentials => {
                *current = Current::new(current.link, granted, (self.around.now)());
                true
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// Which links were tried, and what each answered; nothing before the first use.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).trace.clone()
    }

    /// The moment after which there are no credentials unless a person does something, such as the
    /// end of a job's token: a run has to end before.
    #[must_use]
    pub fn expires_without_renewal(&self) -> Option<Timestamp> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.current.as_ref().and_then(|current| current.granted.ends())
    }

    /// What the links take from outside, for questions about the credentials.
    pub(in crate::alicloud) fn surroundings(&self) -> (&Surroundings, &Choice) {
        (&self.around, &self.choice)
    }

    fn first(&self, held: &mut Held) -> Result<Arc<Credentials>, CredentialError> {
        let (trace, found) = chain::find(&self.around, &self.choice);
        held.trace = trace;
        let found = found?;
        let current = Current::new(found.link, found.granted, (self.around.now)());
        let credentials = current.credentials.clone();
        held.current = Some(current);
        Ok(credentials)
    }
}

impl Current {
    fn new(link: Link, granted: Granted, now: Timestamp) -> Self {
        let stale = granted.credentials.expires.map(|expires| {
            // Credentials that live shorter than the margin are not renewed for each call.
            let margin = MARGIN.min(expires.since(now) / 2);
            now.plus(expires.since(now) - margin)
        });
        let credentials = Arc::new(granted.credentials.clone());
        Self { link, granted, credentials, stale }
    }
}

/// Why a link that has given credentials gives none any more.
fn gone(why: NotGranted) -> Problem {
    let absent = |absence: Absence| Problem::Malformed {
        what: "the place that the credentials came from".to_owned(),
        flaw: format!("has none any more: {absence}"),
    };
    match why {
        NotGranted::Failed(problem) => problem,
        NotGranted::Absent(absence) => absent(absence),
    }
}

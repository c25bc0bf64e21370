//! A bucket in memory, which can fail at each request: for tests and simulations.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use zeroize::Zeroizing;

use super::{ObjectError, Objects, PutOutcome};
use crate::model::Encryption;

/// The objects of a bucket. A clone shares them.
#[derive(Clone, Default)]
pub struct MemoryBucket(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    objects: BTreeMap<String, Object>,
    requests: usize,
    failure: Option<(usize, BucketFailure)>,
    /// What the names of objects begin with that the caller may not ask about.
    denied: Option<String>,
    overwrites: bool,
}

#[derive(Clone)]
struct Object {
    content: Zeroizing<Vec<u8>>,
    encryption: Option<Encryption>,
}

/// How requests fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketFailure {
    /// One is not done, and said to be so.
    NotDone,
    /// One is not done, and its answer is said to be lost.
    LoseRequest,
    /// One is done, and its answer is lost.
    LoseAnswer,
    /// It is done, and neither its answer nor any later request arrives.
    StopAfter,
    /// Neither it nor any later request arrives.
    StopBefore,
    /// One is refused.
    Refuse,
}

impl BucketFailure {
    /// Each way to fail.
    pub const ALL: [Self; 6] = [
        Self::NotDone,
        Self::LoseRequest,
        Self::LoseAnswer,
        Self::StopAfter,
        Self::StopBefore,
        Self::Refuse,
    ];

    /// Whether the same request may succeed when it is made again.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Self::NotDone | Self::LoseRequest | Self::LoseAnswer)
    }
}

impl MemoryBucket {
    /// A bucket without objects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another bucket with the same objects, which fails nowhere.
    #[must_use]
    pub fn fork(&self) -> Self {
        let objects = self.held().objects.clone();
        Self(Arc::new(Mutex::new(Held { objects, ..Held::default() })))
    }

    /// How many requests were made.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.held().requests
    }

    /// Lets the request of this number, from 0, fail.
    pub fn fail_at(&self, request: usize, failure: BucketFailure) {
        self.held().failure = Some((request, failure));
    }

    /// Refuses what is asked about objects whose names begin so.
    pub fn deny(&self, prefix: &str) {
        self.held().denied = Some(prefix.to_owned());
    }

    /// Overwrites from now on, as a service does that does not know the condition of a creation.
    pub fn overwrite(&self) {
        self.held().overwrites = true;
    }

    /// Puts an object, as a person can with another tool.
    pub fn plant(&self, key: &str, content: &[u8]) {
        let content = Zeroizing::new(content.to_vec());
        self.held().objects.insert(key.to_owned(), Object { content, encryption: None });
    }

    /// Loses an object, as no bucket should.
    pub fn lose(&self, key: &str) {
        self.held().objects.remove(key);
    }

    /// All objects.
    #[must_use]
    pub fn contents(&self) -> Vec<(String, Zeroizing<Vec<u8>>)> {
        let held = self.held();
        held.objects.iter().map(|(key, object)| (key.clone(), object.content.clone())).collect()
    }

    /// How the creation of an object asked to encrypt it.
    #[must_use]
    pub fn encryption(&self, key: &str) -> Option<Encryption> {
        self.held().objects.get(key).and_then(|object| object.encryption.clone())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a request, unless it is to fail.
    fn request<T>(&self, key: &str, act: impl FnOnce(&mut Held) -> T) -> Result<T, ObjectError> {
        let mut held = self.held();
        let number = held.requests;
        held.requests += 1;
        if held.denied.as_deref().is_some_and(|denied| key.starts_with(denied)) {
            return Err(ObjectError::refused("You may not do this. (AccessDenied)"));
        }
        let unknown = || ObjectError::unknown("the answer was lost");
        let failure = held.failure.filter(|(at, failure)| {
            let lasts = matches!(failure, BucketFailure::StopAfter | BucketFailure::StopBefore);
            number == *at || (lasts && number > *at)
        });
        match failure {
            None => Ok(act(&mut held)),
            Some((_, BucketFailure::NotDone)) => Err(ObjectError::not_done("it is busy")),
            Some((_, BucketFailure::LoseRequest | BucketFailure::StopBefore)) => Err(unknown()),
            Some((_, BucketFailure::LoseAnswer)) => {
                act(&mut held);
                Err(unknown())
            }
            Some((at, BucketFailure::StopAfter)) => {
                if number == at {
                    act(&mut held);
                }
                Err(unknown())
            }
            Some((_, BucketFailure::Refuse)) => Err(ObjectError::refused("it was made to refuse")),
        }
    }
}

impl Objects for MemoryBucket {
    fn create(
        &self,
        key: &str,
        content: &[u8],
        encryption: Option<&Encryption>,
    ) -> Result<PutOutcome, ObjectError> {
        self.request(key, |held| {
            if held.objects.contains_key(key) && !held.overwrites {
                return PutOutcome::Exists;
            }
            let content = Zeroizing::new(content.to_vec());
            let object = Object { content, encryption: encryption.cloned() };
            held.objects.insert(key.to_owned(), object);
            PutOutcome::New
        })
    }

    fn get(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ObjectError> {
        self.request(key, |held| held.objects.get(key).map(|object| object.content.clone()))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        self.request(prefix, |held| {
            held.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
        })
    }

    fn delete(&self, key: &str) -> Result<(), ObjectError> {
        self.request(key, |held| drop(held.objects.remove(key)))
    }

    fn check(&self, _: Option<&str>) -> Result<(), ObjectError> {
        self.request("", |_| ())
    }

    fn place(&self, key: &str) -> String {
        format!("memory://{key}")
    }
}

impl fmt::Debug for MemoryBucket {
    /// Without what is in it, which may be secret (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBucket").finish_non_exhaustive()
    }
}

//! L4: what a scene shows and leaves on its disk is searched for its private keys at its end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use keyform::{
    disk::MemoryDisk,
    keys::{KeyError, KeySource, PooledKeys, PrivateKey},
};

use super::scene::{Scene, bound};
use crate::leaks::Secrets;

/// Gives a scene its private keys, and searches for them when the scene is dropped.
pub(super) struct Watch {
    keys: PooledKeys,
    seed: u64,
    disk: MemoryDisk,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    secrets: Secrets,
    shown: String,
}

impl Watch {
    /// Watches a disk; the keys follow from the seed.
    pub(super) fn new(disk: MemoryDisk, seed: u64) -> Self {
        Self { keys: PooledKeys::new(seed), seed, disk, seen: Mutex::default() }
    }

    /// A seed of which the keys are not those of this scene.
    pub(super) fn next_seed(&self) -> u64 {
        self.seed + 1_000
    }

    /// Something was shown.
    pub(super) fn show(&self, text: &str) {
        let mut seen = self.seen();
        seen.shown.push_str(text);
        seen.shown.push('\n');
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeySource for Watch {
    fn generate(&self) -> Result<PrivateKey, KeyError> {
        let key = self.keys.generate()?;
        self.seen().secrets.add_key("of this scene", key.pem().as_bytes());
        Ok(key)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut seen = self.seen();
        let (keys, others): (Vec<_>, Vec<_>) =
            self.disk.files().into_iter().partition(|(path, _)| {
                // What is lent lies in memory, which is gone with the machine.
                path.starts_with("keys") || path.starts_with("shm")
            });
        for (path, bytes) in keys {
            seen.secrets.add_key(&path.display().to_string(), &bytes);
        }
        let leak = seen.secrets.find(seen.shown.as_bytes());
        assert_eq!(leak, None, "L4: in what was shown");
        for (path, bytes) in others {
            let leak = seen.secrets.find(&bytes);
            assert_eq!(leak, None, "L4: in the file {}", path.display());
            let leak = seen.secrets.find(path.as_os_str().as_encoded_bytes());
            assert_eq!(leak, None, "L4: in the name of a file");
        }
    }
}

#[test]
#[should_panic(expected = "L4: in the file .keyform/backup")]
fn a_private_key_elsewhere_on_the_disk_of_a_scene_is_found() {
    let scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    let key = scene.disk.files().remove(std::path::Path::new("keys/web.pem")).expect("a key");
    scene.put(".keyform/backup", &key);
}

#[test]
#[should_panic(expected = "L4: in what was shown")]
fn a_private_key_that_a_scene_shows_is_found() {
    let scene = Scene::new(&bound("web", "i-1"));
    let key = scene.surroundings().keys.generate().expect("a key");
    scene.run(false, Vec::new()).outcome.expect("it comes to its end");
    scene.show(&Err(key.pem().to_string().into()));
}

//! Which requests were seen: a nonce is used once.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest, Sha256};

use crate::model::Timestamp;

/// How many nonces are remembered. With more the ones that end first are forgotten, so that memory
/// is bounded.
const NONCES_MAX: usize = 200_000;

/// The nonces of the requests whose time is still within the window.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    /// Which nonces, by the moment from which on their request is too old anyway.
    by_end: BTreeMap<Timestamp, Vec<Nonce>>,
    known: HashSet<Nonce>,
}

/// The half of a hash over access key and nonce: however long these are, it is 16 bytes.
type Nonce = [u8; 16];

impl Nonces {
    /// Notes a nonce, and answers whether it is new. From `end` on a request with its time is too
    /// old, and the nonce is forgotten.
    pub(super) fn note(
        &mut self,
        now: Timestamp,
        (access_key_id, nonce): (&str, &str),
        end: Timestamp,
    ) -> bool {
        while let Some(entry) = self.by_end.first_entry()
            && (*entry.key() < now || self.known.len() >= NONCES_MAX)
        {
            for nonce in entry.remove() {
                self.known.remove(&nonce);
            }
        }
        let nonce = hashed(access_key_id, nonce);
        let is_new = self.known.insert(nonce);
        if is_new {
            self.by_end.entry(end).or_default().push(nonce);
        }
        is_new
    }
}

fn hashed(access_key_id: &str, nonce: &str) -> Nonce {
    let digest = Sha256::new().chain_update(access_key_id).chain_update([0]).chain_update(nonce);
    let mut half = Nonce::default();
    half.copy_from_slice(&digest.finalize()[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[test]
    fn a_nonce_is_new_once_for_each_access_key_until_its_time_is_over() {
        let mut nonces = Nonces::default();
        assert!(nonces.note(at(0), ("key", "n1"), at(100)));
        assert!(!nonces.note(at(100), ("key", "n1"), at(100)), "it is still in the window");
        assert!(nonces.note(at(50), ("other", "n1"), at(150)));
        assert!(nonces.note(at(101), ("key", "n1"), at(201)));
    }

    #[test]
    fn memory_is_bounded() {
        let mut nonces = Nonces::default();
        for number in 0..NONCES_MAX + 10 {
            let end = at(i64::try_from(number).expect("small"));
            assert!(nonces.note(at(0), ("key", &number.to_string()), end));
        }
        assert!(nonces.known.len() <= NONCES_MAX);
        assert_eq!(nonces.known.len(), nonces.by_end.len());
        assert!(!nonces.note(at(0), ("key", &NONCES_MAX.to_string()), at(0)), "a new one is known");
    }
}

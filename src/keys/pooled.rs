//! Keys for tests and simulations, which are never secret.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use chacha20::ChaCha20Rng;
use rsa::{
    BoxedUint, PrivateKey as RsaPrivateKey, rand_core::SeedableRng, traits::PrivateKeyParts,
};

use super::{KeyError, KeySource, PrivateKey, RSA_BITS};

/// How many keys are generated, at most, for all the others to be recombined from. Their 34 primes
/// make 561 keys: more than the 500 pairs of a full region (R5).
const GENERATED: usize = 17;
const PRIMES: usize = 2 * GENERATED;
const KEYS: usize = PRIMES * (PRIMES - 1) / 2;

/// The primes, two by two, each made when it is first asked for, once in the life of the process.
static POOL: [OnceLock<[BoxedUint; 2]>; GENERATED] = [const { OnceLock::new() }; GENERATED];

/// Keys for tests and simulations: **never secret**, because their seeds are in this file.
///
/// Real RSA keys of 2048 bits, a hundred times as fast as generated ones: any two of a few primes
/// make a key. The same seed gives the same keys in the same order, on every machine; seeds that
/// differ by less than 17 start with different keys, but all draw from the same 561.
#[derive(Debug)]
pub struct PooledKeys {
    first_prime: usize,
    given: AtomicUsize,
}

impl PooledKeys {
    /// A source whose order follows from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let generated = usize::try_from(seed % GENERATED as u64).unwrap_or_default();
        Self { first_prime: 2 * generated, given: AtomicUsize::new(0) }
    }
}

impl KeySource for PooledKeys {
    fn generate(&self) -> Result<PrivateKey, KeyError> {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let (one, other) = pair(number).ok_or(KeyError::PoolEmpty { given: KEYS })?;
        let prime = |index: usize| prime((self.first_prime + index) % PRIMES);
        let exponent = BoxedUint::from(65_537_u32);
        let key = RsaPrivateKey::from_p_q(prime(one), prime(other), exponent);
        PrivateKey::from_rsa(&key.map_err(|error| KeyError::generation(&error))?)
    }
}

/// The pair of primes with this number. Pairs of the first primes come first, so that a test that
/// needs six keys waits for two to be generated.
fn pair(number: usize) -> Option<(usize, usize)> {
    let mut rest = number;
    for one in 1..PRIMES {
        if rest < one {
            return Some((one, rest));
        }
        rest -= one;
    }
    None
}

fn prime(index: usize) -> BoxedUint {
    POOL[index / 2].get_or_init(|| primes(index / 2))[index % 2].clone()
}

/// The primes of a generated key, and not any primes: those of a key have the exponent's inverse
/// and both high bits set, so that every product of two has all 2048 bits.
fn primes(generated: usize) -> [BoxedUint; 2] {
    let mut random = ChaCha20Rng::seed_from_u64(generated as u64);
    let key = RsaPrivateKey::new(&mut random, RSA_BITS)
        .expect("the seeds are constants, and a test makes the key of each");
    let primes = key.primes();
    [primes[0].as_ref().clone(), primes[1].as_ref().clone()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn first(seed: u64, count: usize) -> Vec<String> {
        let source = PooledKeys::new(seed);
        (0..count).map(|_| source.generate().unwrap().public_key().openssh().to_owned()).collect()
    }

    #[test]
    fn one_seed_gives_the_same_keys_again_and_the_next_starts_with_others() {
        assert_eq!(first(1, 6), first(1, 6));
        let (one, two) = (first(1, 1), first(2, 1));
        assert_ne!(one, two);
    }

    #[test]
    fn all_pairs_of_primes_are_given_once_and_then_none() {
        let pairs: BTreeSet<_> = (0..KEYS).filter_map(pair).collect();
        assert_eq!((pairs.len(), pair(KEYS)), (KEYS, None));
        assert!(pairs.iter().all(|(one, other)| other < one && *one < PRIMES));
        let source = PooledKeys { first_prime: 0, given: AtomicUsize::new(KEYS) };
        assert_eq!(source.generate().unwrap_err(), KeyError::PoolEmpty { given: KEYS });
    }

    #[test]
    fn every_key_is_distinct_and_of_the_right_size() {
        let keys: BTreeSet<String> = first(0, KEYS).into_iter().collect();
        assert_eq!(keys.len(), KEYS);
    }
}

//! Private keys from the randomness of the operating system.

use chacha20::ChaCha20Rng;
use rsa::rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::keys::{self, KeyError, KeySource, PrivateKey};

/// Makes every key from 32 bytes that the operating system gave for it.
///
/// The bytes seed ChaCha20, which gives the numbers that the search for primes needs: so a refusal
/// of the operating system is an error before anything was made, and not a panic in the search.
///
/// The bytes and the state of the generator are zeroized. Out of reach are the copies on the stack
/// that the compiler makes when it moves either of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeys;

impl KeySource for SystemKeys {
    fn generate(&self) -> Result<PrivateKey, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed)
            .map_err(|error| KeyError::Randomness { reason: error.to_string() })?;
        keys::generate(&mut ChaCha20Rng::from_seed(*seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_are_the_same() {
        let key = || SystemKeys.generate().unwrap();
        assert_ne!(key().public_key(), key().public_key());
    }
}

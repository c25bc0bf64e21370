//! How a private key is made: from a generator of random numbers that the caller brings.

use rsa::{PrivateKey as RsaPrivateKey, rand_core::CryptoRng};

use super::{KeyErrorCode, PrivateKey};

/// The bits of every key that is made or kept (R2).
pub const RSA_BITS: usize = 2048;

/// Where new private keys come from. Randomness is an effect, so it is passed in like a clock.
pub trait KeySource: Send + Sync {
    /// A new private key, which this source never gives again.
    ///
    /// # Errors
    /// [`KeyError`]; then no key exists that could be lost.
    fn generate(&self) -> Result<PrivateKey, KeyError>;
}

/// Why no private key could be made. Nothing exists afterwards that would have to be cleaned up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The operating system refused to give random bytes.
    #[error(
        "no private key was made, because the operating system gives no random numbers ({reason}); \
         fix that and run the same command again"
    )]
    Randomness {
        /// What the operating system said.
        reason: String,
    },
    /// The generator of RSA keys failed.
    #[error("no private key was made, because its generation failed ({reason}); try again")]
    Generation {
        /// What the generator said; it never speaks of key material.
        reason: String,
    },
    /// A [`PooledKeys`](super::PooledKeys) has given all that it can make.
    #[error(
        "no private key was made: this pool of keys for tests has given all {given} that it has"
    )]
    PoolEmpty {
        /// How many it had.
        given: usize,
    },
}

impl KeyError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> KeyErrorCode {
        match self {
            Self::Randomness { .. } => KeyErrorCode::Randomness,
            Self::Generation { .. } => KeyErrorCode::Generation,
            Self::PoolEmpty { .. } => KeyErrorCode::PoolEmpty,
        }
    }

    pub(super) fn generation(reason: &impl ToString) -> Self {
        Self::Generation { reason: reason.to_string() }
    }
}

/// Makes an RSA key of [`RSA_BITS`] bits with the public exponent 65537.
///
/// The same state of the generator makes the same key.
///
/// The numbers of the key are zeroized by the rsa crate, and its encoding by [`PrivateKey`]. Out of
/// reach are the intermediate values of the search for primes and of the encoding: the candidates
/// that were tried, and what the compiler keeps on the stack.
///
/// # Errors
/// [`KeyError::Generation`].
pub fn generate(random: &mut (impl CryptoRng + ?Sized)) -> Result<PrivateKey, KeyError> {
    let key = RsaPrivateKey::new(random, RSA_BITS).map_err(|error| KeyError::generation(&error))?;
    PrivateKey::from_rsa(&key)
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rsa::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn one_state_of_the_generator_makes_one_key_and_another_makes_another() {
        let key = |seed: u8| generate(&mut ChaCha20Rng::from_seed([seed; 32])).unwrap();
        assert_eq!(key(1).pem(), key(1).pem());
        assert_ne!(key(1).public_key(), key(2).public_key());
    }
}

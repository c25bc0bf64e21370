//! Public and private keys as data.

mod codes;
mod generate;
mod given;
mod key_type;
mod pem;
mod pooled;
mod private;
mod public;

pub use codes::{KeyErrorCode, KeyWarningCode, PublicKeyCode};
pub use generate::{KeyError, KeySource, RSA_BITS, generate};
pub use given::{GivenKey, KeyWarning};
pub use key_type::KeyType;
pub use pooled::PooledKeys;
pub use private::PrivateKey;
pub use public::{PublicKey, PublicKeyProblem};

//! Public and private keys as data.

mod codes;
mod generate;
mod given;
mod handed_out;
mod key_type;
mod pem;
mod pooled;
mod private;
mod private_form;
mod public;
mod recognise;

pub use codes::{KeyErrorCode, KeyWarningCode, PublicKeyCode};
pub use generate::{KeyError, KeySource, RSA_BITS, generate};
pub use given::{GivenKey, KeyWarning, Slip};
pub use key_type::KeyType;
pub use pooled::PooledKeys;
pub use private::PrivateKey;
pub use private_form::PrivateKeyForm;
pub use public::{PublicKey, PublicKeyProblem, blob_fingerprint, line_fingerprint};
pub use recognise::{holds_private_key, private_key_in};

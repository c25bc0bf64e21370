//! How the server of a database is to be verified.

use std::fmt;

/// How a server is verified.
#[derive(Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all, and without TLS: a server of this machine.
    None,
    /// By an authority, for whatever host.
    Authority {
        /// The certificates of the authorities, in PEM.
        authorities: String,
    },
    /// By an authority, for its host.
    Full {
        /// The certificates of the authorities, in PEM; else those of the system.
        authorities: Option<String>,
    },
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Authority { .. } => "Authority",
            Self::Full { .. } => "Full",
        })
    }
}

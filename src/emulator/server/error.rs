//! Why a command did not reach a server, or was refused there.

use std::io;

use crate::{code::codes, visible};

/// Why nothing was done by a server.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The address is not one.
    #[error(
        "`{}` is not the address of a server: write one such as http://127.0.0.1:8080, as \
         `keyform emulator serve` shows it",
        visible::line(url)
    )]
    Address {
        /// The address.
        url: String,
    },
    /// Nothing answers there.
    #[error(
        "the server at {host} cannot be reached, so nothing is known to be done; start it with \
         `keyform emulator serve`, or correct --server"
    )]
    Unreachable {
        /// Where.
        host: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// What answers there is not a server of this kind.
    #[error(
        "what answers at {host} is not `keyform emulator serve`; correct --server, or start one"
    )]
    NotAnEmulator {
        /// Where.
        host: String,
    },
    /// The server refused the command.
    #[error("{}", visible::line(message))]
    Refused {
        /// Its code.
        code: String,
        /// Its sentence.
        message: String,
    },
}

impl RemoteError {
    /// Its stable code, or that of what the server said.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Address { .. } => RemoteErrorCode::Address.as_str(),
            Self::Unreachable { .. } => RemoteErrorCode::Unreachable.as_str(),
            Self::NotAnEmulator { .. } => RemoteErrorCode::NotAnEmulator.as_str(),
            Self::Refused { code, .. } => code,
        }
    }
}

codes! {
    /// The codes of a [`RemoteError`] itself; a server that refuses has others.
    pub enum RemoteErrorCode {
        Address = "emulatorAddressInvalid" {
            meaning: "What stands behind `--server` is not the address of a server.",
            why: "A command is sent to one server of this machine, over plain HTTP.",
            fix: "Write an address such as `http://127.0.0.1:8080`, as `keyform emulator serve` \
                  shows it.",
        }
        Unreachable = "emulatorUnreachable" {
            meaning: "No server answers at the address, so nothing is known to be done.",
            why: "The server was stopped, or listens elsewhere.",
            fix: "Start it with `keyform emulator serve`, or correct `--server`.",
        }
        NotAnEmulator = "emulatorNotThere" {
            meaning: "Another program answers at the address.",
            why: "Only `keyform emulator serve` takes commands of a console.",
            fix: "Correct `--server`; `keyform emulator serve` shows its address.",
        }
        NotLocal = "consoleNotLocal" {
            meaning: "The command came from another machine, and was refused.",
            why: "The console has no credentials: only programs of the server's machine may use it.",
            fix: "Run `keyform emulator instance` on the machine of the server, by a loopback address.",
        }
        Unknown = "consoleUnknown" {
            meaning: "The server does not understand the command.",
            why: "The server and the command are of different versions, or another program sent it.",
            fix: "Use one version of keyform for both.",
        }
    }
}

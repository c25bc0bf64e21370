//! The stable code of an error at the edge, where its type is lost.

use crate::{
    alicloud::{CredentialError, ProxyProblem},
    session::{
        ConsoleError, ConsoleOpenError, InitError, OpenError, OpenErrorCode, RemoteError,
        SavedPlanError, ServeError, SessionError,
    },
    store::StoreError,
};

/// The manifests have problems, which were shown.
#[derive(Debug, thiserror::Error)]
#[error("nothing was done; fix what is shown above, and run the same command again")]
pub(super) struct ProblemsShown;

/// The code of an error; none if only the operating system has something to say.
pub(super) fn code(error: &anyhow::Error) -> Option<&'static str> {
    let shown = || {
        let shown = error.downcast_ref::<ProblemsShown>();
        shown.map(|ProblemsShown| OpenErrorCode::Manifests.as_str())
    };
    let open = || error.downcast_ref().map(OpenError::code);
    let session = || error.downcast_ref().map(SessionError::code);
    let store = || error.downcast_ref().map(|error: &StoreError| error.code().as_str());
    let saved = || error.downcast_ref().map(|error: &SavedPlanError| error.code().as_str());
    let init = || error.downcast_ref().map(|error: &InitError| error.code().as_str());
    let credentials = || {
        let of_link = error.downcast_ref().map(|error: &CredentialError| error.code().as_str());
        of_link.or_else(|| error.downcast_ref().map(|error: &ProxyProblem| error.code().as_str()))
    };
    session()
        .or_else(credentials)
        .or_else(open)
        .or_else(store)
        .or_else(saved)
        .or_else(init)
        .or_else(shown)
}

/// The code of the error that a command ends with. One of `keyform emulator` can be what a server
/// has said.
pub(super) fn code_of_command(error: &anyhow::Error) -> Option<&str> {
    let serve = error.downcast_ref().map(ServeError::code);
    let opened = || error.downcast_ref().map(ConsoleOpenError::code);
    let console = || error.downcast_ref().map(ConsoleError::code);
    let remote = || error.downcast_ref().map(RemoteError::code);
    code(error).or(serve).or_else(opened).or_else(console).or_else(remote)
}

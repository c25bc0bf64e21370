//! An error at the edge, where its type is lost: its text and its stable code.

use std::error::Error;

use anstyle::AnsiColor;

use crate::{
    alicloud::{CredentialError, ProxyProblem},
    session::{
        ConsoleError, ConsoleOpenError, InitError, KeysError, MetricsError, OpenError,
        OpenErrorCode, RehearsalError, RemoteError, SavedPlanError, ServeError, SessionError,
        StateMigrationError,
    },
    store::StoreError,
    visible,
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
    let rehearsal = || error.downcast_ref().map(RehearsalError::code);
    let session = || error.downcast_ref().map(SessionError::code);
    let store = || error.downcast_ref().map(|error: &StoreError| error.code().as_str());
    let saved = || error.downcast_ref().map(|error: &SavedPlanError| error.code().as_str());
    let metrics = || error.downcast_ref().map(|error: &MetricsError| error.code().as_str());
    let keys = || error.downcast_ref().map(KeysError::code);
    let migration = || error.downcast_ref().map(StateMigrationError::code);
    let init = || error.downcast_ref().map(|error: &InitError| error.code().as_str());
    let credentials = || {
        let of_link = error.downcast_ref().map(|error: &CredentialError| error.code().as_str());
        of_link.or_else(|| error.downcast_ref().map(|error: &ProxyProblem| error.code().as_str()))
    };
    session()
        .or_else(credentials)
        .or_else(open)
        .or_else(rehearsal)
        .or_else(store)
        .or_else(saved)
        .or_else(metrics)
        .or_else(keys)
        .or_else(migration)
        .or_else(init)
        .or_else(shown)
}

/// The code of the error that a command ends with. One of `keyform emulator` can be what a server
/// has said.
fn code_of_command(error: &anyhow::Error) -> Option<&str> {
    let serve = error.downcast_ref().map(ServeError::code);
    let opened = || error.downcast_ref().map(ConsoleOpenError::code);
    let console = || error.downcast_ref().map(ConsoleError::code);
    let remote = || error.downcast_ref().map(RemoteError::code);
    code(error).or(serve).or_else(opened).or_else(console).or_else(remote)
}

/// What an error says, on one line: it may repeat what files and other programs say. Only the
/// reasons why a plan is stale and the rights that are missing have lines of their own.
fn shown(message: &(dyn Error + 'static)) -> String {
    let text = message.to_string();
    match message.downcast_ref() {
        Some(SessionError::Stale(_) | SessionError::RightsMissing(_)) => {
            visible::lines(&text).into_owned()
        }
        _ => visible::line(&text).into_owned(),
    }
}

/// An error with its code, which `keyform explain` explains, and with its causes.
pub(super) fn text(error: &anyhow::Error) -> String {
    let red = AnsiColor::Red.on_default().bold();
    let code = code_of_command(error).map_or_else(String::new, |code| format!("[{code}]"));
    let mut text = format!("{red}error{code}{red:#}: {}", shown(error.as_ref()));
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {}", shown(cause)));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::{
        disk::{Disk, MemoryDisk},
        session,
    };

    #[test]
    fn what_an_error_repeats_from_a_file_does_not_command_the_terminal() {
        let disk = MemoryDisk::new();
        let path = Path::new("plan.json");
        let text = br#"{"format": "keyform.plan/1", "\u001b[2J\u0085": 1}"#;
        disk.create_file(path, text).expect("an empty disk");
        let error = session::read_plan(&disk, path).expect_err("no plan");
        let cause = super::shown(std::error::Error::source(&error).expect("a cause"));
        assert!(cause.starts_with("unknown field `\\u{1b}[2J\\u{85}`, "), "{cause:?}");
    }
}

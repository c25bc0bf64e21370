//! Keeping the answers of the service in a file that can be shown to strangers.

use std::path::Path;

use super::opened::{Doctor, shown};
use crate::{
    alicloud::Transcript,
    checkup::{Check, CheckCode, Learned},
};

impl Doctor {
    /// Whether answers can be kept in a file; asked before anything is. The check is what is wrong.
    #[must_use]
    pub fn cannot_record(&self, path: &Path) -> Option<Check> {
        if self.service.account.is_none() {
            let finding = "the embedded cloud sends no answers over HTTP, so that there is nothing \
                           to keep";
            return Some(Check::skipped(CheckCode::Record, finding).advice(
                "--record is for a project of `cloud: {alicloud: …}`, also at `keyform emulator \
                 serve`",
            ));
        }
        match self.context.disk.kind(path) {
            Ok(None) => None,
            Ok(Some(_)) => Some(
                Check::problem(
                    CheckCode::Record,
                    format!("{} is there already, and is not replaced", shown(path)),
                )
                .advice("name a file that does not exist"),
            ),
            Err(error) => Some(Check::problem(CheckCode::Record, error)),
        }
    }

    /// Writes what was answered so far, without anything that tells whose it is.
    #[must_use]
    pub fn record(&self, path: &Path, learned: &[Learned]) -> Check {
        let heard = self.service.account.as_ref().map(|account| account.overheard.heard());
        let learned = learned.iter().map(|one| (one.unknown.to_string(), one.answer.clone()));
        let transcript = Transcript::of(&heard.unwrap_or_default(), learned.collect());
        let calls = transcript.calls.len();
        let written =
            serde_json::to_value(&transcript).map_err(std::io::Error::from).and_then(|document| {
                self.context.disk.create_durable(path, format!("{document:#}\n").as_bytes())
            });
        let file = shown(path);
        match written {
            Ok(()) => Check::ok(
                CheckCode::Record,
                format!("{calls} answers are in {file}, without ids, names, keys and addresses"),
            )
            .advice("read it through before you pass it on"),
            Err(error) => Check::problem(CheckCode::Record, format!("{file}: {error}"))
                .advice("name another file, in a directory that this user may write to"),
        }
    }
}

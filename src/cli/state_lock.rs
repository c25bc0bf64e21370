//! `keyform state lock show` and `keyform state unlock`.

use std::{path::Path, time::Duration};

use super::{
    arguments::{Format, FormatOption, StateUnlockOptions},
    exit_code::Exit,
    project, terminal,
};
use crate::{
    store::{HeldBy, Holder},
    visible,
};

pub(super) fn show(directory: &Path, options: &FormatOption) -> anyhow::Result<Exit> {
    let states = project::open_states(directory, Duration::ZERO, options.format)?;
    let (place, held_by) = states.lock()?;
    match options.format {
        Format::Json => {
            let document = serde_json::json!({
                "format": "keyform.lock/1",
                "place": place,
                "isHeld": held_by.is_some(),
                "holder": held_by.as_ref().and_then(HeldBy::holder),
            });
            terminal::print_json(&format!("{document:#}\n"))?;
        }
        Format::Text => terminal::print(&text(&place, held_by.as_ref()))?,
    }
    Ok(Exit::Done)
}

fn text(place: &str, held_by: Option<&HeldBy>) -> String {
    let place = visible::line(place);
    match held_by {
        None => format!("No run holds {place}.\n"),
        Some(by) => {
            let facts = by.holder().map(facts).unwrap_or_default();
            format!("A run holds {place}: {by}.\n{facts}")
        }
    }
}

/// What a holder says of its run, line by line.
fn facts(holder: &Holder) -> String {
    let Holder { commit, digest, run, .. } = holder;
    let known =
        [("Run", Some(run.as_str())), ("Commit", commit.as_deref()), ("Plan", digest.as_deref())];
    let line = |(name, value): (&str, &str)| format!("  {name:<7} {}\n", visible::line(value));
    known.into_iter().filter_map(|(name, value)| Some(line((name, value?)))).collect()
}

pub(super) fn unlock(directory: &Path, options: &StateUnlockOptions) -> anyhow::Result<Exit> {
    let states = project::open_states(directory, Duration::ZERO, Format::Text)?;
    states.unlock(&options.run)?;
    let run = &options.run;
    terminal::print(&format!(
        "The lock is free, and the run {run} stops before its next call.\n\
         Next: `keyform plan` shows what is left to do.\n",
    ))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RunId, Timestamp};

    #[test]
    fn the_holder_is_shown_with_what_it_says_of_its_run() {
        let holder = Holder {
            user: "ann".to_owned(),
            host: "build-7".to_owned(),
            pid: 17,
            command: "keyform apply".to_owned(),
            since: Timestamp::from_milliseconds(0),
            ci_url: Some("https://ci.example/17".to_owned()),
            commit: Some("0a1b2c".to_owned()),
            digest: None,
            run: RunId::from_random([1; 16]),
        };
        let shown = [None, Some(HeldBy::Unknown), Some(HeldBy::Run(holder))]
            .map(|by| text("s3://acme-states/web/lease", by.as_ref()));
        insta::assert_snapshot!(shown.join("\n"), @"
        No run holds s3://acme-states/web/lease.

        A run holds s3://acme-states/web/lease: the lock does not say whose it is.

        A run holds s3://acme-states/web/lease: ann on build-7 runs `keyform apply` (pid 17) since 1970-01-01T00:00:00.000Z, see https://ci.example/17.
          Run     01010101010101010101010101010101
          Commit  0a1b2c
        ");
    }
}

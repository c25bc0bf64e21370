//! `keyform state migrate`.

use std::{fmt::Write as _, path::Path};

use super::{
    arguments::{Format, StateMigrateOptions},
    exit_code::Exit,
    migration, project, terminal,
};
use crate::{render, store::Moved, visible};

pub(super) fn run(directory: &Path, options: &StateMigrateOptions) -> anyhow::Result<Exit> {
    let states = project::open_states(directory, options.lock.timeout, Format::Text)?;
    let moved = states.migrate(&migration::source(&options.from)?)?;
    for warning in &moved.warnings {
        terminal::eprint(&format!("Warning: {}", visible::line(&warning.to_string())));
    }
    terminal::print(&text(&moved))?;
    Ok(Exit::Done)
}

fn text(moved: &Moved) -> String {
    let Moved { from, to, lineage, serial, snapshots, .. } = moved;
    let (from, to) = (visible::line(from), visible::line(to));
    let snapshots = render::count(*snapshots, "snapshot");
    let mut text = match moved.was_moved_before {
        false => format!("Moved the state from {from} to {to}: {snapshots}.\n"),
        true => format!("The state was moved from {from} to {to} before: {snapshots}.\n"),
    };
    let _ = writeln!(text, "Its lineage is {lineage}, and its serial is {serial} now.");
    let _ = writeln!(
        text,
        "Next: commit keyform.yaml, so that every checkout uses the new place; with the old one each \
         command ends with `stateMoved`. Remove {from} when no checkout names it any more."
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lineage;

    #[test]
    fn what_was_moved_is_told_with_what_to_do_next() {
        let moved = |was_moved_before| Moved {
            from: ".keyform/state".to_owned(),
            to: "postgres://keyform@db.example/keyform".to_owned(),
            lineage: Lineage::from_random([7; 16]),
            serial: 14,
            snapshots: 12,
            was_moved_before,
            warnings: Vec::new(),
        };
        insta::assert_snapshot!([false, true].map(|before| text(&moved(before))).join("\n"));
    }
}

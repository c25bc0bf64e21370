//! `--metrics-file`.

use std::path::Path;

use super::{problem, terminal};
use crate::{
    disk::RealDisk,
    render,
    session::{self, Planned, Session},
};

/// Writes metrics by a plan without any restriction.
pub(super) fn write(session: &Session, planned: Planned, path: &Path) -> anyhow::Result<()> {
    let measured = session.measure(planned)?;
    let text = render::metrics::text(&measured, &session.calls());
    Ok(session::write_metrics(&RealDisk, path, &text)?)
}

/// Looks again after a run, and writes metrics. What the run came to counts more than that they
/// cannot be written, so that this is a warning.
pub(super) fn write_after_run(session: &Session, path: &Path) {
    let written = session.look().map_err(anyhow::Error::from);
    if let Err(error) = written.and_then(|planned| write(session, planned, path)) {
        terminal::eprint(&format!(
            "Warning: the run is over, and its metrics are not written\n{}",
            problem::text(&error)
        ));
    }
}

//! The checksum of a plan's document: what people are shown is what keyform wrote.

use std::io::{self, BufWriter, Write};

use sha2::{Digest, Sha256};

use super::document::Plan;

/// SHA-256 over all of a plan but the checksum itself.
///
/// The digest covers what would be done, and names the run. Beside that a document has notes,
/// places, and names of instances, which nothing computes again: this covers them too.
pub(super) fn compute(plan: &Plan) -> String {
    // Taken apart field by field, so that a new field does not compile without its place here. The
    // format is compared by itself.
    let Plan {
        format: _,
        digest,
        checksum: _,
        project,
        lineage,
        serial,
        targets,
        program,
        summary,
        steps,
        fleets,
        limits,
        notes,
        changes,
        keys_not_looked_at,
        state_overwritten_at,
        instance_names,
    } = plan;
    let head = (digest, project, lineage, serial, targets, program);
    let body = (summary, steps, fleets, limits, notes, changes, instance_names);
    let mut hash = BufWriter::new(Hashing(Sha256::new()));
    serde_json::to_writer(&mut hash, &(head, body)).expect("texts and numbers can be written");
    // Older versions did not know it: a plan without it keeps its checksum.
    if !keys_not_looked_at.is_empty() {
        let written = serde_json::to_writer(&mut hash, keys_not_looked_at);
        written.expect("texts can be written");
    }
    if let Some(host) = state_overwritten_at {
        serde_json::to_writer(&mut hash, host).expect("a text can be written");
    }
    let Hashing(hash) =
        hash.into_inner().map_err(|error| error.into_error()).expect("it takes all");
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hashes what is written, so that a large plan is not in memory as text.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

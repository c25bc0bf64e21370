//! The areas of the log, by the names that `--log` knows.
//!
//! Events go to `tracing` under these targets and no others, so that a dependency which logs is never
//! heard. They tell names, numbers and codes: never a message of another program, an argument, an
//! environment or a body, in which a secret could be (L4).

/// Calls of the service.
pub const CALL: &str = "keyform::call";
/// Plans, and the steps of a run.
pub const RUN: &str = "keyform::run";
/// Records of a run that become durable.
pub const RECORD: &str = "keyform::record";
/// Private keys that are made, kept and put aside.
pub const VAULT: &str = "keyform::vault";
/// Programs that are started.
pub const PROGRAM: &str = "keyform::program";

/// All of them, by their names.
pub const AREAS: [(&str, &str); 5] =
    [("call", CALL), ("run", RUN), ("record", RECORD), ("vault", VAULT), ("program", PROGRAM)];

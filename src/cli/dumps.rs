//! Private keys are in memory while keyform makes and keeps them, and an image of the memory of a
//! program that failed would hold them (L4). So none is ever written.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// From now on the system writes no image of this program's memory. The limit goes on to the
/// programs that it starts: ssh reads private keys too.
pub(super) fn forbid() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    forbid_reading()
}

/// A limit says nothing to a system that passes images on to a program, as many do. What is not
/// dumpable is not passed on either, and other processes of the user cannot read its memory.
#[cfg(target_os = "linux")]
fn forbid_reading() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(not(target_os = "linux"))]
fn forbid_reading() -> io::Result<()> {
    Ok(())
}

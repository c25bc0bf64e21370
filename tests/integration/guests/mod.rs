//! Instances with real guests: an sshd of OpenSSH each, on a loopback address of its own, which
//! accepts what the guest of the embedded cloud accepts. Real ssh clients show that it is so.
//!
//! They need a user of this machine with a password, and so they need root; without it each test
//! says that it was not run, and `tests/run` counts those.

mod fleet;
mod log_on;
mod project;
mod rehearsal;
mod rotation;
mod sshd;
mod story;
mod users;

use std::io::Write as _;

/// Runs a test that makes users of this machine, or says that it was not run.
fn as_root<T: FnOnce()>(test: T) {
    if rustix::process::geteuid().is_root() {
        return test();
    }
    let name = std::any::type_name::<T>().trim_end_matches("::{{closure}}");
    let name = name.trim_start_matches("integration::");
    // Not by a macro, whose output is only shown when the test fails; and in one piece, since
    // other tests write too.
    let line = format!("\nnot run without root: {name}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("there is a standard error");
}

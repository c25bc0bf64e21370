//! The program on a terminal, until Ctrl-C.

#![cfg(target_os = "linux")]

use std::{
    io::{Read, Write},
    process::Stdio,
};

use crate::support::{PROGRAM, Project};

/// Runs the program on a terminal, presses Ctrl-C once what it has shown is enough, and answers its
/// exit code and all that it has shown.
///
/// `script` gives it the terminal, on which control and C are a signal. What the shell of `script`
/// begins the program with ends with `exec`: a shell that stays takes the signal too, and not every
/// shell goes by itself.
pub(super) fn at_terminal(
    project: &Project,
    begin: &str,
    arguments: &str,
    is_enough: &dyn Fn(&str) -> bool,
) -> (Option<i32>, String) {
    let program = format!("{begin} env --default-signal '{PROGRAM}' {arguments}");
    let mut script = project
        .other("script")
        .args(["--quiet", "--return", "--command", &program, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script");
    let mut stdout = script.stdout.take().expect("it is piped");
    let mut shown = Vec::new();
    let mut byte = [0];
    while !is_enough(&String::from_utf8_lossy(&shown)) {
        let length = stdout.read(&mut byte).expect("it shows something");
        assert_ne!(length, 0, "it ended: {}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
    script.stdin.as_mut().expect("it is piped").write_all(b"\x03").expect("a key press");
    stdout.read_to_end(&mut shown).expect("it shows the rest");
    let code = script.wait().expect("it ends").code();
    project.collect(&format!("keyform {arguments} on a terminal"), &shown);
    (code, String::from_utf8_lossy(&shown).into_owned())
}

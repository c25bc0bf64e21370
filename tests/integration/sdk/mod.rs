//! The vendor's own SDKs, unmodified and pinned: they drive the server of the embedded cloud, and tell
//! what a request and an answer of the service look like. keyform is not the only witness of its own
//! wire format then.

mod answers;
mod drive;
mod errors;
mod fields;
mod requests;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where the SDKs are installed.
fn installed() -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/sdk");
    assert!(
        directory.join("installed").exists(),
        "the SDKs are not in {}: run tests/sdk/install, as tests/run does",
        directory.display()
    );
    directory
}

/// Runs a script of tests/sdk, which must succeed; answers what it prints.
#[track_caller]
fn script(name: &str, arguments: &[&str], stdin: &str) -> String {
    let directory = installed();
    let interpreter = match name.rsplit_once('.') {
        Some((_, "py")) => directory.join("venv/bin/python"),
        _ => PathBuf::from("node"),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(name);
    let mut command = Command::new(interpreter);
    command.arg(path).args(arguments).env("NODE_PATH", directory.join("node_modules"));
    // They honour a proxy for loopback too.
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(proxy).env_remove(proxy.to_lowercase());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the interpreter is installed");
    let mut pipe = child.stdin.take().expect("it is piped");
    std::io::Write::write_all(&mut pipe, stdin.as_bytes()).expect("it reads");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

use std::io;

use super::*;
use crate::{
    driver::LogOnCode,
    model::{AddressKind, schedule::Span},
};

/// What ssh said in real log-ons.
const TRANSCRIPTS: &str = include_str!("transcripts.txt");

struct Transcript {
    code: i32,
    output: String,
}

fn transcript(name: &str) -> Transcript {
    let begins = format!("== {name} ");
    let mut lines = TRANSCRIPTS.lines().skip_while(|line| !line.starts_with(&begins));
    let code = lines.next().and_then(|line| line.rsplit(' ').next()).expect("a transcript");
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("== ")).collect();
    Transcript { code: code.parse().expect("a code"), output: lines.join("\n") }
}

fn fingerprint(key: &str) -> &'static str {
    let begins = format!("{key} SHA256:");
    let line = TRANSCRIPTS.lines().find(|line| line.starts_with(&begins)).expect("a fingerprint");
    &line[key.len() + 1..]
}

fn proof() -> SshProof {
    SshProof {
        user: "kfgen".to_owned(),
        address: AddressKind::Private,
        port: None,
        jump: None,
        known_hosts: None,
        timeout: Span::seconds(30),
        pass_environment: Vec::new(),
    }
}

/// Judges a log-on with a key that must be accepted and perhaps one that must be refused.
fn judge_with(
    proof: &SshProof,
    end: End,
    output: &str,
    has_unwanted: bool,
) -> Result<(), LogOnProblem> {
    let (new, old) = (CloudName::new("web-g2"), CloudName::new("web"));
    let unwanted = has_unwanted.then(|| Key { name: &old, sha256: fingerprint("old") });
    let wanted = Key { name: &new, sha256: fingerprint("new") };
    let expected = Expected { proof, host: "10.0.0.7", wanted, unwanted };
    expected.judge(&Ended { end, output: output.to_owned() })
}

fn judge(name: &str) -> Result<(), LogOnProblem> {
    let Transcript { code, output } = transcript(name);
    judge_with(&proof(), End::Code(code), &output, true)
}

/// Judges each transcript, which has to show another problem than a proof; the sentences are kept
/// in a snapshot.
fn problems(snapshot: &str, table: &[(&str, LogOnCode)]) {
    let mut told = String::new();
    for (name, code) in table {
        let problem = judge(name).expect_err(name);
        assert_eq!(problem.code(), *code, "{name}");
        told.push_str(&format!("{name}: {problem}\n"));
    }
    insta::assert_snapshot!(snapshot, told);
}

#[test]
fn a_log_on_that_shows_all_is_a_proof() {
    for name in ["accepted", "jump", "jump-quiet", "public-beside"] {
        assert_eq!(judge(name), Ok(()), "{name}");
    }
}

#[test]
fn each_way_to_fail_is_told_apart() {
    problems(
        "ways_to_fail",
        &[
            ("passwords", LogOnCode::AcceptsPasswords),
            ("keyboard", LogOnCode::AcceptsPasswords),
            ("partial", LogOnCode::AsksForMore),
            ("still-old", LogOnCode::AcceptsOldKey),
            ("denied", LogOnCode::KeyRefused),
            ("denied-with-passwords", LogOnCode::KeyRefused),
            ("jump-denied", LogOnCode::KeyRefused),
            ("open-file", LogOnCode::KeyRefused),
            ("none", LogOnCode::NoKeyNeeded),
            ("certificate", LogOnCode::AcceptsCertificate),
            ("command", LogOnCode::CommandFailed),
            ("nologin", LogOnCode::CommandFailed),
        ],
    );
}

#[test]
fn each_way_not_to_be_reached_is_told_apart() {
    problems(
        "ways_not_to_be_reached",
        &[
            ("nobody-listens", LogOnCode::ConnectionRefused),
            ("no-name", LogOnCode::NameUnknown),
            ("no-route", LogOnCode::NoAnswer),
            ("silent", LogOnCode::NoAnswer),
            ("jump-down", LogOnCode::ConnectionRefused),
            ("target-down", LogOnCode::ConnectionRefused),
            ("jump-unknown", LogOnCode::JumpHostKey),
        ],
    );
}

#[test]
fn a_key_that_the_configuration_of_ssh_adds_does_not_count() {
    let problem = judge("other-key").expect_err("ours was refused");
    assert_eq!(problem.code(), LogOnCode::AcceptsOtherKey);
    insta::assert_snapshot!("another_key", problem);
    // Nor does the right key of a jump host, when the host itself accepts another.
    let jump = transcript("other-key").output.replace(fingerprint("old"), "SHA256:x");
    let mixed = format!("{}\n{jump}", transcript("accepted").output);
    let problem = judge_with(&proof(), End::Code(0), &mixed, false).expect_err("ours was refused");
    assert_eq!(problem.code(), LogOnCode::AcceptsOtherKey);
}

#[test]
fn what_was_not_seen_was_not_shown() {
    let Transcript { output, .. } = transcript("accepted");
    let without = |words: &str| {
        let lines: Vec<&str> = output.lines().filter(|line| !line.contains(words)).collect();
        judge_with(&proof(), End::Code(0), &lines.join("\n"), true)
    };
    let table = [
        ("can continue", LogOnProblem::PasswordsNotShown),
        (fingerprint("old"), LogOnProblem::OldKeyNotTried(CloudName::new("web"))),
        ("Authenticating to", LogOnProblem::Unreachable("ssh said nothing".to_owned())),
    ];
    for (words, problem) in table {
        assert_eq!(without(words), Err(problem));
    }
    assert!(without("Authenticated to").is_err());
    assert!(without("sign_and_send").is_err());
    assert!(judge_with(&proof(), End::Code(0), "", true).is_err());
    let broken = judge_with(&proof(), End::Signal(9), &output, true);
    let key = CloudName::new("web-g2");
    assert_eq!(broken, Err(LogOnProblem::ConnectionBroke { key, said: None }));
}

#[test]
fn the_sentences_about_host_keys_say_where_to_put_them() {
    let with_file = SshProof { known_hosts: Some("hosts".to_owned()), ..proof() };
    let problem = |proof: &SshProof, name: &str| {
        let Transcript { code, output } = transcript(name);
        judge_with(proof, End::Code(code), &output, true).expect_err("it is not known")
    };
    for name in ["unknown-strict", "unknown-batch"] {
        let host = "10.0.0.7".to_owned();
        let known_hosts = "hosts".to_owned();
        let in_file = LogOnProblem::HostKeyUnknown { host: host.clone(), known_hosts };
        assert_eq!(problem(&with_file, name), in_file);
        assert_eq!(problem(&proof(), name), LogOnProblem::HostKeyUnknownToSsh(host));
    }
    assert_eq!(problem(&proof(), "changed").code(), LogOnCode::HostKeyChanged);
    let told = [
        problem(&with_file, "unknown-strict"),
        problem(&proof(), "unknown-strict"),
        problem(&proof(), "changed"),
    ];
    insta::assert_snapshot!("host_keys", told.map(|problem| problem.to_string()).join("\n"));
}

#[test]
fn a_client_that_is_missing_or_does_not_end_is_told() {
    let missing = io::Error::from(io::ErrorKind::NotFound);
    let none = judge_with(&proof(), End::NotStarted(missing), "", true);
    assert_eq!(none, Err(LogOnProblem::NoSsh));
    let said = "debug1: Connecting to 10.0.0.7 [10.0.0.7] port 22.\n";
    for jumps in [false, true] {
        let jump = jumps.then(|| "bastion".to_owned());
        let late = judge_with(&SshProof { jump, ..proof() }, End::TookTooLong, said, true);
        let timeout = Span::seconds(30);
        assert_eq!(late, Err(LogOnProblem::TooLong { timeout, said: None, jumps }));
    }
}

#[test]
fn prints_of_older_versions_are_read() {
    let output = transcript("accepted").output;
    let older = output.replace("using publickey-hostbound-v00@openssh.com with ", "");
    assert_ne!(older, output);
    assert_eq!(judge_with(&proof(), End::Code(0), &older, true), Ok(()));
}

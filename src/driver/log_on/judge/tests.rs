use std::io;

use super::*;
use crate::model::{AddressKind, schedule::Span};

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

fn print(key: &str) -> &'static str {
    let begins = format!("{key} SHA256:");
    let line = TRANSCRIPTS.lines().find(|line| line.starts_with(&begins)).expect("a print");
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
    }
}

/// Judges a log-on with a key that must be accepted and perhaps one that must be refused.
fn judge_with(proof: &SshProof, end: End, output: &str, has_unwanted: bool) -> Result<(), String> {
    let (new, old) = (CloudName::new("web-g2"), CloudName::new("web"));
    let unwanted = has_unwanted.then(|| Key { name: &old, sha256: print("old") });
    let wanted = Key { name: &new, sha256: print("new") };
    let expected = Expected { proof, host: "10.0.0.7", wanted, unwanted };
    expected.judge(&Ended { end, output: output.to_owned() })
}

fn judge(name: &str) -> Result<(), String> {
    let Transcript { code, output } = transcript(name);
    judge_with(&proof(), End::Code(code), &output, true)
}

#[test]
fn a_log_on_that_shows_all_is_a_proof() {
    for name in ["accepted", "jump", "jump-quiet", "public-beside"] {
        assert_eq!(judge(name), Ok(()), "{name}");
    }
}

#[test]
fn each_way_to_fail_is_told_apart() {
    let table = [
        ("passwords", "it still accepts passwords (publickey,password)"),
        ("keyboard", "it still accepts passwords (publickey,keyboard-interactive)"),
        (
            "partial",
            "it asks for more than a key, so that no log-on shows whether it accepts the private \
             key of web-g2",
        ),
        ("still-old", "it still accepts the private key of web (the generation before)"),
        (
            "denied",
            "it refuses the private key of web-g2 for the user kfgen: kfgen@127.0.9.1: Permission \
             denied (publickey).",
        ),
        (
            "denied-with-passwords",
            "it refuses the private key of web-g2 for the user kfgen and accepts passwords: \
             kfgen@127.0.9.2: Permission denied (publickey,password).",
        ),
        (
            "jump-denied",
            "it refuses the private key of web-g2 for the user kfgen: kfgen@127.0.9.1: Permission \
             denied (publickey).",
        ),
        (
            "open-file",
            "it was not asked whether it accepts the private key of web-g2 for the user kfgen: \
             kfgen@127.0.9.1: Permission denied (publickey).",
        ),
        ("none", "it lets in whoever asks, without a key"),
        (
            "certificate",
            "it accepts a certificate for the key of web-g2, which does not show that it accepts \
             the key itself",
        ),
        (
            "command",
            "it accepts the private key of web-g2, but runs no command for kfgen: `true` ended \
             with 1",
        ),
        (
            "nologin",
            "it accepts the private key of web-g2, but runs no command for kfgen: `true` ended \
             with 1: This account is currently not available.",
        ),
    ];
    for (name, message) in table {
        assert_eq!(judge(name), Err(message.to_owned()), "{name}");
    }
}

#[test]
fn each_way_not_to_be_reached_is_told_apart() {
    let table = [
        (
            "nobody-listens",
            "the connection was refused: ssh: connect to host 127.0.9.1 port 2298: Connection \
             refused",
        ),
        (
            "no-name",
            "its name or one on the way to it is not known: ssh: Could not resolve hostname \
             nosuch.invalid: Name or service not known",
        ),
        ("no-route", "it did not answer: Connection to 10.255.255.1 port 2299 timed out"),
        ("silent", "it did not answer: Connection to 127.0.9.9 port 2297 timed out"),
        (
            "jump-down",
            "the connection was refused: ssh: connect to host 127.0.9.8 port 2299: Connection \
             refused",
        ),
        (
            "target-down",
            "the connection was refused: channel 0: open failed: connect failed: Connection \
             refused",
        ),
        (
            "jump-unknown",
            "the host key of a host on the way to it is not the one that ssh knows; log on to that \
             once with ssh, or put its host key into the known hosts of ssh",
        ),
    ];
    for (name, message) in table {
        assert_eq!(judge(name), Err(message.to_owned()), "{name}");
    }
}

#[test]
fn a_key_that_the_configuration_of_ssh_adds_does_not_count() {
    let message = judge("other-key").expect_err("ours was refused");
    let begins = "it refuses the private key of web-g2; it accepts another, which the \
                  configuration of ssh adds (SHA256:";
    assert!(message.starts_with(begins), "{message}");
    // Nor does the right key of a jump host, when the host itself accepts another.
    let jump = transcript("other-key").output.replace(print("old"), "SHA256:x");
    let mixed = format!("{}\n{jump}", transcript("accepted").output);
    let message = judge_with(&proof(), End::Code(0), &mixed, false).expect_err("ours was refused");
    assert!(message.starts_with(begins), "{message}");
}

#[test]
fn what_was_not_seen_was_not_shown() {
    let Transcript { output, .. } = transcript("accepted");
    let without = |words: &str| {
        let lines: Vec<&str> = output.lines().filter(|line| !line.contains(words)).collect();
        judge_with(&proof(), End::Code(0), &lines.join("\n"), true)
    };
    let table = [
        ("can continue", "ssh did not show whether it accepts passwords"),
        (print("old"), "ssh did not show whether it refuses the private key of web"),
        ("Authenticating to", "it could not be reached: ssh said nothing"),
    ];
    for (words, message) in table {
        assert_eq!(without(words), Err(message.to_owned()));
    }
    assert!(without("Authenticated to").is_err());
    assert!(without("sign_and_send").is_err());
    assert!(judge_with(&proof(), End::Code(0), "", true).is_err());
    let broken = judge_with(&proof(), End::Signal(9), &output, true);
    let message = "it accepts the private key of web-g2, but the connection broke";
    assert_eq!(broken, Err(message.to_owned()));
}

#[test]
fn the_sentences_about_host_keys_say_where_to_put_them() {
    let with_file = SshProof { known_hosts: Some("hosts".to_owned()), ..proof() };
    let message = |proof: &SshProof, name: &str| {
        let Transcript { code, output } = transcript(name);
        judge_with(proof, End::Code(code), &output, true).expect_err("it is not known")
    };
    for name in ["unknown-strict", "unknown-batch"] {
        let told = "its host key is not known; add a line for 10.0.0.7 to hosts";
        assert_eq!(message(&with_file, name), told);
        assert_eq!(
            message(&proof(), name),
            "its host key is not known; name a file that has it as `knownHosts` of the proof, or \
             let ssh add those of new hosts: `StrictHostKeyChecking accept-new` for 10.0.0.7 in \
             its configuration"
        );
    }
    assert_eq!(
        message(&proof(), "changed"),
        "its host key is not the one that is known for 10.0.0.7: it is another machine, or was \
         made anew; then put its new host key in the place of the old one"
    );
}

#[test]
fn a_client_that_is_missing_or_does_not_end_is_told() {
    let missing = io::Error::from(io::ErrorKind::NotFound);
    let message = judge_with(&proof(), End::NotStarted(missing), "", true).expect_err("no ssh");
    assert!(message.starts_with("ssh is not installed here; install"), "{message}");
    let said = "debug1: Connecting to 10.0.0.7 [10.0.0.7] port 22.\n";
    let late = judge_with(&proof(), End::TookTooLong, said, true);
    assert_eq!(late, Err("the log-on took longer than 30s and was ended".to_owned()));
    let through = SshProof { jump: Some("bastion".to_owned()), ..proof() };
    let late = judge_with(&through, End::TookTooLong, said, true).expect_err("it took too long");
    assert!(late.ends_with("; the jump host has to let ssh in without a question"), "{late}");
}

#[test]
fn prints_of_older_versions_are_read() {
    let output = transcript("accepted").output;
    let older = output.replace("using publickey-hostbound-v00@openssh.com with ", "");
    assert_ne!(older, output);
    assert_eq!(judge_with(&proof(), End::Code(0), &older, true), Ok(()));
}

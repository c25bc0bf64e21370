//! The hooks and the proof of a binding, in full: whoever approves a plan approves what they run.

use std::fmt::Write as _;

use crate::{
    model::{AddressKind, Program, Proof, SshProof},
    plan::Fleet,
    visible,
};

pub(super) fn write(out: &mut String, fleet: &Fleet, restarts: bool, proves: bool) {
    let mut row = |title: &str, text: String| {
        let _ = writeln!(out, "      {title:<8}  {}", visible::line(&text));
    };
    for (title, hook) in [("before", &fleet.restart.before), ("after", &fleet.restart.after)] {
        if let Some(program) = hook.as_ref().filter(|_| restarts) {
            row(title, format!("each restart runs {}", program_text(program)));
        }
    }
    match fleet.proof.as_ref().filter(|_| proves) {
        Some(Proof::Command(program)) => row("proof", program_text(program)),
        Some(Proof::Ssh(proof)) => row("proof", ssh_text(proof)),
        None => {}
    }
}

/// A program as a shell would read it, which none does.
fn program_text(program: &Program) -> String {
    let words: Vec<_> = program.command.iter().map(|word| quoted(word)).collect();
    let variables =
        program.environment.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    let all: Vec<_> = variables.chain(words).collect();
    format!("`{}`, {} at most", all.join(" "), program.timeout)
}

/// A word in quotes if a reader could take it for more than one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", visible::line(&word.replace('\\', "\\\\")).replace('\'', "'\\''"))
}

fn ssh_text(proof: &SshProof) -> String {
    let address = match proof.address {
        AddressKind::Private => "its private address",
        AddressKind::Public => "its public address",
        AddressKind::Name => "its name",
    };
    let port = proof.port.map(|port| format!(", port {port}")).unwrap_or_default();
    let jump = proof.jump.as_ref().map(|jump| format!(", by way of {jump}")).unwrap_or_default();
    format!("ssh as {} to {address}{port}{jump}, {} at most", proof.user, proof.timeout)
}

//! What ssh says of a log-on, read line by line.

/// All that ssh said, and whatever else was said on the way.
pub(super) struct Said<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Said<'a> {
    pub(super) fn read(output: &'a str) -> Self {
        Self { lines: output.lines().map(str::trim_end).collect() }
    }

    /// Whether ssh said this, in a line that is not for developers.
    pub(super) fn has(&self, words: &str) -> bool {
        self.for_people().any(|line| line.contains(words))
    }

    /// The last thing that ssh said of what went wrong. That the way to the host broke down is
    /// what comes after the reason for it.
    pub(super) fn error(&self) -> Option<&'a str> {
        let lines: Vec<&str> = self.for_people().filter(|line| !is_told_of_any(line)).collect();
        lines.iter().rfind(|line| !follows_an_error(line)).or(lines.last()).copied()
    }

    /// The talk with the host itself: what jump hosts said was before it.
    pub(super) fn session(&self) -> Option<Session<'a>> {
        let begins = "debug1: Authenticating to ";
        let begin = self.lines.iter().rposition(|line| line.starts_with(begins))?;
        let lines = &self.lines[begin..];
        let let_in = lines.iter().position(|line| line.starts_with("Authenticated to "));
        let end = let_in.unwrap_or(lines.len());
        Some(Session { lines: lines[..end].to_vec(), let_in: let_in.map(|at| lines[at]) })
    }

    fn for_people(&self) -> impl Iterator<Item = &'a str> {
        let is_for_developers = |line: &str| {
            let after = line.strip_prefix("debug").and_then(|rest| rest.get(1..));
            after.is_some_and(|rest| rest.starts_with(": "))
        };
        let lines = self.lines.clone().into_iter();
        lines.filter(move |line| !line.is_empty() && !is_for_developers(line))
    }
}

/// Whether ssh says such a thing of connections that come to a good end, at the level of its log
/// that we ask for.
fn is_told_of_any(line: &str) -> bool {
    [
        "  #",
        "Authenticated ",
        "Bytes per second: ",
        "Killed by signal ",
        "OpenSSH_",
        "Transferred: ",
    ]
    .iter()
    .any(|beginning| line.starts_with(beginning))
}

fn follows_an_error(line: &str) -> bool {
    ["Connection closed by UNKNOWN ", "kex_exchange_identification: ", "stdio forwarding failed"]
        .iter()
        .any(|beginning| line.starts_with(beginning))
}

/// What was said with the host itself, until it let us in.
pub(super) struct Session<'a> {
    lines: Vec<&'a str>,
    let_in: Option<&'a str>,
}

/// A key that the host was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tried<'a> {
    /// Such as `RSA`, and `RSA-CERT` of a certificate.
    pub(super) kind: &'a str,
    /// The print of the key, also of that in a certificate.
    pub(super) sha256: &'a str,
}

impl Tried<'_> {
    pub(super) fn is_certificate(&self) -> bool {
        self.kind.ends_with("-CERT")
    }
}

/// The methods by which the host lets people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Methods<'a> {
    pub(super) text: &'a str,
}

impl Methods<'_> {
    pub(super) fn takes_passwords(&self) -> bool {
        self.text.split(',').any(|method| matches!(method, "password" | "keyboard-interactive"))
    }
}

impl<'a> Session<'a> {
    /// Whether the host let us in.
    pub(super) fn is_let_in(&self) -> bool {
        self.let_in.is_some()
    }

    /// Whether a key was accepted and is not enough.
    pub(super) fn wants_more(&self) -> bool {
        self.lines.iter().any(|line| line.contains("with partial success"))
    }

    /// The methods that the host names before anything was tried.
    pub(super) fn methods(&self) -> Option<Methods<'a>> {
        let methods =
            |line: &&'a str| line.strip_prefix("debug1: Authentications that can continue: ");
        self.lines.iter().find_map(methods).map(|text| Methods { text })
    }

    /// The key by which the host let us in, if it was a key: the last one that signed.
    pub(super) fn accepted(&self) -> Option<Tried<'a>> {
        self.let_in.filter(|line| line.contains("using \"publickey\""))?;
        self.lines.iter().rev().find_map(|line| signed(line))
    }

    /// Whether the host was asked about a key.
    pub(super) fn has_tried(&self, sha256: &str) -> bool {
        let tried = self.lines.iter().filter_map(|line| signed(line).or_else(|| offered(line)));
        tried.into_iter().any(|tried| tried.sha256 == sha256)
    }
}

/// The key that signs: `debug3: sign_and_send_pubkey: using publickey with RSA SHA256:…`, and of
/// older versions without `using publickey with`.
fn signed(line: &str) -> Option<Tried<'_>> {
    let rest = line.strip_prefix("debug3: sign_and_send_pubkey: ")?;
    let is_of_the_signature = rest.starts_with("signing using ");
    if is_of_the_signature { None } else { key_in(rest) }
}

/// The key that is offered before it signs: `debug1: Offering public key: /a/path RSA SHA256:…`,
/// when its public half lies beside it.
fn offered(line: &str) -> Option<Tried<'_>> {
    key_in(line.strip_prefix("debug1: Offering public key: ")?)
}

fn key_in(text: &str) -> Option<Tried<'_>> {
    let (before, after) = text.rsplit_once(" SHA256:").or(text.rsplit_once("SHA256:"))?;
    let kind = before.rsplit(' ').next()?;
    let start = text.len() - after.len() - "SHA256:".len();
    let sha256 = text[start..].split(' ').next()?;
    Some(Tried { kind, sha256 })
}

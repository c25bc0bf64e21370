use std::{collections::BTreeMap, process::Command};

use super::*;
use crate::model::{AddressKind, schedule::Span};

fn proof() -> SshProof {
    SshProof {
        user: "root".to_owned(),
        address: AddressKind::Private,
        port: None,
        jump: None,
        known_hosts: None,
        timeout: Span::seconds(30),
        pass_environment: Vec::new(),
    }
}

fn arguments(proof: &SshProof, host: &str) -> Result<Vec<String>, String> {
    let identities = vec![Path::new("/k/web.pem"), Path::new("/k/web-g2.pem")];
    Route { proof, host, identities, agent: None, known_hosts: None }.arguments()
}

#[test]
fn what_the_proof_says_goes_where_ssh_looks_for_it() {
    let short = arguments(&proof(), "10.0.0.7").expect("arguments");
    assert_eq!(short[short.len() - 5..], ["-l", "root", "--", "10.0.0.7", "true"]);
    let proof = SshProof {
        port: Some(2222),
        jump: Some("ann@bastion:22,[fe80::1%eth0]".to_owned()),
        ..proof()
    };
    let long = arguments(&proof, "fe80::2%eth0").expect("arguments");
    let end = ["-l", "root", "-p", "2222", "-J", "ann@bastion:22,[fe80::1%eth0]", "--"];
    assert_eq!(long[long.len() - 9..long.len() - 2], end);
    let identities = long.iter().filter(|option| option.starts_with("IdentityFile"));
    let order = ["IdentityFile=\"/k/web.pem\"", "IdentityFile=\"/k/web-g2.pem\""];
    assert_eq!(identities.collect::<Vec<_>>(), order);
}

#[test]
fn no_agent_is_asked_but_that_which_has_the_keys() {
    let agents = |agent: Option<&str>| -> Vec<String> {
        let agent = agent.map(Path::new);
        let identities = vec![Path::new("/k/0.pub")];
        let route = Route { proof: &proof(), host: "h", identities, agent, known_hosts: None };
        let arguments = route.arguments().expect("arguments");
        arguments.into_iter().filter(|option| option.starts_with("IdentityAgent=")).collect()
    };
    assert_eq!(agents(None), ["IdentityAgent=none"]);
    assert_eq!(agents(Some("/t/50% of/agent")), ["IdentityAgent=\"/t/50%% of/agent\""]);
}

#[test]
fn what_ssh_or_a_shell_could_take_for_something_else_is_refused() {
    let hosts = [
        ("", "its address is empty, so that ssh cannot log on"),
        (
            "-oProxyCommand=id",
            "its address `-oProxyCommand=id` has characters that ssh is not given",
        ),
        ("a b", "its address `a b` has characters that ssh is not given"),
        ("$(id)", "its address `$(id)` has characters that ssh is not given"),
        ("a\u{1b}[1m", "its address `a\\u{1b}[1m` has characters that ssh is not given"),
        ("ann@host", "its address `ann@host` has characters that ssh is not given"),
        ("h\u{f6}st", "its address `höst` has characters that ssh is not given"),
    ];
    for (host, message) in hosts {
        assert_eq!(arguments(&proof(), host), Err(message.to_owned()));
    }
    for jump in ["", "-x", "a;id", "a`id`", "a\nb"] {
        let proof = SshProof { jump: Some(jump.to_owned()), ..proof() };
        assert!(arguments(&proof, "h").is_err(), "{jump:?}");
    }
    for user in ["", "-x", "a b", "$(id)"] {
        let proof = SshProof { user: user.to_owned(), ..proof() };
        assert!(arguments(&proof, "h").is_err(), "{user:?}");
    }
    for path in ["/a\"b", "/a\\b", "/${HOME}", "/a\nb"] {
        assert!(quoted(Path::new(path)).is_err(), "{path:?}");
    }
}

/// A configuration with everything that could fake a proof, or keep it from being made.
const HOSTILE: &str = "
BatchMode no
ClearAllForwardings no
ConnectTimeout 1000
ConnectionAttempts 9
ControlMaster auto
ControlPath /tmp/%C
ControlPersist yes
FingerprintHash md5
ForwardAgent yes
ForwardX11 yes
IdentitiesOnly no
IdentityAgent /tmp/agent
IdentityFile /other/id_rsa
KbdInteractiveAuthentication yes
LocalForward 9999 localhost:22
LogLevel QUIET
PasswordAuthentication yes
PermitLocalCommand yes
PreferredAuthentications password,hostbased
PubkeyAcceptedKeyTypes ssh-ed25519
PubkeyAuthentication no
RemoteCommand reboot
RequestTTY force
StrictHostKeyChecking no
Tunnel yes
UpdateHostKeys yes
User nobody
UserKnownHostsFile /other/known_hosts
VerifyHostKeyDNS yes
";

/// What ssh makes of its arguments with a configuration: `ssh -G` connects to nobody.
fn effective(config: &str, arguments: &[String]) -> BTreeMap<String, Vec<String>> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("config");
    #[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
    std::fs::write(&file, config).expect("a configuration");
    let output = Command::new("ssh").arg("-G").arg("-F").arg(&file).args(arguments).output();
    let output = output.expect("ssh is installed");
    assert!(output.status.success(), "{output:?}");
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        values.entry(name.to_owned()).or_default().push(value.to_owned());
    }
    values
}

#[test]
fn no_configuration_changes_what_is_shown() {
    let proof = proof();
    let keys = ["/k 1/50%/web.pem", "/k 1/50%/web-g2.pem"].map(Path::new);
    let known_hosts = Some(Path::new("/p/known hosts"));
    let route = Route {
        proof: &proof,
        host: "10.0.0.7",
        identities: keys.to_vec(),
        agent: None,
        known_hosts,
    };
    let effective = effective(HOSTILE, &route.arguments().expect("arguments"));
    let expected = [
        ("batchmode", "yes"),
        ("clearallforwardings", "yes"),
        ("connecttimeout", "24"),
        ("connectionattempts", "1"),
        ("controlmaster", "false"),
        ("controlpersist", "no"),
        ("fingerprinthash", "SHA256"),
        ("forwardagent", "no"),
        ("forwardx11", "no"),
        ("globalknownhostsfile", "/dev/null"),
        ("identitiesonly", "yes"),
        ("identityagent", "none"),
        ("kbdinteractiveauthentication", "no"),
        ("loglevel", "DEBUG3"),
        ("numberofpasswordprompts", "0"),
        ("passwordauthentication", "no"),
        ("permitlocalcommand", "no"),
        ("preferredauthentications", "publickey"),
        ("pubkeyacceptedalgorithms", "rsa-sha2-512,rsa-sha2-256"),
        ("pubkeyauthentication", "true"),
        ("requesttty", "false"),
        ("stricthostkeychecking", "true"),
        ("tunnel", "false"),
        ("updatehostkeys", "false"),
        ("user", "root"),
        ("userknownhostsfile", "/p/known hosts"),
        ("verifyhostkeydns", "false"),
    ];
    for (name, value) in expected {
        assert_eq!(effective.get(name), Some(&vec![value.to_owned()]), "{name}");
    }
    for name in ["controlpath", "localforward", "remotecommand", "pkcs11provider"] {
        let none = effective.get(name).is_none_or(|values| *values == ["none"]);
        assert!(none, "{name}: {effective:#?}");
    }
    // Ours come first; what is added may be tried, and does not count.
    let files = ["/k 1/50%%/web.pem", "/k 1/50%%/web-g2.pem", "/other/id_rsa"];
    assert_eq!(effective["identityfile"], files);
}

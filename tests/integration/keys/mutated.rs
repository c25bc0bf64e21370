use super::*;

/// What is done to one byte.
const CHANGES: [fn(u8) -> u8; 5] =
    [|byte| byte ^ 1, |byte| byte ^ 0x20, |byte| byte ^ 0x80, |_| 0, |_| b'\n'];

/// One text of each form.
fn forms() -> Vec<String> {
    let project = Project::empty();
    let rsa = make(&project, "rsa", "rsa", "1024");
    let ecdsa = make(&project, "ecdsa", "ecdsa", "256");
    make(&project, "authority", "ed25519", "256");
    output(&project, "ssh-keygen", &["-q", "-s", "authority", "-I", "id", "-n", "a", "ecdsa.pub"]);
    let export = |file, format| output(&project, "ssh-keygen", &["-e", "-m", format, "-f", file]);
    vec![
        certificate_v00(&rsa, 1),
        export("rsa.pub", "PKCS8"),
        export("rsa.pub", "PEM"),
        export("ecdsa.pub", "PKCS8"),
        export("ecdsa.pub", "RFC4716"),
        project.read("ecdsa-cert.pub"),
        rsa,
        ecdsa,
        DSA.to_owned(),
    ]
}

/// Whatever is accepted is one line that means the same again.
#[track_caller]
fn assert_stable(bytes: &[u8]) {
    let Ok(given) = GivenKey::parse(bytes) else { return };
    let line = given.line();
    assert!(!line.contains(['\n', '\r', '\0']), "{line:?}");
    let again = parsed(&line);
    assert_eq!((again.line(), again.public_key()), (line, given.public_key()));
}

fn each_change(bytes: &[u8], mut check: impl FnMut(&[u8])) {
    for (index, change) in (0..bytes.len()).flat_map(|index| CHANGES.map(|change| (index, change)))
    {
        let mut changed = bytes.to_vec();
        changed[index] = change(changed[index]);
        check(&changed);
    }
}

#[test]
fn no_changed_or_cut_text_panics_or_is_read_in_two_ways() {
    for text in forms() {
        let bytes = text.as_bytes();
        each_change(bytes, assert_stable);
        for length in 0..bytes.len() {
            assert_stable(&bytes[..length]);
            assert_stable(&bytes[length..]);
        }
    }
}

#[test]
fn no_changed_key_data_panics_or_is_read_in_two_ways_and_none_of_another_length_is_accepted() {
    for text in forms() {
        let openssh = parsed(&text).public_key().openssh().to_owned();
        let (name, _) = openssh.split_once(' ').expect("a type");
        let bytes = blob(&openssh);
        each_change(&bytes, |changed| assert_stable(line(name, changed).as_bytes()));
        for length in 0..bytes.len() {
            let cut = line(name, &bytes[..length]);
            assert!(GivenKey::parse(cut.as_bytes()).is_err(), "{cut}");
        }
        let longer = line(name, &[&bytes[..], b"\0"].concat());
        assert!(GivenKey::parse(longer.as_bytes()).is_err(), "{longer}");
    }
}

use keyform::keys::PublicKeyProblem;

use super::*;

/// A file of PuTTY, with its body made up.
const PUTTY: &str = "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\n\
                     AAAA\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n";

#[track_caller]
fn assert_recognised(what: &str, bytes: &[u8]) {
    assert_eq!(GivenKey::parse(bytes), Err(PublicKeyProblem::PrivateKeyGiven), "{what}");
}

/// A private key in every form that `ssh-keygen` and `openssl` write.
fn files(project: &Project) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (kind, bits) in [("rsa", "2048"), ("ecdsa", "256"), ("ed25519", "256")] {
        make(project, kind, kind, bits);
        files.push((format!("{kind} in OpenSSH"), project.read(kind)));
    }
    for (kind, format) in [("rsa", "PEM"), ("rsa", "PKCS8"), ("ecdsa", "PEM"), ("ecdsa", "PKCS8")] {
        for (passphrase, protection) in [("", "plain"), ("secret", "encrypted")] {
            let copy = format!("{kind}-{format}-{protection}");
            project.write(&copy, project.read(kind));
            output(project, "chmod", &["600", &copy]);
            let convert = ["-q", "-p", "-P", "", "-N", passphrase, "-m", format, "-f", &copy];
            output(project, "ssh-keygen", &convert);
            files.push((copy.clone(), project.read(&copy)));
        }
    }
    files
}

/// Whether the first bytes of a body say that it is private. The traditional encrypted form of
/// OpenSSL has bytes there that look random, and says so only in its boundary.
fn tells_without_boundary(text: &str) -> bool {
    !text.contains("Proc-Type:")
}

#[test]
fn a_private_key_is_recognised_with_and_without_its_boundaries() {
    let project = Project::empty();
    for (what, text) in files(&project) {
        assert_recognised(&what, text.as_bytes());
        assert_recognised(&what, format!("# my key\n\n{text}").as_bytes());
        assert_recognised(&what, format!("ssh-rsa {}", text.replace('\n', " ")).as_bytes());
        let lines: Vec<&str> = text.lines().collect();
        // The end alone, and everything but the end.
        assert_recognised(&what, lines[lines.len() - 3..].join("\n").as_bytes());
        assert_recognised(&what, lines[..lines.len() - 1].join("\n").as_bytes());
        if tells_without_boundary(&text) {
            let body = &lines[1..lines.len() - 1];
            assert_recognised(&what, body.join("\n").as_bytes());
            assert_recognised(&what, body.concat().as_bytes());
            assert_recognised(&what, format!("ssh-rsa {} me", body.concat()).as_bytes());
            assert_recognised(&what, body[0].as_bytes());
        }
    }
}

#[test]
fn a_private_key_is_recognised_in_other_encodings() {
    let project = Project::empty();
    make(&project, "key", "rsa", "2048");
    let text = project.read("key");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_recognised("UTF-16", &[b"\xff\xfe", &utf16[..]].concat());
    let body = text.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    assert_recognised("the binary form of OpenSSH", &Base64::decode_vec(&body).unwrap());
    project.write("copy", &text);
    output(&project, "chmod", &["600", "copy"]);
    output(&project, "ssh-keygen", &["-q", "-p", "-P", "", "-N", "", "-m", "PEM", "-f", "copy"]);
    for format in [&["-outform", "DER"][..], &["-traditional", "-outform", "DER"]] {
        let convert = ["pkey", "-in", "copy", "-out", "copy.der"];
        output(&project, "openssl", &[&convert, format].concat());
        assert_recognised("DER", &std::fs::read(project.path("copy.der")).unwrap());
    }
}

#[test]
fn a_private_key_of_another_program_is_recognised() {
    assert_recognised("PuTTY", PUTTY.as_bytes());
    let (_, private_part) = PUTTY.split_once("AAAA\n").unwrap();
    assert_recognised("the private part of it", private_part.as_bytes());
    assert_recognised("ssh.com", b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: x\n");
    assert_recognised("OpenPGP", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n");
    assert_recognised("protocol 1", b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0\0\0");
}

#[test]
fn no_public_key_is_taken_for_a_private_one() {
    let project = Project::empty();
    let mut texts = vec![DSA.to_owned(), DSA_PEM.to_owned(), DSA_RFC4716.to_owned()];
    for (kind, bits) in [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "521")] {
        texts.push(make(&project, &format!("{kind}{bits}"), kind, bits));
        for format in ["PKCS8", "PEM", "RFC4716"] {
            let file = format!("{kind}{bits}.pub");
            texts.push(output(&project, "ssh-keygen", &["-e", "-m", format, "-f", &file]));
        }
    }
    texts.push(format!("{} my private key, the public half", without_comment(DSA)));
    for text in texts {
        parsed(&text);
    }
}

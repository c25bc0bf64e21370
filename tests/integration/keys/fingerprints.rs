use super::*;

/// What `ssh-keygen -l` shows for a file: bits and print.
#[track_caller]
fn shown(project: &Project, file: &str, hash: &str) -> (String, String) {
    let text = output(project, "ssh-keygen", &["-l", "-E", hash, "-f", file]);
    let mut words = text.split(' ').map(str::to_owned);
    (words.next().expect("bits"), words.next().expect("a fingerprint"))
}

#[track_caller]
fn assert_shown(project: &Project, file: &str, key: &keyform::keys::PublicKey) {
    let bits = key.bits().to_string();
    let (md5, sha256) = (shown(project, file, "md5"), shown(project, file, "sha256"));
    assert_eq!((&bits, key.fingerprint().to_string()), (&md5.0, md5.1), "{file}");
    assert_eq!((bits, key.sha256()), sha256, "{file}");
}

#[test]
fn every_key_of_ssh_keygen_has_its_type_bits_prints_and_comment() {
    let project = Project::empty();
    for (kind, bits, name) in [
        ("rsa", "1024", "ssh-rsa"),
        ("rsa", "3072", "ssh-rsa"),
        ("ecdsa", "256", "ecdsa-sha2-nistp256"),
        ("ecdsa", "384", "ecdsa-sha2-nistp384"),
        ("ecdsa", "521", "ecdsa-sha2-nistp521"),
    ] {
        let file = format!("{kind}-{bits}");
        let line = make(&project, &file, kind, bits);
        let given = parsed(&line);
        assert_eq!((given.line(), given.comment()), (line.trim().to_owned(), &*file));
        assert_eq!(given.public_key().key_type().name(), name);
        assert_eq!(given.public_key().certified(), None);
        assert_shown(&project, &format!("{file}.pub"), given.public_key());
    }
}

#[test]
fn a_certificate_has_the_fingerprint_of_its_key_data_and_its_key_those_of_ssh_keygen() {
    let project = Project::empty();
    for (kind, bits) in [("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "521")] {
        make(&project, &format!("authority-{kind}"), kind, bits);
    }
    let restricted = ["-V", "-1d:+52w", "-O", "clear", "-O", "source-address=10.0.0.0/8"];
    for (kind, bits, authority, name, options) in [
        ("rsa", "2048", "ed25519", "ssh-rsa-cert-v01@openssh.com", &[] as &[&str]),
        ("ecdsa", "256", "rsa", "ecdsa-sha2-nistp256-cert-v01@openssh.com", &restricted),
        ("ecdsa", "384", "ecdsa", "ecdsa-sha2-nistp384-cert-v01@openssh.com", &["-n", "a,b"]),
        ("ecdsa", "521", "ed25519", "ecdsa-sha2-nistp521-cert-v01@openssh.com", &["-z", "9"]),
    ] {
        let file = format!("{kind}-{bits}");
        let plain = make(&project, &file, kind, bits);
        let signing = ["-q", "-s", &format!("authority-{authority}"), "-I", "id"];
        let public = format!("{file}.pub");
        output(&project, "ssh-keygen", &[&signing, options, &[&*public]].concat());
        let certificate = project.read(&format!("{file}-cert.pub"));

        let given = parsed(&certificate);
        assert_eq!(given.line(), certificate.trim());
        let key = given.public_key();
        assert_eq!((key.key_type().name(), key.key_type().is_certificate()), (name, true));
        let certified = key.certified().expect("a plain key");
        assert_eq!(certified.openssh(), without_comment(&plain));
        assert_shown(&project, &format!("{file}-cert.pub"), certified);

        project.write("blob", blob(&certificate));
        let digest = output(&project, "openssl", &["dgst", "-md5", "-r", "blob"]);
        assert_eq!(key.fingerprint().hex(), digest[..32]);
    }
}

#[test]
fn a_dsa_key_and_its_certificate_have_the_prints_that_openssh_9_showed() {
    let (plain, certificate) = (parsed(DSA), parsed(DSA_CERTIFICATE));
    assert_eq!(certificate.public_key().key_type().name(), "ssh-dss-cert-v01@openssh.com");
    assert_eq!(certificate.public_key().certified(), Some(plain.public_key()));
    let key = plain.public_key();
    assert_eq!((key.key_type().name(), key.bits()), ("ssh-dss", 1024));
    assert_eq!((&*key.fingerprint().to_string(), &*key.sha256()), (DSA_MD5, DSA_SHA256));
}

#[test]
fn a_certificate_of_version_00_is_read_and_its_key_found() {
    let project = Project::empty();
    let rsa = make(&project, "rsa", "rsa", "2048");
    for (plain, name) in
        [(&*rsa, "ssh-rsa-cert-v00@openssh.com"), (DSA, "ssh-dss-cert-v00@openssh.com")]
    {
        let certificate = certificate_v00(plain, 1);
        let given = parsed(&certificate);
        assert_eq!(given.line(), certificate);
        assert_eq!(given.public_key().key_type().name(), name);
        let certified = given.public_key().certified().expect("a plain key");
        assert_eq!(certified.openssh(), without_comment(plain));
    }
}

#[test]
fn a_fingerprint_is_the_same_with_and_without_colons() {
    let fingerprint = parsed(DSA).public_key().fingerprint();
    let colons = DSA_MD5.strip_prefix("MD5:").expect("its name");
    for text in [colons.to_owned(), colons.replace(':', ""), colons.to_uppercase()] {
        assert_eq!(keyform::model::Fingerprint::parse(&text), Some(fingerprint));
    }
}

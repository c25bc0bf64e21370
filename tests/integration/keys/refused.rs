use std::fmt::Write;

use keyform::keys::PublicKeyProblem;

use super::*;

/// Numbers of an RSA key that is sound enough to get to what is wrong with it.
fn rsa(exponent: &[u8], modulus: &[u8]) -> String {
    line("ssh-rsa", &fields("ssh-rsa", &[exponent, modulus]))
}

/// An odd number of so many bits, as an mpint.
fn odd(bits: usize) -> Vec<u8> {
    let mut digits = vec![0xff; bits.div_ceil(8)];
    digits[0] >>= digits.len() * 8 - bits;
    if digits[0] >= 0x80 {
        digits.insert(0, 0);
    }
    digits
}

fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> String {
    line("ssh-dss", &fields("ssh-dss", &[p, q, g, y]))
}

fn ecdsa(name: &str, curve: &str, point: &[u8]) -> String {
    line(name, &fields(name, &[curve.as_bytes(), point]))
}

const E: &[u8] = &[1, 0, 1];

/// A certificate with these principals, critical options, extensions, signature key and signature.
fn certificate(parts: &[Vec<u8>; 5]) -> String {
    let [principals, options, extensions, signature_key, signature] = parts;
    let name = "ssh-rsa-cert-v01@openssh.com";
    let mut bytes = fields(name, &[&[9; 32], E, &odd(2048)]);
    bytes.extend(7_u64.to_be_bytes());
    bytes.extend(1_u32.to_be_bytes());
    bytes.extend([string(b"key id"), string(principals)].concat());
    bytes.extend([0_u64.to_be_bytes(), u64::MAX.to_be_bytes()].concat());
    for field in [options, extensions, &Vec::new(), signature_key, signature] {
        bytes.extend(string(field));
    }
    line(name, &bytes)
}

/// The parts of a certificate that is sound.
fn parts() -> [Vec<u8>; 5] {
    let options = [string(b"force-command"), string(&string(b"id"))].concat();
    let extensions = [string(b"permit-pty"), string(b"")].concat();
    let signature_key = fields("ssh-ed25519", &[&[5; 32]]);
    [string(b"ops"), options, extensions, signature_key, fields("ssh-ed25519", &[&[6; 64]])]
}

/// What may be damaged in a certificate: the index of the part, what stands there, and the problem.
fn damaged_parts() -> Vec<(usize, Vec<u8>, PublicKeyProblem)> {
    use PublicKeyProblem::{CutOff, Damaged};

    let sound = parts();
    let followed = |index: usize| [&sound[index][..], b"x"].concat();
    let within = |content: &[u8]| [string(b"force-command"), string(content)].concat();
    let twice = |index: usize| sound[index].repeat(2);
    let authority = fields("ssh-ed25519-cert-v01@openssh.com", &[&[9; 32], &[5; 32]]);
    vec![
        (0, vec![0, 0, 0, 9], CutOff),
        (0, string(&[0xff]), Damaged),
        (1, string(b"x"), CutOff),
        (1, within(b"id"), CutOff),
        (1, within(&[string(b"id"), vec![0]].concat()), Damaged),
        (1, twice(1), Damaged),
        (2, string(b"x"), CutOff),
        (2, twice(2), Damaged),
        (3, vec![0; 4], Damaged),
        (3, followed(3), Damaged),
        (3, authority, Damaged),
        (4, Vec::new(), CutOff),
        (4, fields("ssh-ed25519", &[&[6; 63]]), CutOff),
        (4, followed(4), Damaged),
    ]
}

/// Text that is no key at all, or more than one.
fn wrong_texts(plain: &str) -> Vec<(&'static str, Vec<u8>)> {
    let key = without_comment(plain);
    let data = key.split(' ').nth(1).expect("key data");
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", text("")),
        ("white space", text(" \r\n\t")),
        ("too long", vec![b'x'; 70_000]),
        ("UTF-16", plain.encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect()),
        ("two lines", text(&format!("{plain}{DSA}"))),
        ("two lines that YAML folded into one", text(&format!("{key} a@b {}", DSA.trim()))),
        ("a line and a PEM", text(&format!("{plain}\n{DSA_PEM}"))),
        ("two PEMs", text(&format!("{DSA_PEM}{DSA_PEM}"))),
        ("two files of RFC 4716", text(&format!("{DSA_RFC4716}{DSA_RFC4716}"))),
        ("a line after a heading", text(&format!("# ops\n{key}"))),
        ("a broken line", text(&key.replacen("AAAAB3", "AAAAB3\n", 1))),
        ("a line with an afterthought", text(&format!("{key}\nhello"))),
        ("a PEM after a heading", text(&format!("Public-Key: (1024 bit)\n{DSA_PEM}"))),
        ("a PEM with an afterthought", text(&format!("{DSA_PEM}hello"))),
        ("RFC 4716 with an afterthought", text(&format!("{DSA_RFC4716}hello"))),
        ("options", text(&format!("from=\"10.0.0.0/8\",command=\"echo ssh\" {key}"))),
        ("the type alone", text("ssh-rsa")),
        ("no type", text(data)),
        ("an unknown type", text(&format!("hunter2-hunter2-hunter2 {data}"))),
        ("a type in capitals", text(&format!("SSH-RSA {data}"))),
        ("ed25519", text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me")),
        ("a certificate of ed25519", text("ssh-ed25519-cert-v01@openssh.com AAAA")),
        ("a key of a token", text("sk-ecdsa-sha2-nistp256@openssh.com AAAA")),
        ("a certificate of a token", text("sk-ssh-ed25519-cert-v01@openssh.com AAAA")),
    ]
}

/// Blocks with boundaries.
fn wrong_blocks(project: &Project) -> Vec<(&'static str, Vec<u8>)> {
    let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"];
    let public = |arguments: &[&str]| {
        output(project, "openssl", &[arguments, &["-out", "other.key"]].concat());
        output(project, "openssl", &["pkey", "-in", "other.key", "-pubout"])
    };
    let without_end = |text: &str| text.split("END").next().expect("a part").to_owned();
    let trailing = {
        let body: String = DSA_PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let bytes = [Base64::decode_vec(&body).expect("base64"), vec![5, 0]].concat();
        let body = Base64::encode_string(&bytes);
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    };
    let rfc4716 = |inner: &str| {
        format!("---- BEGIN SSH2 PUBLIC KEY ----\n{inner}\n---- END SSH2 PUBLIC KEY ----\n")
    };
    let texts = [
        ("PEM of Ed25519", public(&["genpkey", "-algorithm", "ED25519"])),
        ("PEM of secp256k1", public(&curve)),
        ("PEM of a certificate", DSA_PEM.replace("PUBLIC KEY", "CERTIFICATE")),
        ("PEM that says RSA and has DSA", DSA_PEM.replace("PUBLIC KEY", "RSA PUBLIC KEY")),
        ("PEM without its end", without_end(DSA_PEM)),
        ("PEM that is not base64", DSA_PEM.replacen("MII", "M!I", 1)),
        ("PEM of nothing", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----".to_owned()),
        (
            "PEM of too little",
            DSA_PEM.lines().take(2).collect::<Vec<_>>().join("\n") + "\n-----END PUBLIC KEY-----",
        ),
        ("PEM of too much", trailing),
        ("RFC 4716 without its end", without_end(DSA_RFC4716)),
        ("RFC 4716 of nothing", rfc4716("Comment: x")),
        ("RFC 4716 with an open header", rfc4716("Comment: x\\")),
        ("RFC 4716 with a header after the key data", rfc4716("AAAA\nComment: x")),
    ];
    texts.map(|(what, text)| (what, text.into_bytes())).to_vec()
}

/// Lines whose key data is wrong.
fn wrong_data(plain: &str) -> Vec<(&'static str, String)> {
    let key = without_comment(plain);
    let data = key.split(' ').nth(1).expect("key data");
    let bytes = blob(&key);
    let point = [&[4][..], &[1; 64]].concat();
    let (p, q) = (odd(1024), odd(160));
    let even = |bits: usize| [odd(bits - 8), vec![0xfe]].concat();
    vec![
        ("not base64", "ssh-rsa not-base64!".to_owned()),
        ("no padding", line("ssh-rsa", &bytes[..40]).replace('=', "")),
        ("three bytes", "ssh-rsa AAAA".to_owned()),
        ("cut off", line("ssh-rsa", &bytes[..bytes.len() - 3])),
        ("a byte too many", line("ssh-rsa", &[&bytes[..], &[0]].concat())),
        ("garbage", line("ssh-rsa", &fields("hunter2", &[]))),
        ("another type", format!("ssh-dss {data}")),
        ("another short type", format!("ecdsa {data}")),
        ("a type that is not importable", line("ssh-rsa", &fields("ssh-ed25519", &[&[0; 32]]))),
        ("a certificate without its rest", {
            let name = "ssh-rsa-cert-v00@openssh.com";
            line(name, &fields(name, &[E, &odd(2048)]))
        }),
        ("a certificate of a host", certificate_v00(plain, 2)),
        ("a certificate of nobody", certificate_v00(plain, 0)),
        ("RSA of 1023 bits", rsa(E, &odd(1023))),
        ("RSA of 16392 bits", rsa(E, &odd(16_392))),
        ("RSA with exponent 1", rsa(&[1], &odd(2048))),
        ("RSA with an even exponent", rsa(&[1, 0, 0], &odd(2048))),
        ("RSA with exponent zero", rsa(&[], &odd(2048))),
        ("RSA with an even modulus", rsa(E, &even(2048))),
        ("RSA with a negative modulus", rsa(E, &[0xff; 256])),
        ("RSA with a modulus that begins with zeros", rsa(E, &[&[0, 0], &odd(2048)[..]].concat())),
        ("RSA with an exponent above its modulus", rsa(&odd(2056), &odd(2048))),
        ("DSA of 2048 and 256 bits", dsa(&odd(2048), &odd(256), &[2], &[4])),
        ("DSA with q of 224 bits", dsa(&p, &odd(224), &[2], &[4])),
        ("DSA with g of 1", dsa(&p, &q, &[1], &[4])),
        ("DSA with y above p", dsa(&p, &q, &[2], &odd(1032))),
        ("DSA with an even p", dsa(&even(1024), &q, &[2], &[4])),
        ("DSA with an even q", dsa(&p, &even(160), &[2], &[4])),
        ("a point beside its curve", ecdsa("ecdsa-sha2-nistp256", "nistp256", &point)),
        ("the point at infinity", ecdsa("ecdsa-sha2-nistp384", "nistp384", &[0])),
        (
            "a compressed point",
            ecdsa("ecdsa-sha2-nistp256", "nistp256", &{
                // The base point of P-256 (SEC 2, section 2.4.2).
                hex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
            }),
        ),
        ("a point without its end", ecdsa("ecdsa-sha2-nistp256", "nistp256", &point[..64])),
        ("a point of no known form", ecdsa("ecdsa-sha2-nistp256", "nistp256", &[9; 65])),
        ("a curve that is not known", ecdsa("ecdsa-sha2-nistp256", "nistp192", &point)),
        ("a point of another curve", ecdsa("ecdsa-sha2-nistp521", "nistp256", &point)),
    ]
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect()
}

#[test]
fn a_certificate_is_refused_if_any_part_of_it_is_damaged() {
    parsed(&certificate(&parts()));
    for (index, part, problem) in damaged_parts() {
        let mut damaged = parts();
        damaged[index] = part;
        let line = certificate(&damaged);
        assert_eq!(GivenKey::parse(line.as_bytes()), Err(problem), "part {index}: {line}");
    }
}

#[test]
fn a_certificate_of_version_00_is_refused_if_bytes_follow_the_content_of_a_field() {
    let line_of = |signature: &[u8]| {
        let (name, sound) = ("ssh-dss-cert-v00@openssh.com", blob(&certificate_v00(DSA, 1)));
        let before = &sound[..sound.len() - string(&signature_v00("ssh-dss")).len()];
        line(name, &[before, &string(signature)].concat())
    };
    let signature = signature_v00("ssh-dss");
    parsed(&line_of(&signature));
    let followed = line_of(&[&signature[..], b"x"].concat());
    assert_eq!(GivenKey::parse(followed.as_bytes()), Err(PublicKeyProblem::Damaged));
}

#[test]
fn what_cannot_be_imported_is_refused_with_its_reason_and_without_its_content() {
    let project = Project::empty();
    let plain = make(&project, "rsa", "rsa", "2048");
    let lines = wrong_data(&plain).into_iter().map(|(what, line)| (what, line.into_bytes()));
    let mut told = String::new();
    for (what, bytes) in wrong_texts(&plain).into_iter().chain(wrong_blocks(&project)).chain(lines)
    {
        let problem = GivenKey::parse(&bytes).expect_err(what).to_string();
        let text = String::from_utf8_lossy(&bytes);
        let is_type = |word: &str| word.contains("@openssh.com") || word.contains("-sha2-nistp");
        for word in text.split_whitespace().filter(|word| word.len() >= 16 && !is_type(word)) {
            assert!(!problem.contains(&word[..16]), "{what}: {problem}");
        }
        writeln!(told, "{what}:\n  {problem}").expect("a string");
    }
    insta::assert_snapshot!(told);
}

use super::*;

/// Every kind of plain key that `ssh-keygen` of today makes.
const KINDS: [(&str, &str); 4] =
    [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521")];

#[track_caller]
fn assert_same_key(text: &str, line: &str) {
    assert_eq!(parsed(text).public_key().openssh(), without_comment(line), "{text}");
}

#[test]
fn pem_of_openssh_and_openssl_gives_the_line_that_ssh_keygen_gives() {
    let project = Project::empty();
    for (kind, bits) in KINDS {
        let line = make(&project, &format!("{kind}{bits}"), kind, bits);
        let file = format!("{kind}{bits}.pub");
        for format in ["PKCS8", "PEM"] {
            let pem = output(&project, "ssh-keygen", &["-e", "-m", format, "-f", &file]);
            project.write("key.pem", &pem);
            if format == "PKCS8" || kind == "rsa" {
                let back = output(&project, "ssh-keygen", &["-i", "-m", format, "-f", "key.pem"]);
                assert_eq!(without_comment(&back), without_comment(&line));
            }
            assert_same_key(&pem, &line);
            assert_same_key(&pem.replace('\n', "\r\n"), &line);
            assert_same_key(&pem.replace('\n', " "), &line);
        }
        if kind == "ecdsa" {
            let compressed =
                ["pkey", "-pubin", "-in", "key.pem", "-pubout", "-ec_conv_form", "compressed"];
            let pem = output(&project, "openssl", &compressed);
            assert_ne!(pem, project.read("key.pem"));
            assert_same_key(&pem, &line);
        }
    }
    assert_same_key(DSA_PEM, DSA);
}

#[test]
fn rfc_4716_gives_the_line_that_ssh_keygen_gives_and_keeps_the_comment() {
    let project = Project::empty();
    for (kind, bits) in KINDS {
        let line = make(&project, &format!("{kind}{bits}"), kind, bits);
        let file = format!("{kind}{bits}.pub");
        let text = output(&project, "ssh-keygen", &["-e", "-m", "RFC4716", "-f", &file]);
        project.write("key.rfc4716", &text);
        let back = output(&project, "ssh-keygen", &["-i", "-m", "RFC4716", "-f", "key.rfc4716"]);
        assert_eq!(without_comment(&back), without_comment(&line));
        assert_same_key(&text, &line);
        assert_same_key(&text.replace('\n', "\r\n"), &line);
        assert!(parsed(&text).comment().contains("converted by"), "{text}");
    }
    assert_same_key(DSA_RFC4716, DSA);
}

#[test]
fn headers_of_rfc_4716_may_go_on_in_the_next_line() {
    let (begin, rest) = DSA_RFC4716.split_once('\n').expect("lines");
    let (_, body) = rest.split_once('\n').expect("lines");
    let headers = "Subject: ops\nCOMMENT: \"made in \\\nspring\"\nx-note: a\\\nb\\\nc";
    let given = parsed(&format!("{begin}\n{headers}\n{body}"));
    assert_eq!(given.line(), format!("{} made in spring", without_comment(DSA)));
}

#[test]
fn a_comment_of_rfc_4716_has_single_blanks_between_its_words_as_that_of_a_line_has() {
    let (begin, rest) = DSA_RFC4716.split_once('\n').expect("lines");
    let (_, body) = rest.split_once('\n').expect("lines");
    let given = parsed(&format!("{begin}\nComment: \" made  in\tspring \"\n{body}"));
    assert_eq!(given.line(), format!("{} made in spring", without_comment(DSA)));
    assert_eq!(parsed(&given.line()), given);
}

#[test]
fn white_space_and_a_byte_order_mark_do_not_change_the_line() {
    let line = DSA.trim();
    let wide = without_comment(line).replace(' ', " \t ");
    for text in [
        format!("{line}\r\n"),
        format!("\n\n  {wide}\t dsa \t  sample \n\n"),
        format!("\u{feff}{line}\n"),
    ] {
        assert_eq!(parsed(&text).line(), line, "{text:?}");
    }
}

#[test]
fn the_short_words_of_older_openssh_become_the_full_type() {
    let project = Project::empty();
    let ecdsa = make(&project, "ecdsa", "ecdsa", "521");
    let rsa = make(&project, "rsa", "rsa", "2048");
    for (short, line) in [("rsa", &*rsa), ("dsa", DSA), ("ecdsa", &*ecdsa)] {
        let (_, data) = line.split_once(' ').expect("a type");
        assert_eq!(parsed(&format!("{short} {data}")).line(), line.trim());
    }
}

#[test]
fn a_comment_is_sent_if_it_is_printable_ascii_of_at_most_255_characters() {
    let key = without_comment(DSA);
    let left_out = ["Zoë at work", "a\u{1b}[31mred", "tab\u{7f}", &"x".repeat(256)];
    for comment in left_out {
        let given = parsed(&format!("{key} {comment}"));
        assert_eq!((given.line(), given.comment()), (key.clone(), ""));
        assert!(given.warnings().contains(&keyform::keys::KeyWarning::CommentLeftOut));
    }
    let longest = "x".repeat(255);
    assert_eq!(parsed(&format!("{key} {longest}")).comment(), longest);
}

#[test]
fn what_a_person_should_know_of_a_key_is_told() {
    let project = Project::empty();
    let (small, sound) =
        (make(&project, "small", "rsa", "1024"), make(&project, "sound", "rsa", "2048"));
    let ecdsa = make(&project, "ecdsa", "ecdsa", "256");
    let mut told = String::new();
    for (name, text) in [
        ("RSA of 1024 bits", small),
        ("RSA of 2048 bits", sound.clone()),
        ("ECDSA", ecdsa),
        ("DSA with a comment in UTF-8", format!("{} Zoë", without_comment(DSA))),
        ("a certificate of DSA", DSA_CERTIFICATE.to_owned()),
        ("a certificate of version 00", certificate_v00(&sound, 1)),
    ] {
        let warnings: Vec<_> =
            parsed(&text).warnings().iter().map(|warning| format!("  - {warning}\n")).collect();
        told.push_str(&format!("{name}:\n{}", warnings.concat()));
    }
    insta::assert_snapshot!(told);
}

//! The scan itself: a secret is found in each form in which it is planted, and nothing else is.

use keyform::keys::{KeySource, PooledKeys, PrivateKey};

use super::*;
use crate::support::Project;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn key() -> PrivateKey {
    PooledKeys::new(3).generate().expect("a key")
}

fn der(key: &PrivateKey) -> SecretDocument {
    SecretDocument::from_pem(&key.pem()).expect("PEM").1
}

fn secrets(key: &PrivateKey) -> Secrets {
    let mut secrets = Secrets::credentials();
    secrets.add_key("keys/web.pem", key.pem().as_bytes());
    secrets
}

/// Base64 with the last two digits of an alphabet.
fn base64(bytes: &[u8], last: [u8; 2]) -> String {
    let digit = |number: u32| {
        let number = (number & 63) as usize;
        char::from(LETTERS.get(number).copied().unwrap_or_else(|| last[number - LETTERS.len()]))
    };
    let four = |three: &[u8]| {
        let three = [three[0], *three.get(1).unwrap_or(&0), *three.get(2).unwrap_or(&0)];
        let number = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        [18, 12, 6, 0].map(|shift| digit(number >> shift))
    };
    bytes.chunks(3).flat_map(four).collect()
}

fn hexadecimal(bytes: &[u8], separator: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator)
}

/// A text with a line end after each so many characters.
fn wrapped(text: &str, width: usize, end: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(width).map(|line| line.iter().collect::<String>() + end).collect()
}

/// A way to write bytes, by what a message calls it.
type Planting = (&'static [&'static str], fn(&[u8]) -> Vec<u8>);

/// Every form in which a few bytes can be written.
const PLANTINGS: [Planting; 20] = [
    (&[], <[u8]>::to_vec),
    (&["base64"], |bytes| base64(bytes, *b"+/").into()),
    (&["base64"], |bytes| base64(bytes, *b"-_").into()),
    (&["base64"], |bytes| wrapped(&base64(bytes, *b"+/"), 7, "\n").into()),
    (&["base64"], |bytes| wrapped(&base64(bytes, *b"+/"), 7, "\r\n    ").into()),
    (&["escaped characters", "base64"], |bytes| wrapped(&base64(bytes, *b"+/"), 7, "\\n").into()),
    (&["escaped characters", "base64"], |bytes| {
        base64(bytes, *b"+/").bytes().map(|byte| format!("%{byte:02X}")).collect::<String>().into()
    }),
    (&["base64", "base64"], |bytes| {
        base64(wrapped(&base64(bytes, *b"+/"), 64, "\n").as_bytes(), *b"+/").into()
    }),
    (&["hexadecimal"], |bytes| hexadecimal(bytes, "").into()),
    (&["hexadecimal"], |bytes| hexadecimal(bytes, "").to_uppercase().into()),
    (&["hexadecimal"], |bytes| hexadecimal(bytes, ":").into()),
    (&["hexadecimal"], |bytes| wrapped(&hexadecimal(bytes, ":"), 15, "\n    ").into()),
    (&["hexadecimal numbers"], |bytes| format!("{bytes:x?}").into()),
    (&["hexadecimal numbers"], |bytes| format!("{bytes:#04X?}").into()),
    (&["decimal numbers"], |bytes| format!("{bytes:?}").into()),
    (&["decimal numbers"], |bytes| format!("{bytes:#?}").into()),
    (&["decimal numbers", "base64"], |bytes| {
        format!("{:?}", base64(bytes, *b"+/").as_bytes()).into()
    }),
    (&["escaped characters"], |bytes| {
        bytes.iter().map(|byte| format!("\\u{byte:04x}")).collect::<String>().into()
    }),
    (&["escaped characters"], |bytes| bytes.escape_ascii().collect()),
    (&["escaped characters"], |bytes| {
        let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        format!("{text:?}").into()
    }),
];

#[test]
fn every_window_of_a_private_key_is_found_in_every_form() {
    let key = key();
    let der = der(&key);
    let private = private_half(der.as_bytes()).expect("a private half");
    let secrets = secrets(&key);
    for (forms, plant) in PLANTINGS {
        // One window at each place to which the step of the scan and base64 can put it.
        for at in (0..51).chain([private.len() - WINDOW]) {
            let mut around: Vec<u8> = (0..at as u8).collect();
            around.extend(&private[at..at + WINDOW]);
            around.extend(b"\xfejunk");
            let planted = [b"key: ", &plant(&around)[..], b" and more"].concat();
            let leak = secrets.find(&planted).unwrap_or_else(|| panic!("{forms:?} at {at}"));
            assert_eq!(
                (&leak.secret[..], &leak.forms[..]),
                ("the private key keys/web.pem", forms)
            );
        }
    }
}

#[test]
fn a_pem_is_found_however_it_is_quoted() {
    let key = key();
    let pem = key.pem();
    let secrets = secrets(&key);
    let lines = |prefix: &str| {
        pem.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>().into_bytes()
    };
    let half = &pem[..pem.len() / 2];
    for (name, text) in [
        ("as it is", pem.as_bytes().to_vec()),
        ("its first half", half.as_bytes().to_vec()),
        ("with CRLF", pem.replace('\n', "\r\n").into_bytes()),
        ("in JSON", serde_json::to_vec(&*pem).expect("JSON")),
        ("as bytes in JSON", serde_json::to_vec(pem.as_bytes()).expect("JSON")),
        ("in Debug", format!("{:?}", Some(&*pem)).into_bytes()),
        ("in Debug of bytes", format!("{:?}", pem.as_bytes()).into_bytes()),
        ("in pretty Debug of bytes", format!("{:#?}", Some(pem.as_bytes())).into_bytes()),
        ("indented", lines("    ")),
        ("in a difference", lines("+")),
        ("with line numbers", lines("12 | ")),
    ] {
        let leak = secrets.find(&text);
        assert!(leak.is_some_and(|leak| leak.secret.contains("keys/web.pem")), "{name}");
    }
}

#[test]
fn credentials_are_found_in_every_form() {
    let secrets = Secrets::credentials();
    for (variable, value) in CREDENTIALS {
        for (forms, plant) in PLANTINGS {
            let planted = [b"<", &plant(value.as_bytes())[..], b">"].concat();
            let leak = secrets.find(&planted).unwrap_or_else(|| panic!("{variable}: {forms:?}"));
            assert_eq!(leak.secret, format!("the value of {variable}"));
        }
    }
}

#[test]
fn what_is_public_and_what_is_shorter_than_a_window_is_no_leak() {
    let key = key();
    let der = der(&key);
    let private = private_half(der.as_bytes()).expect("a private half");
    let secrets = secrets(&key);
    let public = &der.as_bytes()[..der.as_bytes().len() - private.len()];
    assert!(public.len() > 256, "the modulus is public");
    let other = PooledKeys::new(4).generate().expect("a key");
    for (forms, plant) in PLANTINGS {
        assert_eq!(secrets.find(&plant(public)), None, "{forms:?}");
        assert_eq!(secrets.find(&plant(&private[100..100 + WINDOW - 1])), None, "{forms:?}");
        assert_eq!(secrets.find(&plant(other.pem().as_bytes())), None, "{forms:?}");
    }
    let shown = format!("{} {}", key.public_key().openssh(), key.public_key().sha256());
    assert_eq!(secrets.find(shown.as_bytes()), None);
}

#[test]
fn a_project_is_searched_for_its_keys_and_for_credentials() {
    type Plant = fn(&Project, &str);
    let id = CREDENTIALS[0].1;
    let table: [(Plant, &str); 5] = [
        (|_, _| {}, ""),
        (
            |project, pem| project.write("log.json", format!("{:?}", pem.as_bytes())),
            "the private key keys/web.pem as decimal numbers of base64 is in the file log.json",
        ),
        (
            |project, pem| project.write(pem.lines().nth(20).expect("a line"), ""),
            "the private key keys/web.pem as base64 is in the name of a file",
        ),
        (
            |project, pem| project.collect("keyform plan", pem.as_bytes()),
            "the private key keys/web.pem as base64 is in what `keyform plan` showed",
        ),
        (
            |project, _| {
                project.write(".keyform/cloud/world.log", format!("id={}", CREDENTIALS[0].1));
            },
            "the value of ALIBABA_CLOUD_ACCESS_KEY_ID as it is is in the file \
             .keyform/cloud/world.log",
        ),
    ];
    for (plant, expected) in table {
        let project = Project::empty();
        let pem = key().pem();
        project.write("keys/web.pem", &*pem);
        project.run(&["validate"]).expect(1);
        plant(&project, &pem);
        let leaks = project.leaks().join("\n");
        assert_eq!(leaks, expected);
        assert!(!leaks.contains(id) && !leaks.contains(pem.lines().nth(20).expect("a line")));
        project.forget();
    }
}

#[test]
#[should_panic(expected = "L4: the private key keys/web.pem as base64 is in the file backup.pem")]
fn no_test_can_forget_the_search() {
    let project = Project::empty();
    for file in ["keys/web.pem", "backup.pem"] {
        project.write(file, &*key().pem());
    }
    project.run(&["validate"]);
}

#[test]
#[should_panic(expected = "what a program showed was not collected")]
fn no_test_can_run_the_program_and_keep_what_it_showed_to_itself() {
    let project = Project::empty();
    project.command(&["validate"]).output().expect("the program");
}

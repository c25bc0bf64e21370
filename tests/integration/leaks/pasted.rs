//! Secrets that people paste: each form of a private key in each field of each manifest and in files
//! beside them, and credentials as fields that do not exist. Nothing of them is shown.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use base64ct::{Base64, Base64Url, Base64UrlUnpadded, Encoding};
use keyform::{
    diagnostic::Source,
    keys::{KeySource, PooledKeys},
    manifest::{LoadedManifests, load},
    render::diagnostics,
};
use pkcs8::{PrivateKeyInfoRef, SecretDocument, der::Decode};
use rsa::pkcs1::RsaPrivateKeyRef;
use serde_yaml::{Mapping, Value};

use super::{CREDENTIALS, Secrets};
use crate::readme::{blocks, read};

/// Stands where something is planted.
const PLANTED: &str = "PLANTED";
/// Fields that the manifests in docs/manifests.md leave to comments.
const MORE: &str = "\
---
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: given}
spec: {publicKey: ssh-rsa}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: given-fleet}
spec: {keyPair: given, instances: [i-1], proof: none, restart: {when: manual}}
---
apiVersion: keyform/v1
kind: Project
metadata: {name: other}
spec:
  cloud: {alicloud: {account: '1234567890123456', profile: prod, endpoint: 'https://ecs.aliyuncs.com', stsEndpoint: 'https://sts.aliyuncs.com'}}
  state: {file: {directory: .keyform/state}}
  privateKeys: {directory: keys, outlivesRunner: true}
";

/// A made RSA key in the forms in which people have private keys, by their names.
fn rsa_forms(pem: &str) -> Vec<(&'static str, String)> {
    let der = SecretDocument::from_pem(pem).expect("PEM").1;
    let info = PrivateKeyInfoRef::from_der(der.as_bytes()).expect("PKCS#8");
    let pkcs1 = info.private_key.as_bytes();
    let key = RsaPrivateKeyRef::from_der(pkcs1).expect("PKCS#1");
    let openssh = openssh(&key);
    let jwk = jwk(&key);
    let base64 = Base64::encode_string;
    vec![
        ("PEM", pem.to_owned()),
        ("PEM with escaped line ends", pem.replace('\n', "\\n")),
        ("PEM on one line", pem.replace('\n', " ")),
        ("PKCS#1 PEM", boxed("RSA PRIVATE KEY", pkcs1)),
        ("OpenSSH", boxed("OPENSSH PRIVATE KEY", &openssh)),
        ("OpenSSH with escaped ends", boxed("OPENSSH PRIVATE KEY", &openssh).replace('\n', "\\n")),
        ("base64 of PEM", base64(pem.as_bytes())),
        ("base64url of PEM", Base64Url::encode_string(pem.as_bytes())),
        ("base64 of base64 of PEM", base64(base64(pem.as_bytes()).as_bytes())),
        ("base64 of PKCS#8", base64(der.as_bytes())),
        ("base64url of PKCS#8", Base64UrlUnpadded::encode_string(der.as_bytes())),
        ("wrapped base64 of PKCS#8", wrapped(&base64(der.as_bytes()))),
        ("base64 of PKCS#1", base64(pkcs1)),
        ("base64 of OpenSSH", base64(&openssh)),
        ("base64 of OpenSSH's PEM", base64(boxed("OPENSSH PRIVATE KEY", &openssh).as_bytes())),
        ("hex", hexadecimal(der.as_bytes(), "")),
        ("hex with colons", hexadecimal(pkcs1, ":")),
        ("JWK", jwk.clone()),
        ("base64 of JWK", base64(jwk.as_bytes())),
        ("PPK", putty(&key)),
        ("base64 of PPK", base64(putty(&key).as_bytes())),
    ]
}

/// A key of P-256 by SEC 1, whose private number is these bytes; its point is made up.
fn sec1(number: &[u8; 32]) -> Vec<u8> {
    let curve = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let point = [&[0xa1, 0x44, 0x03, 0x42, 0, 4][..], &[9; 64]].concat();
    [&[0x30, 0x77, 2, 1, 1, 4, 32][..], number, &curve, &point].concat()
}

fn boxed(label: &str, bytes: &[u8]) -> String {
    let body = wrapped(&Base64::encode_string(bytes));
    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
}

fn wrapped(text: &str) -> String {
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
    lines.map(|line| format!("{line}\n")).collect()
}

fn hexadecimal(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

/// A `string` of RFC 4251, section 5.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short field");
    [&length.to_be_bytes(), bytes].concat()
}

fn numbers(numbers: &[&[u8]]) -> Vec<u8> {
    numbers.iter().flat_map(|number| string(number)).collect()
}

/// The binary form of OpenSSH, by `PROTOCOL.key`.
fn openssh(key: &RsaPrivateKeyRef<'_>) -> Vec<u8> {
    let [n, e, d] = [&key.modulus, &key.public_exponent, &key.private_exponent];
    let public = [string(b"ssh-rsa"), numbers(&[e.as_bytes(), n.as_bytes()])].concat();
    let secret = [n, e, d, &key.coefficient, &key.prime1, &key.prime2].map(|n| n.as_bytes());
    let private = [vec![7; 8], string(b"ssh-rsa"), numbers(&secret), string(b"me")].concat();
    let head = [string(b"none"), string(b"none"), string(b"")].concat();
    let parts = [b"openssh-key-v1\0".to_vec(), head, vec![0, 0, 0, 1], string(&public)];
    [parts.concat(), string(&private)].concat()
}

fn putty(key: &RsaPrivateKeyRef<'_>) -> String {
    let secret = [&key.private_exponent, &key.prime1, &key.prime2, &key.coefficient];
    let lines = wrapped(&Base64::encode_string(&numbers(&secret.map(|n| n.as_bytes()))));
    let count = lines.lines().count();
    format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: me\nPublic-Lines: 1\nAAAA\n\
         Private-Lines: {count}\n{lines}Private-MAC: 00\n"
    )
}

fn jwk(key: &RsaPrivateKeyRef<'_>) -> String {
    let member = |name: &str, number: &[u8]| {
        format!("\"{name}\":\"{}\"", Base64UrlUnpadded::encode_string(number))
    };
    let members = [
        member("n", key.modulus.as_bytes()),
        member("e", key.public_exponent.as_bytes()),
        member("d", key.private_exponent.as_bytes()),
        member("p", key.prime1.as_bytes()),
        member("q", key.prime2.as_bytes()),
    ];
    format!("{{\"kty\":\"RSA\",{}}}", members.join(","))
}

/// All forms of two keys, and what of them must not be found.
fn forms() -> (Vec<(&'static str, String)>, Secrets) {
    let mut secrets = Secrets::credentials();
    let pem = PooledKeys::new(8).generate().expect("a key").pem();
    secrets.add_key("that was pasted", pem.as_bytes());
    let mut forms = rsa_forms(&pem);
    let number = std::array::from_fn(|index| 0x51_u8.wrapping_mul(index as u8 + 3));
    secrets.add("the number of the key of P-256".to_owned(), &number);
    forms.push(("SEC 1", boxed("EC PRIVATE KEY", &sec1(&number))));
    forms.push(("base64 of SEC 1", Base64::encode_string(&sec1(&number))));
    forms.push(("hex of SEC 1", hexadecimal(&sec1(&number), "")));
    (forms, secrets)
}

/// Every document with one field.
fn documents() -> Vec<Value> {
    let yaml = blocks(&read("docs/manifests.md"), "yaml").join("---\n") + MORE;
    let documents = serde_yaml::Deserializer::from_str(&yaml);
    documents.map(|document| serde::Deserialize::deserialize(document).expect("YAML")).collect()
}

/// The document once for each of its values, with [`PLANTED`] in its place, and twice for each of its
/// mappings: as the first key of it, and in a field more of this name.
fn plantings(value: &Value, more: &str) -> Vec<Value> {
    let planted = Value::from(PLANTED);
    match value {
        Value::Mapping(map) => {
            let mut all: Vec<Value> = Vec::new();
            let with = |map: &Mapping, key: &Value, value: Value| {
                let mut map = map.clone();
                map.insert(key.clone(), value);
                Value::Mapping(map)
            };
            all.push(with(map, &Value::from(more), planted.clone()));
            for (key, inner) in map {
                all.extend(plantings(inner, more).into_iter().map(|inner| with(map, key, inner)));
            }
            let mut entries: Vec<(Value, Value)> = map.clone().into_iter().collect();
            if let Some((key, _)) = entries.first_mut() {
                *key = planted;
            }
            all.push(Value::Mapping(entries.into_iter().collect()));
            all
        }
        Value::Sequence(items) => (0..items.len())
            .flat_map(|index| {
                plantings(&items[index], more).into_iter().map(move |inner| {
                    let mut items = items.clone();
                    items[index] = inner;
                    Value::Sequence(items)
                })
            })
            .chain([planted])
            .collect(),
        _ => vec![planted],
    }
}

/// Whether a field stands in a mapping whose keys may be any text.
fn is_free_form(value: &Value, name: &str) -> bool {
    let Value::Mapping(map) = value else {
        let items = value.as_sequence();
        return items.is_some_and(|items| items.iter().any(|item| is_free_form(item, name)));
    };
    let is_free =
        |key: &Value| ["tags", "environment", "generations"].iter().any(|free| key == free);
    let mut entries = map.iter();
    entries
        .any(|(key, inner)| is_free(key) && inner.get(name).is_some() || is_free_form(inner, name))
}

/// A way to write a text where [`PLANTED`] stands in YAML.
type Style = fn(&str, &str) -> String;

const STYLES: [Style; 3] = [
    |yaml, text| yaml.replace(PLANTED, &serde_json::to_string(text).expect("JSON")),
    |yaml, text| yaml.replace(PLANTED, &format!("|\n{}", indented(text))),
    |yaml, text| yaml.replace(PLANTED, indented(text).trim()),
];

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("                {line}\n")).collect()
}

/// The file that a document of this kind is in.
fn file(document: &str) -> &'static str {
    let is_of = |kind: &str| document.contains(&format!("kind: {kind}\n"));
    match (is_of("Project"), is_of("Inventory")) {
        (true, _) => "keyform.yaml",
        (_, true) => "inventory.yaml",
        _ => "web.yaml",
    }
}

const PROJECT: &str = "\
apiVersion: keyform/v1
kind: Project
metadata: {name: acme}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
";
const INVENTORY: &str = "apiVersion: keyform/v1\nkind: Inventory\nspec: {instances: []}\n";

fn loaded(files: &[(&str, &str)]) -> LoadedManifests {
    let others = [("keyform.yaml", PROJECT), ("inventory.yaml", INVENTORY)];
    let others = others.iter().filter(|(path, _)| files.iter().all(|(given, _)| given != path));
    let source = |(path, text): &(&str, &str)| {
        Arc::new(Source { path: (*path).to_owned(), text: (*text).to_owned() })
    };
    load(files.iter().chain(others).map(source).collect())
}

/// All that people and programs are told of these files.
fn told(loaded: &LoadedManifests) -> String {
    let json = diagnostics::json(&loaded.diagnostics);
    format!("{}{json}", diagnostics::text(&loaded.diagnostics, Path::new("."), false))
}

fn codes(loaded: &LoadedManifests) -> BTreeSet<&'static str> {
    loaded.diagnostics.iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn no_form_of_a_private_key_is_shown_from_any_field() {
    let (forms, secrets) = forms();
    let (mut fields, mut searched) = (0, BTreeSet::new());
    for document in documents() {
        for planted in plantings(&document, "extra") {
            let yaml = serde_yaml::to_string(&planted).expect("YAML");
            // Each field meets each form, and each of the two each style.
            for (index, (form, text)) in forms.iter().enumerate() {
                let written = STYLES[(fields + index) % STYLES.len()](&yaml, text);
                let loaded = loaded(&[(file(&yaml), &written)]);
                assert!(codes(&loaded).contains("privateKeyInManifest"), "{form}:\n{yaml}");
                let told = told(&loaded);
                // Most are told the same, which needs to be searched once.
                let leak = if searched.insert(told.clone()) {
                    secrets.find(told.as_bytes())
                } else {
                    None
                };
                assert_eq!(leak, None, "{form}:\n{yaml}");
            }
            fields += 1;
        }
    }
    assert!(fields >= 180, "{fields} fields");
}

#[test]
fn no_form_of_a_private_key_is_shown_from_a_file_beside_the_manifests() {
    let (forms, secrets) = forms();
    let given = "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: ops}\n\
                 spec: {publicKeyFile: ops.pub}\n";
    let included = PROJECT.replace("spec:\n", "spec:\n  include: [shared]\n");
    for (form, text) in &forms {
        let quoted = serde_json::to_string(text).expect("JSON");
        let lines = indented(text);
        for files in [
            &[("values.yaml", &*format!("databasePassword: {quoted}\n"))][..],
            &[("values.yaml", &format!("hosts:\n- key: |\n{lines}\n"))],
            &[("values.yaml", &format!("hosts: {{key: {quoted}, [\n"))],
            &[("values.yaml", text)],
            &[("keyform.yaml", text)],
            &[("keyform.yaml", &format!("{PROJECT}---\n{text}"))],
            &[("inventory.yaml", text)],
            &[("inventory.yaml", &format!("{INVENTORY}  key: {quoted}\n"))],
            &[("keyform.yaml", &included), ("shared/values.yaml", text)],
            &[("ops.yaml", given), ("ops.pub", text)],
            &[("ops.yaml", given), ("ops.pub", &format!("ssh-rsa {text}"))],
        ] {
            let loaded = loaded(files);
            let expected =
                if files[0].0 == "ops.yaml" { "privateKeyGiven" } else { "privateKeyInManifest" };
            assert!(codes(&loaded).contains(expected), "{form}: {files:?}");
            assert_eq!(secrets.find(told(&loaded).as_bytes()), None, "{form}: {files:?}");
        }
    }
}

#[test]
fn no_credential_is_shown_that_stands_in_a_field_that_does_not_exist() {
    let secrets = Secrets::credentials();
    let names = ["accessKeyId", "accessKeySecret", "secretKey", "securityToken", "password"];
    let mut fields = 0;
    for document in documents() {
        for name in names {
            // Values that exist take any text, and keys are names.
            let more = |planted: &Value| {
                let yaml = serde_yaml::to_string(planted).expect("YAML");
                yaml.contains(&format!("{name}: {PLANTED}")).then_some(yaml)
            };
            for yaml in plantings(&document, name).iter().filter_map(more) {
                let (_, value) = CREDENTIALS[fields % CREDENTIALS.len()];
                let flow: Value = serde_yaml::from_str(&yaml).expect("YAML");
                let is_free = is_free_form(&flow, name);
                let json = serde_json::to_string(&flow).expect("JSON");
                let cut = |text: &str| text.replace(PLANTED, &format!("\"{value}"));
                for text in [
                    yaml.replace(PLANTED, value),
                    yaml.replace(PLANTED, &format!("\n                {value}")),
                    yaml.replace(PLANTED, &format!("[{value}]")),
                    json.replace(PLANTED, value),
                    // What follows is a syntax error.
                    cut(&yaml),
                    cut(&json),
                ] {
                    let loaded = loaded(&[(file(&yaml), &text)]);
                    let told = told(&loaded);
                    let codes = codes(&loaded);
                    let is_refused =
                        ["credentialInManifest", "invalidYaml"].map(|c| codes.contains(c));
                    assert!(is_free || is_refused.contains(&true), "{codes:?}\n{text}");
                    assert_eq!(secrets.find(told.as_bytes()), None, "{text}\n{told}");
                }
                fields += 1;
            }
        }
    }
    assert!(fields >= 200, "{fields} fields");
}

#[test]
fn nothing_of_a_file_that_is_no_manifest_is_shown() {
    let secrets = Secrets::credentials();
    for (_, value) in CREDENTIALS {
        for text in [
            format!("{value}\n"),
            format!("databasePassword: {value}\n"),
            format!("database:\n  user: \"{value}\n"),
            format!("{value}: 1\n{value}: 2\n"),
            format!("apiVersion: {value}\nkind: Secret\n"),
            format!("apiVersion: v1\nkind: Secret\ndata: &a {{x: {value}}}\nmore: *a\n"),
            format!("apiVersion: v1\ndata: !x [{value}]\n? [{value}]\n: 1\n1: {value}\n"),
            format!("data: {{{value}: [\n"),
            format!("a: b\n\t{value}: c\n"),
            format!("a: \"\u{2028}\" # {value}\n"),
            format!("- apiVersion: keyform/v1\n- {value}\n- [\n"),
        ] {
            for files in [
                [("values.yaml", text.clone())],
                [("inventory.yaml", text.clone())],
                [("keyform.yaml", text.clone())],
                [("web.yaml", format!("apiVersion: keyform/v1\nkind: KeyPair\n---\n{text}"))],
            ] {
                let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
                let told = told(&loaded(&files));
                assert_eq!(secrets.find(told.as_bytes()), None, "{files:?}\n{told}");
            }
        }
    }
}

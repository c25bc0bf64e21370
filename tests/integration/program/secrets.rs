//! No private key is anywhere but in the directory of the private keys (L4).

use std::collections::HashSet;

use crate::support::Project;

/// How many characters of a private key are found anywhere.
const WINDOW: usize = 24;
/// The first characters of a PKCS#8 body hold the modulus, which is public: it is in the state.
const PUBLIC: usize = 408;

/// All pieces of what is private in a key.
fn pieces(pem: &str) -> HashSet<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    body.as_bytes()[PUBLIC..].windows(WINDOW).map(<[u8]>::to_vec).collect()
}

fn holds(pieces: &HashSet<Vec<u8>>, bytes: &[u8]) -> bool {
    bytes.windows(WINDOW).any(|window| pieces.contains(window))
}

#[test]
fn a_private_key_is_in_no_file_but_its_own_and_in_no_output() {
    let project = Project::quickstart();
    let applied = project.apply();
    let private = pieces(&project.read("keys/web.pem"));
    let outputs = [
        applied,
        project.run(&["plan", "--destroy", "--format", "json", "-o", "plan.json"]).expect(0),
        project.run(&["plan", "--destroy"]).expect(0),
        project.run(&["status"]).expect(0),
        project.run(&["status", "--format", "json"]).expect(0),
        project.run(&["show"]).expect(0),
        project.run(&["show", "--format", "json"]).expect(0),
        project.run(&["show", "plan.json"]).expect(0),
        project.run(&["state", "list", "--format", "json"]).expect(0),
        project.run(&["state", "show"]).expect(0),
        project.run(&["apply", "plan.json"]).expect(0),
    ];
    for output in outputs {
        assert!(!holds(&private, output.shown().as_bytes()), "{}", output.shown());
    }
    let files = project.contents();
    let with_key: Vec<_> = files
        .iter()
        .filter(|(_, bytes)| holds(&private, bytes))
        .map(|(file, _)| file.as_str())
        .collect();
    let [file] = with_key[..] else { panic!("the key is in these: {with_key:?}") };
    assert!(file.starts_with("keys/retired/web."), "{file}");
}

//! Whatever stands in a file: loading and rendering end, and every place is in its file.

use keyform::diagnostic::Place;
use proptest::prelude::*;

use super::{INVENTORY, PROJECT, loaded, shown};

const FLEET: &str = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
spec:
  regions: [cn-hangzhou, cn-beijing]
  tags: {team: web}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: fleet}
spec:
  keyPair: web
  region: cn-hangzhou
  instances:
  - i-1
  - \"i-2\"
  restart: {when: now, maxUnavailable: 10%}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: workers}
spec:
  keyPair: web
  region: cn-beijing
  selector:
    tags: {role: worker}
    onLeave: detach
  managedInstances: include
---
apiVersion: keyform/v1
kind: Removal
metadata: {name: old}
spec: {keyPair: old, action: delete}
";

/// Pieces that change the meaning of YAML.
const PIECES: [&str; 24] = [
    "", "\n", "  ", "\t", "- ", ": ", "? ", "{", "}", "[", "]", "&a ", "*a", "!x ", "|\n", ">",
    "\"", "'", "\n---\n", "\n...\n", "#", "%", "\u{85}", "~",
];

/// Replaces a few stretches of a text.
fn mutated(text: &str, edits: &[(usize, usize, usize)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (start, length, piece) in edits {
        let start = start % (characters.len() + 1);
        let end = (start + length).min(characters.len());
        characters.splice(start..end, PIECES[piece % PIECES.len()].chars());
    }
    characters.into_iter().collect()
}

fn is_inside(place: &Place) -> bool {
    let line = place.source.text.split('\n').nth(place.line - 1);
    line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&place.column))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_makes_loading_fail_or_point_outside(
        edits in prop::collection::vec((0..900_usize, 0..12_usize, 0..24_usize), 1..5),
        which in 0..3_usize,
    ) {
        let (path, text) =
            [("keyform.yaml", PROJECT), ("fleet.yaml", FLEET), ("inventory.yaml", INVENTORY)][which];
        let text = mutated(text, &edits);
        let loaded = loaded(&[("fleet.yaml", FLEET), (path, &text)][usize::from(which == 1)..]);
        for diagnostic in &loaded.diagnostics {
            let related = diagnostic.related.iter().map(|(place, _)| place);
            for place in diagnostic.place.iter().chain(related) {
                prop_assert!(is_inside(place), "{place} of {text:?}");
            }
        }
        prop_assert_eq!(shown(&loaded).is_empty(), loaded.diagnostics.is_empty());
        prop_assert!(loaded.desired.is_some() || !loaded.diagnostics.is_empty(), "{}", text);
        prop_assert!(loaded.inventory.is_some() || !loaded.diagnostics.is_empty(), "{}", text);
    }
}

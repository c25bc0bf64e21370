use std::collections::HashSet;

use super::*;

#[test]
fn every_code_is_there_once_and_is_written_as_all_are() {
    let mut met = HashSet::new();
    for Explanation { code, .. } in all().into_iter().flat_map(|area| area.codes) {
        assert!(met.insert(plain(code)), "{code} is there twice");
        assert!(code.starts_with(|c: char| c.is_ascii_lowercase()), "{code}");
        assert!(code.chars().all(|c| c.is_ascii_alphanumeric()), "{code}");
        assert!((4..=28).contains(&code.len()), "{code} has {} characters", code.len());
    }
    assert!(met.len() >= 190, "{} codes", met.len());
}

#[test]
fn every_explanation_is_made_of_short_sentences() {
    for explanation in all().into_iter().flat_map(|area| area.codes) {
        let Explanation { code, meaning, why, fix } = explanation;
        for (what, text) in [("meaning", meaning), ("why", why), ("fix", fix)] {
            assert!(text.ends_with('.'), "{code}: its {what} ends with a full stop: {text}");
            assert!((12..=200).contains(&text.len()), "{code}: its {what}: {text}");
            assert!(!text.contains("  "), "{code}: its {what} has two blanks: {text}");
        }
    }
}

#[test]
fn a_code_is_found_however_it_is_written() {
    for written in ["unknownField", "UNKNOWNFIELD", "unknown-field", "unknown_field"] {
        assert_eq!(find(written).expect("it is there").code, "unknownField");
    }
    assert_eq!(find("unknwonfield"), Err(Some("unknownField")));
    assert_eq!(find("nothing like it at all"), Err(None));
}

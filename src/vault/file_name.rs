//! Which names of pairs can be names of files.

use crate::model::{CloudName, KeyFileProblem, NameDanger};

/// The most bytes of a name, so that every file made for it has at most 255, the limit of Linux and
/// macOS. The longest is the temporary one: `.<name>.pem.01234567.keyform-tmp`.
const LENGTH_MAX: usize = 255 - ".pem".len() - crate::disk::TEMPORARY_NAME_ADDS;

/// Checks that a name can be part of the name of a file.
pub(super) fn check(name: &CloudName) -> Result<(), KeyFileProblem> {
    let Some(danger) = danger(name.as_str()) else { return Ok(()) };
    Err(KeyFileProblem::Name { name: name.clone(), danger })
}

fn danger(name: &str) -> Option<NameDanger> {
    if name.is_empty() {
        return Some(NameDanger::Empty);
    }
    if name.len() > LENGTH_MAX {
        return Some(NameDanger::Length { found: name.len(), maximum: LENGTH_MAX });
    }
    if name.starts_with('.') {
        return Some(NameDanger::LeadingDot);
    }
    let character = name.chars().find(|&c| matches!(c, '/' | '\\') || c.is_control())?;
    Some(NameDanger::Character { character })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_after_r11_and_other_harmless_ones_are_file_names() {
        for name in ["web", "Web:a_b-2", "mein Schlüssel", "a.b", "-", &"x".repeat(128)] {
            assert_eq!(danger(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let table = [
            ("", NameDanger::Empty),
            (".", NameDanger::LeadingDot),
            ("..", NameDanger::LeadingDot),
            (".hidden", NameDanger::LeadingDot),
            ("../web", NameDanger::LeadingDot),
            ("a/b", NameDanger::Character { character: '/' }),
            ("/etc/web", NameDanger::Character { character: '/' }),
            ("a\\b", NameDanger::Character { character: '\\' }),
            ("a\0", NameDanger::Character { character: '\0' }),
            ("a\nb", NameDanger::Character { character: '\n' }),
            ("a\u{85}b", NameDanger::Character { character: '\u{85}' }),
            (&"ä".repeat(120), NameDanger::Length { found: 240, maximum: LENGTH_MAX }),
        ];
        for (name, expected) in table {
            assert_eq!(danger(name), Some(expected), "{name:?}");
        }
        assert_eq!(danger(&"x".repeat(LENGTH_MAX)), None);
        let long = NameDanger::Length { found: LENGTH_MAX + 1, maximum: LENGTH_MAX };
        assert_eq!(danger(&"x".repeat(LENGTH_MAX + 1)), Some(long));
    }
}

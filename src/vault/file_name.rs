//! Which names of pairs can be names of files.

use crate::model::CloudName;

/// The most bytes of a name, so that every file made for it has at most 255, the limit of Linux and
/// macOS. The longest is the temporary one: `.<name>.pem.01234567.keyform-tmp`.
const LENGTH_MAX: usize = 255 - ".pem".len() - crate::disk::TEMPORARY_NAME_ADDS;

/// Why a name cannot be the name of a file. Names after rule R11 always can; adopted pairs keep
/// whatever name they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameDanger {
    /// It has no characters.
    #[error("its name is empty")]
    Empty,
    /// It has this many bytes.
    #[error("its name has {0} bytes, and the name of its file can have {LENGTH_MAX} of it")]
    Length(usize),
    /// It starts with a dot, as hidden and temporary files do.
    #[error("its name starts with a dot, as those of hidden files do")]
    LeadingDot,
    /// It has a slash, a backslash or a control character.
    #[error("its name has {0:?}, which no file name should have")]
    Character(char),
}

/// Checks that a name can be part of the name of a file.
pub(super) fn check(name: &CloudName) -> Result<(), NameDanger> {
    danger(name.as_str()).map_or(Ok(()), Err)
}

fn danger(name: &str) -> Option<NameDanger> {
    if name.is_empty() {
        return Some(NameDanger::Empty);
    }
    if name.len() > LENGTH_MAX {
        return Some(NameDanger::Length(name.len()));
    }
    if name.starts_with('.') {
        return Some(NameDanger::LeadingDot);
    }
    name.chars().find(|&c| matches!(c, '/' | '\\') || c.is_control()).map(NameDanger::Character)
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
            ("a/b", NameDanger::Character('/')),
            ("/etc/web", NameDanger::Character('/')),
            ("a\\b", NameDanger::Character('\\')),
            ("a\0", NameDanger::Character('\0')),
            ("a\nb", NameDanger::Character('\n')),
            ("a\u{85}b", NameDanger::Character('\u{85}')),
            (&"ä".repeat(120), NameDanger::Length(240)),
        ];
        for (name, expected) in table {
            assert_eq!(danger(name), Some(expected), "{name:?}");
        }
        assert_eq!(danger(&"x".repeat(LENGTH_MAX)), None);
        assert_eq!(danger(&"x".repeat(LENGTH_MAX + 1)), Some(NameDanger::Length(LENGTH_MAX + 1)));
    }
}

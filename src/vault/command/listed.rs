//! What the program prints that lists the keys of a vault.

use super::super::Listed;
use crate::model::{CloudName, Fingerprint};

/// The keys, in the order of their names; else the first line that cannot be read, from 1.
pub(super) fn parse(printed: &[u8]) -> Result<Vec<Listed>, usize> {
    let mut listed = Vec::new();
    for (index, line) in printed.split(|&byte| byte == b'\n').enumerate() {
        if !line.iter().all(u8::is_ascii_whitespace) {
            listed.push(one(line).ok_or(index + 1)?);
        }
    }
    listed.sort();
    listed.dedup();
    Ok(listed)
}

/// A key in a line; a name may have blanks, a fingerprint has none.
fn one(line: &[u8]) -> Option<Listed> {
    let line = std::str::from_utf8(line).ok()?.trim();
    let (rest, is_retired) = match line.strip_suffix(" retired") {
        Some(rest) => (rest.trim_end(), true),
        None => (line, false),
    };
    let (name, fingerprint) = rest.rsplit_once(' ')?;
    let fingerprint = Fingerprint::parse(fingerprint)?;
    let name = CloudName::new(name.trim_end());
    (!name.as_str().is_empty()).then_some(Listed { name, is_retired, fingerprint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_name_a_fingerprint_and_perhaps_a_word() {
        let print = "00112233445566778899aabbccddeeff";
        let text = format!("web-g2 {print}\n\nweb {print} retired\r\nmein Web {print}\n");
        let listed = parse(text.as_bytes()).expect("it can be read");
        let names: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.is_retired)).collect();
        assert_eq!(names, [("mein Web", false), ("web", true), ("web-g2", false)]);
        let good = format!("web {print}\n");
        for bad in ["web", print, "web 00", &format!("web {print} gone"), "\u{0}\u{0}"] {
            let text = format!("{good}{bad}\n");
            assert_eq!(parse(text.as_bytes()), Err(2), "{bad}");
        }
        assert_eq!(parse(b"\xff\n"), Err(1));
    }
}

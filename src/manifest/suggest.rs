//! The known name that somebody may have meant.

/// The known name nearest to a written one, if one is near enough to be a slip of the hand.
#[must_use]
pub fn suggest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A longer text is no slip, and comparing it would take time for nothing.
    if written.len() > 200 {
        return None;
    }
    let allowed = (written.chars().count() / 3).max(1);
    let without_case = |name: &str| distance(&written.to_lowercase(), &name.to_lowercase());
    known
        .into_iter()
        .map(|name| (without_case(name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(without_case, name)| (*without_case, distance(written, name), *name))
        .map(|(_, name)| name)
}

/// How many characters must be changed, added, left out or swapped with the next (optimal string
/// alignment).
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (i, from) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in right.iter().enumerate() {
            let changed = rows[i][j] + usize::from(from != to);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == right[j - 1] && left[i - 1] == *to {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_another_word_finds_none() {
        let known = ["keyPair", "region", "instances", "restart"];
        for (written, found) in [
            ("keypair", Some("keyPair")),
            ("key_pair", Some("keyPair")),
            ("regions", Some("region")),
            ("instance", Some("instances")),
            ("reigon", Some("region")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(suggest(written, known), found, "{written}");
        }
        assert_eq!(suggest("wbe", ["Web", "web"]), Some("web"));
    }
}

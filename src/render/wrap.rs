//! Rows of a terminal: words, and so names, are never broken.

/// A line in rows of at most `width` characters, all but the first with so much space in front. A
/// word that is longer than a row has one for itself.
#[must_use]
pub fn wrapped(line: &str, width: usize, indent: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let (mut rest, mut space) = (line, 0);
    loop {
        let Some(end) = end_of_row(rest, width.saturating_sub(space)) else {
            rows.push(format!("{:space$}{rest}", ""));
            return rows;
        };
        rows.push(format!("{:space$}{}", "", rest[..end].trim_end()));
        (rest, space) = (rest[end..].trim_start(), indent);
    }
}

/// Where a row ends: at its last space that fits, or else at its first one; not if all of it fits,
/// or it is one word.
fn end_of_row(rest: &str, width: usize) -> Option<usize> {
    if rest.chars().count() <= width {
        return None;
    }
    let begin = rest.len() - rest.trim_start().len();
    let spaces = rest.trim_end().char_indices().enumerate();
    let mut spaces =
        spaces.filter(|(_, (at, character))| *at > begin && *character == ' ').peekable();
    let first = spaces.peek().map(|(_, (at, _))| *at);
    let fitting = spaces.take_while(|(number, _)| *number <= width).last();
    fitting.map(|(_, (at, _))| at).or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_at_spaces_and_never_within_a_word() {
        for (line, width, rows) in [
            ("", 10, vec![""]),
            ("one two", 10, vec!["one two"]),
            ("one two three", 8, vec!["one two", "  three"]),
            ("one two three", 7, vec!["one two", "  three"]),
            ("  12 s  restarting", 10, vec!["  12 s", "  restarting"]),
            ("i-bp1a0001 i-2", 5, vec!["i-bp1a0001", "  i-2"]),
            ("i-bp1a0001", 5, vec!["i-bp1a0001"]),
            ("é é é é", 3, vec!["é é", "  é", "  é"]),
        ] {
            assert_eq!(wrapped(line, width, 2), rows, "{line} {width}");
        }
    }
}

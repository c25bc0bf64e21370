//! A text on a screen that is drawn again and again.

use super::{size::Size, words::count};

/// The lines of a text that a screen has room for, and how many it has none for. A line that is
/// wider than the screen takes several of its rows; the last row is left to the cursor.
#[must_use]
pub fn frame(text: &str, size: Size) -> Vec<String> {
    let room = size.height.saturating_sub(1).max(1);
    let lines: Vec<&str> = text.lines().collect();
    let rows: usize = lines.iter().map(|line| height(line, size)).sum();
    if rows <= room {
        return lines.into_iter().map(str::to_owned).collect();
    }
    let (mut shown, mut used) = (Vec::new(), 0);
    for line in &lines {
        used += height(line, size);
        // The last row of the room says what is missing.
        if used >= room {
            break;
        }
        shown.push((*line).to_owned());
    }
    let missing = count(lines.len() - shown.len(), "more line");
    shown.push(format!("… {missing}; --binding, --pair, --region and --pending show less"));
    shown
}

/// How many rows of the screen a line takes.
fn height(line: &str, size: Size) -> usize {
    let length = anstream::adapter::strip_str(line).to_string().chars().count();
    length.div_ceil(size.width.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, width: usize, height: usize) -> Vec<String> {
        frame(text, Size { width, height })
    }

    #[test]
    fn a_text_is_drawn_as_far_as_there_is_room() {
        let more = |number: &str| {
            format!("… {number}; --binding, --pair, --region and --pending show less")
        };
        assert_eq!(drawn("a\n\nb\n", 80, 4), ["a", "", "b"]);
        assert_eq!(
            drawn("a\n\nb\nc\n", 80, 4),
            ["a".to_owned(), String::new(), more("2 more lines")]
        );
        // A line of ten characters takes three rows of four, colours none.
        assert_eq!(drawn("\u{1b}[1m0123456789\u{1b}[0m\nb", 4, 5).len(), 2);
        let long = "0123456789".to_owned();
        assert_eq!(drawn("0123456789\nb\nc", 4, 5), [long, more("2 more lines")]);
        assert_eq!(drawn("a\nb", 80, 0), [more("2 more lines")]);
    }
}

//! Names in a few rows.

use std::fmt::Display;

use crate::{render::wrap::wrapped, visible};

/// As many names as fit into so many rows, and how many more there are.
pub(super) fn names<T: Display>(
    names: &[T],
    width: usize,
    indent: usize,
    rows_max: usize,
) -> Vec<String> {
    // No more fit than there are spaces for, however many instances there are.
    let candidates = names.iter().take(width * rows_max);
    let shown: Vec<_> =
        candidates.map(|name| visible::line(&name.to_string()).into_owned()).collect();
    let listed = |fit: usize| {
        let mut text = shown[..fit].join(" ");
        if fit < names.len() {
            text.push_str(&format!(" and {} more", names.len() - fit));
        }
        let rows = wrapped(&text, width.saturating_sub(indent), 0);
        rows.into_iter().map(|row| format!("{:indent$}{row}", "")).collect::<Vec<_>>()
    };
    let lists = (1..=shown.len()).rev().map(|fit| (fit, listed(fit)));
    let mut lists = lists.skip_while(|(fit, rows)| *fit > 1 && rows.len() > rows_max);
    lists.next().map_or_else(Vec::new, |(_, rows)| rows)
}

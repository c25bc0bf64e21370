//! Tables that fit into a width: one row on each line.

use super::table::table;
use crate::visible;

/// What stands between two columns.
const GAP: usize = 2;

/// A column, and what may become of it where there is no room.
#[derive(Clone, Debug)]
pub(super) struct Column {
    title: &'static str,
    cells: Vec<String>,
    short: Option<Vec<String>>,
    floor: Option<usize>,
    is_context: bool,
    rank: Option<usize>,
}

impl Column {
    /// A column that is always shown in full.
    pub(super) fn new(title: &'static str, cells: impl IntoIterator<Item = String>) -> Self {
        let cells = cells.into_iter().map(|cell| visible::line(&cell).into_owned()).collect();
        Self { title, cells, short: None, floor: None, is_context: false, rank: None }
    }

    /// Shorter cells with the same meaning.
    pub(super) fn or(self, cells: impl IntoIterator<Item = String>) -> Self {
        Self { short: Some(cells.into_iter().collect()), ..self }
    }

    /// Its cells may be cut to this width.
    pub(super) fn cut_to(self, floor: usize) -> Self {
        Self { floor: Some(floor), ..self }
    }

    /// If all cells are equal, they may be said once above the table.
    pub(super) fn context(self) -> Self {
        Self { is_context: true, ..self }
    }

    /// It may be left out; the lowest rank goes first.
    pub(super) fn rank(self, rank: usize) -> Self {
        Self { rank: Some(rank), ..self }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.chars().count());
        cells.chain([self.title.len()]).max().unwrap_or(0)
    }

    /// The cell that all rows have, if there is one.
    fn repeated(&self) -> Option<&String> {
        let first = self.cells.first()?;
        self.cells.iter().all(|cell| cell == first).then_some(first)
    }
}

/// A table that is at most so wide, if that can be; without a width, with all there is.
///
/// First goes what all rows repeat, into a line above the table; then long cells give way to short
/// ones, names are cut, and columns are left out, which a line above the table says.
pub(super) fn fitted(mut columns: Vec<Column>, width: Option<usize>) -> String {
    let mut above = String::new();
    if let Some(width) = width {
        let repeated = without_context(&mut columns, width);
        if !repeated.is_empty() {
            above = format!("All rows: {}\n", repeated.join(", "));
        }
        shorten(&mut columns, width);
        let left_out = leave_out(&mut columns, width);
        cut(&mut columns, width);
        if !left_out.is_empty() {
            above.push_str(&format!("Left out at this width: {}\n", left_out.join(", ")));
        }
    }
    let titles: Vec<_> = columns.iter().map(|column| column.title).collect();
    let number = columns.first().map_or(0, |column| column.cells.len());
    let row = |at: usize| columns.iter().map(|column| column.cells[at].clone()).collect();
    let rows: Vec<Vec<String>> = (0..number).map(row).collect();
    format!("{above}{}", table(&titles, &rows))
}

fn total(columns: &[Column]) -> usize {
    let widths: usize = columns.iter().map(Column::width).sum();
    widths + GAP * columns.len().saturating_sub(1)
}

/// Takes out what all rows repeat.
fn without_context(columns: &mut Vec<Column>, width: usize) -> Vec<String> {
    let mut said = Vec::new();
    while total(columns) > width {
        let is_said = |column: &Column| column.is_context && column.repeated().is_some();
        let Some(at) = columns.iter().position(is_said) else { break };
        let column = columns.remove(at);
        said.extend(column.repeated().map(|cell| format!("{} {cell}", column.title)));
    }
    said
}

/// Gives way to short cells, the last column first.
fn shorten(columns: &mut [Column], width: usize) {
    while total(columns) > width {
        let Some(column) = columns.iter_mut().rev().find(|column| column.short.is_some()) else {
            break;
        };
        column.cells = column.short.take().unwrap_or_default();
    }
}

/// Leaves out columns as long as cutting alone would not do; answers their titles.
fn leave_out(columns: &mut Vec<Column>, width: usize) -> Vec<&'static str> {
    let mut titles = Vec::new();
    loop {
        let mut tried = columns.clone();
        cut(&mut tried, width);
        let ranked = columns.iter().enumerate().filter_map(|(at, one)| Some((one.rank?, at)));
        let Some((_, at)) = ranked.min().filter(|_| total(&tried) > width) else { break };
        titles.push(columns.remove(at).title);
    }
    titles
}

/// Cuts the widest of the columns that may be cut, again and again.
fn cut(columns: &mut [Column], width: usize) {
    while total(columns) > width {
        let can_be_cut = |column: &&mut Column| {
            column.floor.is_some_and(|floor| column.width() > floor.max(column.title.len()))
        };
        let Some(widest) = columns.iter_mut().filter(can_be_cut).max_by_key(|one| one.width())
        else {
            break;
        };
        let length = widest.width() - 1;
        for cell in &mut widest.cells {
            if cell.chars().count() > length {
                *cell = cell.chars().take(length - 1).chain(['…']).collect();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let cells = |cells: [&str; 2]| cells.map(str::to_owned);
        vec![
            Column::new("ID", cells(["i-1", "i-2"])),
            Column::new("NAME", cells(["a-long-name", "web"])).cut_to(6).rank(0),
            Column::new("REGION", cells(["cn-hangzhou", "cn-hangzhou"])).context().rank(1),
            Column::new("EFFECT", cells(["pending since 22:33", "-"])).or(cells(["pending", "-"])),
        ]
    }

    /// The lines of the table at a width, without colours, titles and the empty line at its end.
    fn drawn(width: Option<usize>) -> Vec<String> {
        let text = anstream::adapter::strip_str(&fitted(columns(), width)).to_string();
        text.lines()
            .filter(|line| !line.is_empty() && !line.starts_with("ID"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_table_gives_way_step_by_step() {
        let full = [
            "i-1  a-long-name  cn-hangzhou  pending since 22:33",
            "i-2  web          cn-hangzhou  -",
        ];
        assert_eq!(drawn(None), full);
        assert_eq!(drawn(Some(50)), full, "it fits to the character");
        assert_eq!(
            drawn(Some(49)),
            [
                "All rows: REGION cn-hangzhou",
                "i-1  a-long-name  pending since 22:33",
                "i-2  web          -",
            ]
        );
        assert_eq!(
            drawn(Some(30)),
            ["All rows: REGION cn-hangzhou", "i-1  a-long-name  pending", "i-2  web          -"]
        );
        assert_eq!(
            drawn(Some(20)),
            ["All rows: REGION cn-hangzhou", "i-1  a-lon…  pending", "i-2  web     -"]
        );
        assert_eq!(
            drawn(Some(15)),
            [
                "All rows: REGION cn-hangzhou",
                "Left out at this width: NAME",
                "i-1  pending",
                "i-2  -",
            ]
        );
        assert_eq!(drawn(Some(1)), drawn(Some(15)), "what is left is always shown");
    }
}

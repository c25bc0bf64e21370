//! How much a terminal has room for.

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many fit into a row.
    pub width: usize,
    /// How many rows there are.
    pub height: usize,
}

//! `keyform schema`.

use std::fmt::Write as _;

use super::{arguments::SchemaOptions, exit_code::Exit, terminal};
use crate::schema::Document;

pub(super) fn run(options: &SchemaOptions) -> anyhow::Result<Exit> {
    let text = match &options.name {
        Some(document) => document.schema(),
        None => Document::ALL.into_iter().fold(String::new(), |mut list, document| {
            let _ = writeln!(list, "{:<12}  {}", document.name(), document.title());
            list
        }),
    };
    terminal::print(&text)?;
    Ok(Exit::Done)
}

//! `keyform status`.

use std::path::Path;

use super::{
    Exit,
    arguments::{Format, StatusOptions},
    project, terminal,
};
use crate::{render, session::Status};

pub(super) fn run(directory: &Path, options: &StatusOptions) -> anyhow::Result<Exit> {
    let status = project::open(directory, &options.keys)?.status()?;
    match options.format.format {
        Format::Json => terminal::print(&format!("{:#}\n", serde_json::to_value(&status)?))?,
        Format::Text => terminal::print(&text(&status))?,
    }
    Ok(Exit::Done)
}

fn text(status: &Status) -> String {
    let pairs = status.pairs.iter().map(|pair| {
        let cloud = if pair.in_cloud { "yes" } else { "no" };
        vec![
            pair.name.to_string(),
            pair.region.to_string(),
            cloud.to_owned(),
            pair.private_key.words().to_owned(),
            pair.instances.to_string(),
        ]
    });
    let instances = status.instances.iter().map(|one| {
        vec![
            one.id.to_string(),
            one.name.clone(),
            one.region.to_string(),
            one.binding.to_string(),
            one.bound.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            one.effect.words().to_owned(),
            one.status.map_or_else(|| "not seen".to_owned(), |status| status.to_string()),
        ]
    });
    let mut out = format!("Project {}, serial {}\n\n", status.project, status.serial);
    let titles = ["KEY PAIR", "REGION", "IN CLOUD", "PRIVATE KEY", "INSTANCES"];
    out.push_str(&render::table(&titles, &pairs.collect::<Vec<_>>()));
    let titles = ["INSTANCE", "NAME", "REGION", "BINDING", "BOUND TO", "EFFECT", "STATUS"];
    out.push_str(&render::table(&titles, &instances.collect::<Vec<_>>()));
    if status.pairs.is_empty() && status.instances.is_empty() {
        out.push_str("Nothing is made yet, or nothing is left of it.\n");
    }
    out.push_str(if status.todo.blocked > 0 {
        "Something is blocked until somebody mends it: `keyform plan` shows it.\n"
    } else if status.is_settled {
        "There is nothing to do.\n"
    } else {
        "There is something to do: `keyform plan` shows it.\n"
    });
    out
}

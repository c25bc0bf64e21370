//! Places as people read them: relative to the directory that they are in, so that an editor and a
//! terminal open them. Documents name files relative to the project.

use std::path::Path;

use crate::{manifest::Origin, visible};

/// The path of a file of the project in this directory.
pub(super) fn file(project: &Path, file: &str) -> String {
    match project == Path::new(".") {
        true => visible::line(file).into_owned(),
        false => visible::path(&project.join(file)),
    }
}

/// The place of a manifest of the project in this directory.
pub(super) fn origin(project: &Path, origin: &Origin) -> String {
    format!("{}:{}:{}", file(project, &origin.file), origin.line, origin.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_relative_to_the_current_directory() {
        for (project, written, shown) in [
            (".", "web.yaml", "web.yaml"),
            ("prod", "web.yaml", "prod/web.yaml"),
            ("../prod/", "../teams/web.yaml", "../prod/../teams/web.yaml"),
            ("/srv/prod", "web.yaml", "/srv/prod/web.yaml"),
        ] {
            assert_eq!(file(Path::new(project), written), shown);
        }
    }
}

//! The page about restarts: its transcripts are what the program shows.

use std::path::Path;

use keyform::{
    disk::{Disk as _, RealDisk},
    model::CloudName,
    render,
    session::{Applied, ApplyRequest, PlanOptions, Planned},
    state::deferred_items,
};

use super::{
    scene::Scene,
    schedule::{example, time},
};
use crate::{
    readme::read,
    support::{Project, redacted},
};

/// What `keyform plan`, `apply` or `apply --due` shows of a scene.
fn applied(scene: &Scene, due: bool) -> String {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    let mut out = String::new();
    let mut lines = String::new();
    let wish = ApplyRequest::Fresh(PlanOptions { due, ..PlanOptions::default() });
    let mut approve = |planned: &Planned| {
        out = format!("{}\n", render::plan::text(&planned.plan, Path::new(".")));
        true
    };
    let mut began = None;
    let applied = session.apply(wish, &mut approve, &mut |plan, at, progress| {
        let elapsed = at.since(*began.get_or_insert(at));
        let line = render::progress::line(plan, progress);
        let line = line.map(|line| render::progress::timed(&line, elapsed));
        lines.extend(line.map(|line| format!("{line}\n")));
    });
    let end = match applied.expect("it comes to its end") {
        Applied::Nothing(plan) => render::plan::text(&plan, Path::new(".")),
        Applied::Ran { plan, report } => {
            let file = |name: &CloudName| Some(session.private_key_place(name));
            format!("\n{}", render::report::text(&plan, &report, &file))
        }
        Applied::Declined => panic!("it is approved"),
    };
    let state = scene.states().newest().expect("a state").expect("a state");
    let left =
        render::deferred::text(&deferred_items(&state.recorded, session.now()), session.now());
    anstream::adapter::strip_str(&format!("{out}{lines}{end}{left}")).to_string()
}

/// The maintenance window, from Wednesday to Saturday night.
fn nights() -> String {
    let wednesday = example("2026-12-16T10:00:00Z");
    let approved = applied(&wednesday, false);
    let night = wednesday.at(time("2026-12-18T18:00:00Z"));
    let done = applied(&night, true);
    format!(
        "$ date\nWed Dec 16 18:00:00 CST 2026\n$ keyform apply --auto-approve\n{approved}$ date\n\
         Sat Dec 19 02:00:00 CST 2026\n$ keyform apply --due\n{done}"
    )
}

/// A rotation of which the first instance refuses the new key.
fn rotation() -> String {
    let project = Project::example("canary-rotation");
    project.run(&["apply", "--auto-approve"]).expect(0);
    project.edit("api.yaml", "generation: 1", "generation: 2");
    project.write("refusing", "api-1\n");
    let mut text = "$ sed -i 's/generation: 1/generation: 2/' api.yaml\n$ echo api-1 > refusing\n\
                    $ keyform apply --auto-approve\n"
        .to_owned();
    text.push_str(&project.terminal(&["apply", "--auto-approve"]));
    RealDisk.remove_file(&project.path("refusing")).expect("it is there");
    text.push_str("$ rm refusing\n$ keyform apply --auto-approve\n");
    text.push_str(&project.terminal(&["apply", "--auto-approve"]));
    text.push_str("$ keyform status\n");
    text.push_str(&project.terminal(&["status"]));
    text
}

/// Without what differs from run to run: digests, the order of instances that run together, times.
fn calm(text: &str) -> Vec<String> {
    let is_time = |word: &str| word.starts_with("20") && word.contains('T') && word.ends_with('Z');
    let lines = redacted(text);
    let mut lines: Vec<_> = lines
        .lines()
        .map(|line| {
            let words = line.split(' ').map(|word| if is_time(word) { "TIME" } else { word });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_page_about_restarts_shows_what_the_program_shows() {
    let page = read("docs/restarts.md");
    let blocks = crate::readme::blocks(&page, "console");
    let shown = [nights(), rotation()];
    assert_eq!(blocks.len(), shown.len());
    for (block, shown) in blocks.iter().zip(&shown) {
        let is_true = calm(block) == calm(shown);
        assert!(is_true, "docs/restarts.md is not true any more; this is:\n{shown}");
    }
}

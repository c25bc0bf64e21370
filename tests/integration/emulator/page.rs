//! What docs/emulator.md says is so.

use std::collections::BTreeSet;

use keyform::emulator::server::{AccessKeys, Script};

use super::client::{Bench, raw};
use crate::{readme::read, support::Project};

fn page() -> String {
    read("docs/emulator.md")
}

/// The indented blocks that begin with this word.
fn blocks(word: &str) -> Vec<String> {
    let page = page();
    let paragraphs = page.split("\n\n").map(|part| part.trim_matches('\n'));
    let indented = paragraphs.filter(|part| part.lines().all(|line| line.starts_with("    ")));
    let texts = indented
        .map(|part| part.lines().map(|line| format!("{}\n", &line[4..])).collect::<String>());
    texts.filter(|text| text.starts_with(word)).collect()
}

/// The words in backticks in the first column of the table under a heading.
fn first_column(heading: &str) -> BTreeSet<String> {
    let page = page();
    let section = page.split_once(heading).unwrap_or_else(|| panic!("{heading} is there")).1;
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').nth(1).expect("a column").trim().to_owned())
        .collect()
}

#[test]
fn its_scripts_and_its_credentials_are_read() {
    for script in [blocks("faults:"), blocks("behaviour:")].concat() {
        Script::read(&script).unwrap_or_else(|problem| panic!("{problem}:\n{script}"));
    }
    assert_eq!((blocks("faults:").len(), blocks("behaviour:").len()), (1, 1));
    for credentials in blocks("credentials:") {
        AccessKeys::read(&credentials).unwrap_or_else(|problem| panic!("{problem}"));
    }
    assert_eq!(blocks("credentials:").len(), 1);
}

#[test]
fn its_effects_are_those_of_a_script() {
    for effect in first_column("## Faults") {
        let effect = effect.trim_matches('`');
        let script = format!("faults:\n- {{effect: {effect}}}\n");
        let problem = Script::read(&script).err().unwrap_or_default();
        assert!(!problem.contains("unknown variant"), "{effect}: {problem}");
    }
}

#[test]
fn its_operations_are_served() {
    let bench = Bench::new();
    let rows = first_column("## What it serves");
    let operations: Vec<_> = rows.iter().flat_map(|row| row.split(", ")).collect();
    assert!(operations.len() >= 20, "{operations:?}");
    for operation in operations {
        let mut request = raw(operation, &[]);
        if ["GetCallerIdentity", "AssumeRole"].contains(&operation) {
            request.headers.insert("x-acs-version".to_owned(), "2015-04-01".to_owned());
        }
        let reply = bench.send(request);
        assert!(!reply.body.contains("InvalidAction.NotFound"), "{operation}: {}", reply.body);
    }
}

#[test]
fn its_options_are_those_of_the_command() {
    let project = Project::empty();
    let help = project.run(&["emulator", "serve", "--help"]).expect(0).stdout;
    let listed = first_column("## Options");
    let named = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_lowercase() && c != '-');
        words.filter(|word| word.starts_with("--")).map(str::to_owned).collect()
    };
    let of_page: BTreeSet<_> = listed.iter().flat_map(|row| named(row)).collect();
    let of_command: BTreeSet<_> = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with("--"))
        .filter_map(|line| named(line).into_iter().next())
        .filter(|option| !["--no-color", "--log", "--log-format"].contains(&option.as_str()))
        .collect();
    assert_eq!(of_page, of_command);
}

//! The pages of the repository: what they cite exists, and their links lead somewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{files, read, root, shown};

/// Where the rules and the laws are defined.
const CONCEPTS: &str = "docs/concepts.md";

/// The pages of the repository, each with its text.
fn pages() -> BTreeMap<PathBuf, String> {
    let at_top = std::fs::read_dir(root()).expect("the repository");
    let at_top = at_top.map(|entry| entry.expect("an entry").path());
    let at_top = at_top.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let below = ["docs", "examples"].map(|directory| files(&root().join(directory), &["md"]));
    let paths = at_top.chain(below.into_iter().flatten());
    paths.map(|path| (path.clone(), read(&path))).collect()
}

/// A page without its fenced and indented blocks and its code spans, line by line.
fn prose(page: &str) -> Vec<String> {
    let mut is_fenced = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        let is_fence = line.trim_start().starts_with("```");
        let is_code = is_fenced || is_fence || line.starts_with("    ");
        is_fenced ^= is_fence;
        let outside = line.split('`').step_by(2);
        lines.push(if is_code { String::new() } else { outside.collect::<Vec<_>>().join("`") });
    }
    lines
}

/// The anchors of a page: those that it names, and those that its headings get.
fn anchors(page: &str) -> BTreeSet<String> {
    let named = page.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let headings = headings.map(|line| slug(line.trim_start_matches('#').trim()));
    named.map(str::to_owned).chain(headings).collect()
}

/// The anchor of a heading: small letters, hyphens for blanks, and no other signs.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The targets of the links of a page, each with its line.
fn links(page: &str) -> Vec<(usize, String)> {
    let of_line = |line: &str| -> Vec<String> {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        targets.map(str::to_owned).collect()
    };
    let lines = prose(page).into_iter().enumerate();
    lines
        .flat_map(|(index, line)| of_line(&line).into_iter().map(move |link| (index + 1, link)))
        .collect()
}

/// Why a link of a page leads nowhere, if so. What is on the web is not asked for.
fn broken(pages: &BTreeMap<PathBuf, String>, page: &Path, link: &str) -> Option<String> {
    if link.starts_with("https://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let directory = page.parent().unwrap_or(root());
    let path = if file.is_empty() { page.to_owned() } else { directory.join(file) };
    let Ok(path) = path.canonicalize() else { return Some(format!("{file} does not exist")) };
    if anchor.is_empty() {
        return None;
    }
    let text = pages.iter().find(|(page, _)| page.canonicalize().is_ok_and(|page| page == path));
    match text {
        Some((_, text)) if anchors(text).contains(anchor) => None,
        _ => Some(format!("{} has no anchor {anchor}", shown(&path))),
    }
}

/// The rules and laws that a text cites: `R` or `L` and a number, as a word of its own.
fn cited(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_citation = |word: &&str| {
        let number = word.strip_prefix(['R', 'L']);
        number.is_some_and(|number| {
            (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    words.filter(is_citation).map(str::to_owned).collect()
}

#[test]
fn every_rule_and_law_that_is_cited_has_its_section() {
    let anchors = anchors(&read(&root().join(CONCEPTS)));
    let mut paths: Vec<_> = pages().into_keys().collect();
    for (directory, endings) in
        [("src", &["rs"][..]), ("tests", &["rs", "txt"]), ("schema", &["json"])]
    {
        paths.extend(files(&root().join(directory), endings));
    }
    paths.extend(files(&root().join("examples"), &["yaml", "sh"]));
    let mut wrong = Vec::new();
    for path in paths {
        for (index, line) in read(&path).lines().enumerate() {
            let unknown =
                cited(line).into_iter().filter(|one| !anchors.contains(&one.to_lowercase()));
            wrong.extend(unknown.map(|one| format!("{}:{}: {one}", shown(&path), index + 1)));
        }
    }
    assert!(wrong.is_empty(), "{CONCEPTS} does not define what these cite:\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_and_law_is_defined_once() {
    let page = read(&root().join(CONCEPTS));
    let rules = (1..=13).map(|number| format!("R{number}"));
    let laws = (1..=10).map(|number| format!("L{number}"));
    for name in rules.chain(laws) {
        let heading = format!("### <a id=\"{}\"></a>{name}: ", name.to_lowercase());
        assert_eq!(page.matches(&heading).count(), 1, "{heading}");
    }
}

#[test]
fn the_links_between_the_pages_lead_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    for (path, text) in &pages {
        for (line, link) in links(text) {
            let why = broken(&pages, path, &link);
            wrong.extend(why.map(|why| format!("{}:{line}: {link}: {why}", shown(path))));
        }
    }
    assert!(wrong.is_empty(), "these links lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn a_broken_link_and_an_unknown_citation_are_found() {
    let page = root().join("docs/here.md");
    let text = "# Two words\n<a id=\"x\"></a> [a](here.md#x) `[b](no.md)`\n```\n[c](no.md)\n```\n";
    assert_eq!(links(text), [(2, "here.md#x".to_owned())]);
    assert_eq!(anchors(text), ["two-words", "x"].map(str::to_owned).into());
    let pages = BTreeMap::from([(page.clone(), text.to_owned())]);
    for (link, why) in [
        ("no.md", Some("no.md does not exist")),
        ("../README.md", None),
        ("../README.md#x", Some("README.md has no anchor x")),
        ("https://example.com/no.md#x", None),
    ] {
        assert_eq!(broken(&pages, &page, link).as_deref(), why, "{link}");
    }
    assert_eq!(cited("by R5 (L10), not R2D2, XL3, L_1, R or L100"), ["R5", "L10"]);
}

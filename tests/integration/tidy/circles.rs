//! Files of one module that import one another in a circle.
//!
//! The rule: a file imports the file that **defines** what it names, in a `use` or in a path of its
//! code (`crate::`, `super::`, `self::`, or a child's name in front). Whatever only passes a name on
//! (`pub use child::Item` in a parent) is looked through: who imports `super::Item` imports the
//! child, and the parent imports it only if its own code names `Item` too. A child that uses what
//! its parent defines, while the parent uses what the child defines, is a circle like any other.
//! Two things are not seen: a method that another file adds to a type, and what only tests name.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{module_path, program};

/// Circles that may be there: the files, and why. One that is gone or smaller loses its row.
const ALLOWED: [(&[&str], &str); 4] = [
    (
        &[
            "emulator/world.rs",
            "emulator/world/bindings.rs",
            "emulator/world/instances.rs",
            "emulator/world/pairs.rs",
            "emulator/world/power.rs",
            "emulator/world/statuses.rs",
            "emulator/world/tags.rs",
        ],
        "the parts of one world, each a family of operations on it",
    ),
    (
        &[
            "keys/generate.rs",
            "keys/given.rs",
            "keys/given/pem.rs",
            "keys/given/rfc4716.rs",
            "keys/given/slip.rs",
            "keys/given/slip/seen.rs",
            "keys/pem.rs",
            "keys/private.rs",
            "keys/public.rs",
            "keys/public/blob.rs",
            "keys/public/line.rs",
            "keys/public/numbers.rs",
            "keys/public/problem.rs",
        ],
        "one refusal names what is read, and all that read refuse",
    ),
    (
        &["manifest/collect.rs", "manifest/load.rs"],
        "a file that is loaded collects its documents, and these name files",
    ),
    (
        &[
            "manifest/decode.rs",
            "manifest/inventory.rs",
            "manifest/raw.rs",
            "manifest/raw/program.rs",
            "manifest/raw/proof.rs",
            "manifest/raw/restart.rs",
            "manifest/raw/state.rs",
            "manifest/raw/vault.rs",
            "manifest/resolve/binding.rs",
            "manifest/resolve/bucket.rs",
            "manifest/resolve/cloud.rs",
            "manifest/resolve/document.rs",
            "manifest/resolve/encryption.rs",
            "manifest/resolve/fields.rs",
            "manifest/resolve/given_key.rs",
            "manifest/resolve/inventory.rs",
            "manifest/resolve/kept.rs",
            "manifest/resolve/key_pair.rs",
            "manifest/resolve/key_source.rs",
            "manifest/resolve/program.rs",
            "manifest/resolve/project.rs",
            "manifest/resolve/proof.rs",
            "manifest/resolve/resource_group.rs",
            "manifest/resolve/restart.rs",
            "manifest/resolve/schedule.rs",
            "manifest/resolve/selector.rs",
            "manifest/resolve/state.rs",
            "manifest/resolve/vault.rs",
            "manifest/schema.rs",
        ],
        "what is read, its meaning and its schema name one another's fields",
    ),
];

/// A way through modules to an item, from the crate on.
type Way = Vec<String>;

/// What a file says about others.
#[derive(Debug, Default)]
struct File {
    name: String,
    /// What each name of its `use`s stands for.
    names: BTreeMap<String, Way>,
    /// What it needs itself.
    needs: BTreeSet<Way>,
}

/// The files of the program by the way to their module.
type Files = BTreeMap<Way, File>;

fn words(way: &[&str]) -> Way {
    way.iter().map(|&word| word.to_owned()).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of a code and what stands between them, one after the other.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// What a tree of a `use` names: each way, and by which name it is known then.
fn leaves(tree: &[&str], before: &Way, found: &mut Vec<(String, Way)>) {
    let mut way = before.clone();
    let mut at = 0;
    while at < tree.len() {
        match tree[at] {
            "::" => {}
            "{" => {
                for branch in branches(&tree[at + 1..tree.len() - 1]) {
                    leaves(branch, &way, found);
                }
                return;
            }
            "as" => {
                found.push((tree[at + 1].to_owned(), way));
                return;
            }
            "self" if !way.is_empty() => {}
            word => way.push(word.to_owned()),
        }
        at += 1;
    }
    found.extend(way.last().cloned().map(|name| (name, way)));
}

/// The parts between the outer commas.
fn branches<'a, 'c>(tree: &'a [&'c str]) -> Vec<&'a [&'c str]> {
    let mut depth = 0;
    let at_outer_comma = move |token: &&str| {
        depth += i32::from(*token == "{") - i32::from(*token == "}");
        depth == 0 && *token == ","
    };
    tree.split(at_outer_comma).filter(|branch| !branch.is_empty()).collect()
}

/// The way from the crate on, if it leads through the crate.
fn absolute(way: &Way, module: &[&str], children: &BTreeSet<&str>) -> Option<Way> {
    let first = way.first()?.as_str();
    let ups = way.iter().take_while(|word| *word == "super").count();
    let (base, rest) = match first {
        "crate" => (&module[..0], &way[1..]),
        "self" => (module, &way[1..]),
        "super" => (&module[..module.len().checked_sub(ups)?], &way[ups..]),
        child if children.contains(child) => (module, &way[..]),
        _ => return None,
    };
    Some(words(base).into_iter().chain(rest.iter().cloned()).collect())
}

/// What a file says about others.
fn file(name: &str, code: &str) -> File {
    let module = module_path(name);
    let tokens = tokens(code);
    let is_child = |three: &[&str]| three[0] == "mod" && three[2] == ";";
    let children: BTreeSet<&str> =
        tokens.windows(3).filter(|three| is_child(three)).map(|three| three[1]).collect();
    let mut file = File { name: name.to_owned(), ..File::default() };
    let (mut passed_on, mut own_words) = (Vec::new(), BTreeSet::new());
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        if rest[0] == "use" && rest.get(1).is_some_and(|next| *next != "<") {
            let length = rest.iter().position(|token| *token == ";").unwrap_or(rest.len());
            let mut found = Vec::new();
            leaves(&rest[1..length], &Vec::new(), &mut found);
            let is_passed_on = at > 0 && matches!(tokens[at - 1], "pub" | ")");
            for (known_as, way) in found {
                let Some(way) = absolute(&way, &module, &children) else { continue };
                file.names.insert(known_as.clone(), way.clone());
                if is_passed_on {
                    passed_on.push((known_as, way));
                } else {
                    file.needs.insert(way);
                }
            }
            at += length;
        } else if rest[0] == "mod" && rest.get(2) == Some(&";") {
            at += 3;
        } else if rest[0].starts_with(is_word) {
            let mut way = vec![rest[0].to_owned()];
            while let Some(["::", next]) = rest.get(2 * way.len() - 1..=2 * way.len())
                && next.starts_with(is_word)
            {
                way.push((*next).to_owned());
            }
            let before = at;
            at += 2 * way.len() - 1;
            own_words.insert(way[0].clone());
            let is_visibility = tokens[..before].ends_with(&["(", "in"]);
            if way.len() > 1 && !is_visibility {
                file.needs.extend(absolute(&way, &module, &children));
            }
        } else {
            at += 1;
        }
    }
    let is_own = |(name, way)| own_words.contains(&name).then_some(way);
    file.needs.extend(passed_on.into_iter().filter_map(is_own));
    file
}

/// The module whose file defines what a way leads to.
fn definer(files: &Files, way: &Way) -> Option<Way> {
    let mut way = way.clone();
    // A name is passed on a few times at most.
    for _ in 0..16 {
        let length = (1..=way.len()).rev().find(|&length| files.contains_key(&way[..length]))?;
        let (module, rest) = way.split_at(length);
        let stands_for = rest.first().and_then(|name| files[module].names.get(name));
        match stands_for {
            Some(other) if files.contains_key(&other[..1]) => {
                way = other.iter().chain(&rest[1..]).cloned().collect();
            }
            _ => return Some(module.to_vec()),
        }
    }
    None
}

/// Which file imports which others of its module.
fn imports(program: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let way = |name: &str| words(&module_path(name));
    let files: Files = program.iter().map(|(name, code)| (way(name), file(name, code))).collect();
    let of_file = |(module, file): (&Way, &File)| {
        let needs = file.needs.iter().filter_map(|way| definer(&files, way));
        let others = needs.filter(|other| other.first() == module.first() && other != module);
        (file.name.clone(), others.map(|other| files[&other].name.clone()).collect())
    };
    files.iter().filter(|(module, _)| !module.is_empty()).map(of_file).collect()
}

/// The files that one imports, and all that these import.
fn reached<'a>(
    imports: &'a BTreeMap<String, BTreeSet<String>>,
    from: &'a String,
) -> BTreeSet<&'a String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        open.extend(imports[file].iter().filter(|other| seen.insert(*other)));
    }
    seen
}

/// The circles: sets of files that reach one another.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<_, _> =
        imports.keys().map(|file| (file, reached(imports, file))).collect();
    let circle = |file: &String| -> BTreeSet<String> {
        let both = reached[file].iter().filter(|other| reached[*other].contains(file));
        both.map(|other| (*other).clone()).collect()
    };
    reached.keys().map(|file| circle(file)).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn no_files_of_a_module_import_one_another_in_a_circle() {
    let imports = imports(&program());
    let found = circles(&imports);
    let allowed = |(files, _): &(&[&str], &str)| -> BTreeSet<String> {
        files.iter().map(|&file| file.to_owned()).collect()
    };
    let allowed: BTreeSet<_> = ALLOWED.iter().map(allowed).collect();
    let steps = |circle: &BTreeSet<String>| -> Vec<String> {
        let of_file =
            |file| imports[file].intersection(circle).map(move |to| format!("{file} -> {to}"));
        circle.iter().flat_map(of_file).collect()
    };
    let wrong: Vec<_> = found.difference(&allowed).map(steps).collect();
    assert!(wrong.is_empty(), "these files import one another in a circle: {wrong:#?}");
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(gone.is_empty(), "these circles are gone, and their rows in ALLOWED too: {gone:#?}");
}

#[test]
fn a_circle_is_found_whatever_the_imports_look_like() {
    let pair = |a: &str, b: &str, is_circle: bool| {
        let program = [
            ("lib.rs", "pub mod one;"),
            ("one/mod.rs", a),
            ("one/b.rs", b),
            ("one/c.rs", "pub struct C; pub(super) use super::b::Other as Renamed;"),
        ];
        let program = program.map(|(name, code)| (name.to_owned(), code.to_owned()));
        let found = circles(&imports(&program));
        assert_eq!(!found.is_empty(), is_circle, "{a}\n{b}\n{found:?}");
    };
    let parent = "mod b; mod c; pub struct A;";
    // A child may use its parent, and a parent its child, but not both.
    pair(parent, "use super::A; pub struct B;", false);
    pair(&format!("{parent} use b::B; "), "pub struct B;", false);
    pair(&format!("{parent} use b::B; "), "use super::A; pub struct B;", true);
    pair(&format!("{parent} use self::b::{{B, Other}};"), "use crate::one::{A}; ", true);
    pair(&format!("{parent} fn f() {{ b::g() }}"), "fn g() -> super::A {}", true);
    pair(&format!("{parent} use c::Renamed;"), "use super::A; pub struct Other;", true);
    pair(&format!("{parent} use b::B;"), "pub(in crate::one) struct B;", false);
    // To pass a name on is no use of it; to use it besides is one.
    pair(&format!("{parent} pub use b::B;"), "use super::A; pub struct B;", false);
    pair(&format!("{parent} pub(crate) use b::B; fn f(_: B) {{}}"), "use super::A; ", true);
    // Who imports it from there imports the file that defines it.
    pair(&format!("{parent} pub use c::C;"), "use super::C;", false);
    pair(&format!("{parent} pub use c::C; use b::B;"), "use super::C; pub struct B;", false);
}

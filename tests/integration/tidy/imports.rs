//! The table of modules in ARCHITECTURE.md against the code: who may import whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{files, read, root, shown, source};

/// How the table begins.
const HEADER: &str = "| module | what it is | imports |";

/// What each module may import.
type Table = BTreeMap<String, BTreeSet<String>>;

/// An import of a module of this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Import {
    line: usize,
    module: String,
}

/// The table as the page has it.
fn table(page: &str) -> Table {
    let rows = page.lines().skip_while(|line| *line != HEADER).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').collect();
            let [module, _, imports] = cells[..] else { panic!("a row with three cells: {line}") };
            let module = quoted(module).next().expect("a module in backticks");
            (module, quoted(imports).collect())
        })
        .collect()
}

/// The words in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The path of the module that a file below `src/` is.
pub(super) fn module_path(file: &str) -> Vec<&str> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" || path == "main" { Vec::new() } else { path.split('/').collect() }
}

/// The modules of the crate that some code names, by `crate::` or by going up to it.
fn imports(code: &str, depth: usize) -> Vec<Import> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        named(code, at + "crate::".len(), &mut found);
    }
    let up = "super::".repeat(depth.max(1));
    for (at, _) in code.match_indices(&up) {
        // Not inside of a longer way up, which was found at its beginning.
        let inner = code[..at].ends_with("super::");
        if depth > 0 && !inner {
            named(code, at + up.len(), &mut found);
        }
    }
    found.sort_by_key(|import| import.line);
    found
}

/// The module or the group of modules that stands at a place.
fn named(code: &str, at: usize, found: &mut Vec<Import>) {
    let mut depth = 0;
    let mut begins = true;
    for (offset, c) in code[at..].char_indices() {
        match c {
            '{' => (depth, begins) = (depth + 1, depth == 0),
            '}' => depth -= 1,
            ',' if depth == 1 => begins = true,
            c if c.is_whitespace() => continue,
            _ if begins && depth <= 1 => {
                let rest = &code[at + offset..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let module = rest[..end.unwrap_or(rest.len())].to_owned();
                let line = code[..at + offset].matches('\n').count() + 1;
                found.push(Import { line, module });
                begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// What of a file's imports the table does not allow; the allowed ones are added to `used`.
fn violations(table: &Table, file: &str, code: &str, used: &mut Table) -> Vec<String> {
    let path = module_path(file);
    let Some(module) = path.first() else { return Vec::new() };
    let Some(allowed) = table.get(*module) else {
        return vec![format!("src/{file}: the module {module} has no row in the table")];
    };
    let mut wrong = Vec::new();
    for import in imports(code, path.len()) {
        if import.module == *module {
            continue;
        }
        if allowed.contains(&import.module) {
            used.entry((*module).to_owned()).or_default().insert(import.module);
        } else {
            let allowed: Vec<_> = allowed.iter().map(String::as_str).collect();
            let allowed = if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") };
            let Import { line, module: other } = import;
            wrong.push(format!(
                "src/{file}:{line}: {module} imports {other}; it may import {allowed}"
            ));
        }
    }
    wrong
}

/// The code of the program, file by file, without tests.
pub(super) fn program() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut only_tests: Vec<String> = Vec::new();
    let mut program = Vec::new();
    for path in files(&src, &["rs"]) {
        let (code, tests) = source::without_tests(&source::code(&read(&path)));
        let file = shown(&path).trim_start_matches("src/").to_owned();
        let parents = module_path(&file).join("/");
        only_tests.extend(tests.into_iter().map(|module| format!("{parents}/{module}")));
        program.push((file, code));
    }
    let of_tests = |file: &str| {
        let path = module_path(file).join("/");
        only_tests.iter().any(|test| Path::new(&path).starts_with(test))
    };
    program.retain(|(file, _)| !of_tests(file));
    program
}

#[test]
fn modules_import_what_the_table_names_and_nothing_else() {
    let table = table(&read(&root().join("ARCHITECTURE.md")));
    let mut used = table.keys().map(|module| (module.clone(), BTreeSet::new())).collect::<Table>();
    let mut wrong = Vec::new();
    for (file, code) in program() {
        wrong.extend(violations(&table, &file, &code, &mut used));
    }
    assert!(wrong.is_empty(), "against the table in ARCHITECTURE.md:\n{}", wrong.join("\n"));
    let modules: BTreeSet<String> = program()
        .iter()
        .filter_map(|(file, _)| module_path(file).first().map(|&module| module.to_owned()))
        .collect();
    let rows: BTreeSet<String> = table.keys().cloned().collect();
    assert_eq!(rows, modules, "the rows of ARCHITECTURE.md are the modules of src/");
    for (module, allowed) in &table {
        let idle: Vec<_> = allowed.difference(&used[module]).collect();
        assert!(idle.is_empty(), "ARCHITECTURE.md: {module} does not import {idle:?} any more");
    }
}

/// How code makes the forms of a cloud, a store and a vault.
const FORMS: [(&str, &str); 12] = [
    ("Local::open(", "session/backends.rs"),
    ("Store::in_directory(", "session/backends.rs"),
    ("Store::on_shelf(", "session/backends.rs"),
    ("Directory::new(", "session/vaults.rs"),
    ("CommandVault::new(", "session/vaults.rs"),
    ("BucketVault::new(", "session/vaults.rs"),
    ("PostgresShelf::new(", "session/servers.rs"),
    ("PostgresLock::new(", "session/servers.rs"),
    ("ObjectShelf::new(", "session/servers.rs"),
    ("ShelfLock::new(", "session/servers.rs"),
    ("DocumentShelf::new(", "session/servers.rs"),
    ("DocumentLock::new(", "session/servers.rs"),
];

#[test]
fn one_file_makes_things_of_what_a_manifest_chooses() {
    let program = program();
    let front = |file: &str| file.starts_with("session/") || file.starts_with("cli/");
    for (form, maker) in FORMS {
        let makers: Vec<_> = program
            .iter()
            .filter(|(file, code)| front(file) && code.contains(form))
            .map(|(file, _)| file.as_str())
            .collect();
        assert_eq!(makers, [maker], "who calls {form})");
    }
}

#[test]
fn of_the_server_and_of_the_database_one_file_each_knows_the_runtime() {
    let knows = |code: &str| ["tokio::", "hyper"].iter().any(|name| code.contains(name));
    let program = program();
    let files: Vec<_> =
        program.iter().filter(|(_, code)| knows(code)).map(|(file, _)| file.as_str()).collect();
    assert_eq!(files, ["database/connection.rs", "emulator/server/net.rs"]);
}

#[test]
fn the_table_has_no_circle() {
    let mut table = table(&read(&root().join("ARCHITECTURE.md")));
    while let Some(leaf) =
        table.iter().find(|(_, imports)| imports.is_empty()).map(|(module, _)| module.clone())
    {
        table.remove(&leaf);
        for imports in table.values_mut() {
            imports.remove(&leaf);
        }
    }
    assert!(table.is_empty(), "these import one another in a circle: {table:?}");
}

#[test]
fn a_forbidden_import_is_found_wherever_it_hides() {
    let table = table(&format!(
        "{HEADER}\n|---|---|---|\n| `plan` | decides | `model` |\n| `model` | words | – |\n"
    ));
    let planted = [
        ("plan/mod.rs", "use crate::cloud::Cloud;", "src/plan/mod.rs:1: plan imports cloud"),
        ("plan/a.rs", "use crate::{\n    model::{A, B},\n    cloud,\n};", "src/plan/a.rs:3: "),
        ("plan/a.rs", "fn f() {\n    crate::disk::g();\n}", "src/plan/a.rs:2: plan imports disk"),
        ("plan/a/b.rs", "use super::super::super::{vault::Vault};", "plan imports vault"),
        ("model/a.rs", "use crate::plan::Plan;", "model imports plan; it may import nothing"),
        ("plan.rs", "use super::disk::Disk;", "plan imports disk"),
        ("plan/a.rs", "use crate::*;", "plan imports ; it may import model"),
        ("store/a.rs", "", "the module store has no row"),
    ];
    for (file, code, message) in planted {
        let wrong = violations(&table, file, code, &mut Table::new());
        assert_eq!(wrong.len(), 1, "{code}: {wrong:?}");
        assert!(wrong[0].contains(message), "{code}: {wrong:?}");
    }
    let fine = "use crate::model::{cloud, disk};\nuse super::step;\npub(crate) fn f() {}\n\
                use crate::{model::{self, a}, plan::b};";
    assert_eq!(violations(&table, "plan/a.rs", fine, &mut Table::new()), [""; 0]);
}

//! What the README and docs/manifests.md say is so: transcript, commands, exit codes, manifests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use keyform::cli::Exit;

use crate::support::{PROGRAM, Project, redacted};

/// A file of the repository.
pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file)
}

/// The fenced blocks of a page in this language.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let bodies = page.split(&fence).skip(1);
    bodies.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// The examples, each with the directories of its projects.
fn examples() -> BTreeMap<String, Vec<String>> {
    let names = |directory: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(directory).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let projects = |example: &str| -> Vec<String> {
        let directory = root.join(example);
        let below = names(&directory).into_iter().chain([".".to_owned()]);
        below.filter(|below| directory.join(below).join("keyform.yaml").exists()).collect()
    };
    names(&root).into_iter().map(|example| (example.clone(), projects(&example))).collect()
}

#[test]
fn the_transcript_is_what_the_program_shows() {
    let project = Project::quickstart();
    let blocks = blocks(&read("README.md"), "console");
    assert!(!blocks.is_empty());
    for block in blocks {
        let commands: Vec<_> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
        let mut shown = String::new();
        for command in commands {
            let mut words = command.split(' ');
            assert_eq!(words.next(), Some("keyform"), "{command}");
            let arguments: Vec<_> = words.collect();
            shown.push_str(&format!("$ {command}\n{}", project.terminal(&arguments)));
        }
        assert_eq!(
            redacted(&block),
            redacted(&shown),
            "the transcript in the README is not true any more; this is:\n{shown}"
        );
    }
}

#[test]
fn the_two_commands_exist() {
    let readme = read("README.md");
    let lines: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let main = "cargo run --release -- -C examples/quickstart apply --auto-approve";
    assert!(lines.contains(&main) && lines.contains(&"tests/run"), "{lines:?}");
    let arguments: Vec<_> = main.split(" -- ").nth(1).expect("arguments").split(' ').collect();
    let around = Project::empty();
    for (file, bytes) in Project::quickstart().contents() {
        around.write(&format!("examples/quickstart/{file}"), bytes);
    }
    around.run(&arguments).expect(0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run");
    assert!(script.is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(script).expect("the script").permissions().mode();
        assert_ne!(mode & 0o111, 0, "tests/run can be run");
    }
}

/// As a person types them into a shell, but at a port that is free.
#[cfg(unix)]
#[test]
fn the_quickstart_is_applied_over_the_api_with_three_commands() {
    let readme = read("README.md");
    let section = readme.split("## The same over the API\n").nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    let section = section.replace("8080", &port);
    let project = Project::quickstart();
    let cloud = "  cloud: {emulator: {inventory: inventory.yaml}}\n";
    project.edit("keyform.yaml", cloud, &blocks(&section, "yaml")[0]);
    let commands: Vec<_> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(commands.len(), 3, "{commands:#?}");
    let program = Path::new(PROGRAM).parent().expect("its directory").display();
    let commands_of_shell = commands.join("\n");
    let shell = format!("trap 'kill $!' EXIT\nPATH=\"{program}:$PATH\"\n{commands_of_shell}\n");
    let mut command = project.other("sh");
    command.args(["-ec", &shell]).env_remove("ALIBABA_CLOUD_SECURITY_TOKEN");
    let applied = project.finish(&mut command).expect(0);
    assert!(applied.stdout.contains("3 instances bound and in effect"), "{}", applied.stdout);
    let variables = ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"];
    assert!(variables.iter().all(|variable| commands[1].contains(variable)));
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let source = read("src/cli/exit_code.rs");
    let declared: Vec<u8> = source
        .lines()
        .filter_map(|line| line.split_once(" = ")?.1.strip_suffix(',')?.parse().ok())
        .collect();
    let listed: Vec<u8> = Exit::ALL.iter().map(|&exit| exit as u8).collect();
    assert_eq!(listed, declared, "Exit::ALL has every variant");

    let readme = read("README.md");
    let table = readme.split("## Exit codes").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows: Vec<_> = table
        .expect("the section")
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| code"))
        .collect();
    let expected: Vec<_> =
        Exit::ALL.iter().map(|&exit| format!("| {} | {} |", exit as u8, exit.meaning())).collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_mixed_fleet_does_what_can_be_done_and_ends_with_3() {
    let project = Project::example("mixed-fleet");
    let applied = project.run(&["apply", "--auto-approve"]).expect(3);
    for reason in ["it runs Windows", "of Generation I", "made by Auto Scaling", "which is no time"]
    {
        assert!(applied.stdout.contains(reason), "{reason}: {}", applied.stdout);
    }
    assert!(applied.stdout.contains("2 instances bound and in effect"), "{}", applied.stdout);
    project.run(&["plan", "--detailed-exitcode"]).expect(3);
    project.run(&["apply", "--auto-approve"]).expect(3);
}

#[test]
fn the_example_of_rotation_goes_forth_and_back() {
    let project = Project::example("rotation");
    project.run(&["apply", "--auto-approve"]).expect(0);
    for (generation, bound) in [(2, "web-g2"), (1, "web")] {
        let manifests = project.read("web.yaml");
        let line = manifests.lines().find(|line| line.starts_with("  generation: "));
        let next = format!("  generation: {generation}");
        project.write("web.yaml", manifests.replace(line.expect("a generation"), &next));
        project.run(&["apply", "--auto-approve"]).expect(0);
        let status = project.run(&["status"]).expect(0).stdout;
        assert_eq!(status.matches(&format!("  {bound}  ")).count(), 3, "{status}");
        project.run(&["plan", "--detailed-exitcode"]).expect(0);
    }
}

#[test]
fn every_example_is_valid_and_plans() {
    let examples = examples();
    assert_eq!(examples["quickstart"], ["."]);
    assert_eq!(examples["environments"], ["dev", "prod", "staging"]);
    assert_eq!(examples["team"], ["production", "staging"]);
    for example in ["fleet", "mixed-fleet", "multi-region", "rotation"] {
        assert_eq!(examples[example], ["."], "{example}");
    }
    for (example, projects) in examples {
        assert!(!projects.is_empty(), "{example} has no project");
        let copy = Project::example(&example);
        // Manifests are included from the work tree only.
        copy.write(".git/HEAD", "");
        for project in projects {
            let validated = copy.run(&["-C", &project, "validate"]).expect(0);
            assert_eq!(validated.stdout, "The manifests are valid.\n", "{example}/{project}");
            // Its servers are started by its script, which has a test of its own.
            if example != "team" {
                copy.run(&["-C", &project, "plan", "--detailed-exitcode"]).expect(2);
            }
        }
    }
}

#[test]
fn the_example_of_imported_keys_binds_keys_of_all_forms() {
    let project = Project::example("imported");
    let applied = project.apply();
    let done = "Applied: 4 key pairs made, 3 instances bound and in effect, in TIME.\n";
    let told = redacted(&applied.stdout);
    assert!(told.contains(done), "{told}");
    let own = "is where you keep it: keyform has the public key only";
    let last: Vec<_> = told.lines().rev().take(4).collect();
    assert!(last.iter().all(|line| line.ends_with(own)), "{told}");
    assert!(!project.path("keys").exists(), "there is no private key to keep");
    project.run(&["destroy", "--auto-approve"]).expect(0);
}

#[test]
fn the_manifests_on_their_page_are_valid_and_show_every_field() {
    let blocks = blocks(&read("docs/manifests.md"), "yaml");
    let [manifests, inventory] = &blocks[..] else { panic!("two blocks: {blocks:?}") };
    let project = Project::empty();
    project.write("keyform.yaml", manifests);
    project.write("inventory.yaml", inventory);
    project.write("shared/empty.yaml", "# What projects share.\n");
    let example = Project::example("imported");
    project.write("ops.pub", example.read("public-keys/bob.pub"));
    let validated = project.run(&["validate"]).expect(0);
    assert_eq!(validated.stdout, "The manifests are valid.\n");

    let source = read("src/manifest/raw.rs") + &read("src/manifest/raw/restart.rs");
    let field = |line: &str| {
        let (visibility, rest) = line.trim().split_once(") ")?;
        let (field, _) = rest.split_once(": Option<").filter(|_| visibility.starts_with("pub("))?;
        Some(camel_case(field))
    };
    let fields: Vec<_> = source.lines().filter_map(field).collect();
    for known in ["keyPair", "maxFailures", "timeZone"] {
        assert!(fields.iter().any(|field| field == known), "{fields:?}");
    }
    let missing: Vec<_> = fields
        .iter()
        .filter(|field| !blocks.iter().any(|block| block.contains(&format!("{field}:"))))
        .collect();
    assert!(missing.is_empty(), "docs/manifests.md does not show these fields: {missing:?}");
}

fn camel_case(field: &str) -> String {
    let mut parts = field.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (head, tail) = part.split_at(1);
        format!("{name}{}{tail}", head.to_uppercase())
    })
}

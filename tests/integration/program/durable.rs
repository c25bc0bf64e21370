//! What the operating system is asked for, seen by strace: the private key is durable before the
//! service hears of its public half (L2).

#![cfg(target_os = "linux")]

use crate::support::{PROGRAM, Project};

/// A line of strace: `PID CALL(…) = RESULT`, where another thread may be heard between the two.
struct Line<'a> {
    process: &'a str,
    call: &'a str,
}

fn lines(trace: &str) -> Vec<Line<'_>> {
    let split = |line| str::split_once(line, ' ');
    trace
        .lines()
        .filter_map(split)
        .map(|(process, call)| Line { process, call: call.trim() })
        .collect()
}

/// Where a call has returned that begins in line `at`: there, or where strace resumes it.
fn returned(lines: &[Line<'_>], at: usize) -> usize {
    let begun = &lines[at];
    let end = if begun.call.contains("<unfinished") {
        let resumed = |line: &Line<'_>| line.process == begun.process;
        at + 1 + lines[at + 1..].iter().position(resumed).expect("the call returns")
    } else {
        at
    };
    assert!(lines[end].call.ends_with(" = 0"), "it succeeds: {}", lines[end].call);
    end
}

#[test]
fn the_private_key_and_its_name_are_synced_before_the_public_key_is_imported() {
    let project = Project::quickstart();
    let calls = ["-f", "-y", "-s", "4096", "-e", "trace=openat,write,fsync,fdatasync,link,linkat"];
    // Not in the project: it has the private key, since it shows what is written.
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut strace = project.other("strace");
    strace.args(calls).arg("-o").arg(file.path()).args([PROGRAM, "apply", "--auto-approve"]);
    project.finish(&mut strace).expect(0);
    let trace = std::fs::read_to_string(file.path()).expect("the trace");
    let lines = lines(&trace);
    let find = |from: usize, words: &[&str]| {
        let found = lines[from..].iter().position(|line| {
            words.iter().all(|word| line.call.contains(word)) && !line.call.starts_with("<...")
        });
        found.map(|at| from + at).unwrap_or_else(|| panic!("{words:?} after line {from}:\n{trace}"))
    };
    let opened = find(0, &["openat(", "/.web.pem.", ".keyform-tmp", "O_EXCL", "0600"]);
    let content = find(opened, &["sync(", "keys/.web.pem.", ".keyform-tmp>"]);
    let named = find(returned(&lines, content), &["link", "keys/web.pem\""]);
    let name = find(returned(&lines, named), &["sync(", "/keys>"]);
    let durable = returned(&lines, name);
    let imported = find(0, &["write(", "/world.log>", "imported"]);
    assert!(durable < imported, "the import is line {imported}, durable line {durable}:\n{trace}");
}

/// A run that is killed among hundreds of keys has kept and imported those before it.
#[test]
fn each_key_is_stored_and_imported_before_the_next_one_is_made() {
    let project = Project::quickstart();
    let pair = |number: usize| {
        format!("---\napiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: p{number}}}\n")
    };
    project.write("web.yaml", (0..4).map(pair).collect::<String>());
    let run = ["apply", "--auto-approve", "--parallelism", "1", "--format", "json"];
    let applied = project.run(&run).expect(0).stdout;
    let events: Vec<serde_json::Value> =
        applied.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let steps = events[0]["plan"]["steps"].as_array().expect("steps");
    let ended = events.iter().filter(|event| event["event"] == "ended").map(|event| {
        let step = event["step"].as_u64().expect("a step");
        let action = &steps[usize::try_from(step).expect("a step")]["action"];
        let (kind, fields) =
            action.as_object().and_then(|action| action.iter().next()).expect("one");
        format!("{kind} {}", fields["name"].as_str().expect("a name"))
    });
    let ended: Vec<_> = ended.collect();
    let each = |number: usize| [format!("makeKey p{number}"), format!("importPair p{number}")];
    assert_eq!(ended, (0..4).flat_map(each).collect::<Vec<_>>());
}

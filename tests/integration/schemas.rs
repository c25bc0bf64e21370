//! The JSON Schemas, judged by a validator that knows nothing of how they were made.

use std::{
    fs,
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use jsonschema::Validator;
use keyform::{
    apply::{
        Awaited, CallFailure, Failure, KnownRestart, LeftOut, Progress, Report, StepEnd,
        StepReport, StopReason, WhyNot,
    },
    diagnostic::Source,
    disk::{Disk as _, RealDisk},
    ecs::{CallCount, FailureKind},
    manifest::load,
    model::{
        BindingName, CloudName, InstanceId, MaxUnavailable, Region, StepId, Timestamp, TraceParent,
        names::{NAME_LENGTH_MAX, check_name},
        parse_duration,
        schedule::{ClockTime, Span},
        tags::check_tag,
    },
    render::events::{Event, Finished, Line},
    schema::Document,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    readme::{blocks, read},
    support::{Outcome, Project},
};

/// What the first line of a manifest begins with; the path of its schema follows.
const MODELINE: &str = "# yaml-language-server: $schema=";

/// The validators, in the order of [`Document::ALL`].
static VALIDATORS: LazyLock<[Validator; 9]> = LazyLock::new(|| {
    Document::ALL.map(|document| {
        let schema = serde_json::from_str(&document.schema()).expect("JSON");
        jsonschema::draft7::new(&schema).expect("a schema")
    })
});

/// What a schema says against a document.
fn errors(document: Document, value: &Value) -> Vec<String> {
    let at = Document::ALL.iter().position(|other| *other == document).expect("one of all");
    VALIDATORS[at]
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Panics unless a schema accepts a document.
#[track_caller]
pub(crate) fn accept(document: Document, value: &Value) {
    assert_eq!(errors(document, value), Vec::<String>::new(), "{value:#}");
}

/// What the schemas say against the documents of a YAML file. One that is not YAML is left out.
pub(crate) fn refusals(text: &str) -> Vec<String> {
    documents(text).iter().flat_map(|value| errors(kind(value), value)).collect()
}

fn kind(value: &Value) -> Document {
    if value["kind"] == "Inventory" { Document::Inventory } else { Document::Manifest }
}

/// The documents of a YAML file up to the first that cannot be read, without the empty ones.
fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map_while(|document| Value::deserialize(document).ok())
        .filter(|value| !value.is_null())
        .collect()
}

#[test]
fn the_schemas_in_the_repository_are_those_that_the_program_prints() {
    let project = Project::empty();
    let list = project.run(&["schema"]).expect(0).stdout;
    let names: Vec<_> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, Document::ALL.map(Document::name));
    for name in &names {
        let printed = project.run(&["schema", name]).expect(0).stdout;
        assert!(
            printed == read(&format!("schema/{name}.json")),
            "write it anew and read what has changed: keyform schema {name} > schema/{name}.json"
        );
    }
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema")).expect("schema");
    assert_eq!(files.count(), names.len(), "nothing else is in schema/");
    let unknown = project.run(&["schema", "manifest-v2"]).expect(64);
    assert!(unknown.stderr.contains("manifest-v1, inventory-v1"), "{}", unknown.stderr);
}

#[test]
fn the_schemas_are_schemas_and_explain_themselves_to_people_who_know_no_rust() {
    for document in Document::ALL {
        let text = document.schema();
        let schema: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(jsonschema::draft7::meta::is_valid(&schema), "{}", document.name());
        for word in ["[`", "`None`", "`Some", "Raw", "::"] {
            let found: Vec<_> = text.lines().filter(|line| line.contains(word)).collect();
            assert!(found.is_empty(), "{}: {found:#?}", document.name());
        }
    }
}

#[test]
fn every_field_of_a_manifest_is_explained() {
    fn unexplained(schema: &Value, path: &str, found: &mut Vec<String>) {
        let branches = schema["oneOf"].as_array().into_iter().flatten();
        branches.for_each(|branch| unexplained(branch, path, found));
        unexplained_items(schema, path, found);
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            if name != "spec" && !field["description"].is_string() {
                found.push(path.clone());
            }
            unexplained(field, &path, found);
        }
    }
    fn unexplained_items(schema: &Value, path: &str, found: &mut Vec<String>) {
        if schema["items"].is_object() {
            unexplained(&schema["items"], path, found);
        }
    }
    for document in [Document::Manifest, Document::Inventory] {
        let schema: Value = serde_json::from_str(&document.schema()).expect("JSON");
        let mut found = Vec::new();
        unexplained(&schema, document.name(), &mut found);
        assert!(found.is_empty(), "write comments on them: {found:#?}");
    }
}

/// The YAML files of a directory of projects, each with its path.
fn manifests(directory: &Project) -> Vec<(String, String)> {
    let contents = directory.contents().into_iter();
    let texts = contents.map(|(path, bytes)| (path, String::from_utf8(bytes).expect("UTF-8")));
    texts.filter(|(path, _)| path.ends_with(".yaml")).collect()
}

#[test]
fn every_example_and_a_new_project_name_their_schemas_and_are_accepted_by_them() {
    let around = Project::empty();
    around.run(&["-C", "examples/new", "init"]).expect(0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for example in fs::read_dir(root.join("examples")).expect("examples") {
        let name = example.expect("an example").file_name().into_string().expect("UTF-8");
        for (file, text) in manifests(&Project::example(&name)) {
            around.write(&format!("examples/{name}/{file}"), text);
        }
    }
    for document in Document::ALL {
        around.write(&format!("schema/{}.json", document.name()), document.schema());
    }
    let manifests = manifests(&around);
    assert!(manifests.len() >= 15, "{manifests:?}");
    for (path, text) in manifests {
        assert_eq!(refusals(&text), Vec::<String>::new(), "{path}");
        let documents = documents(&text);
        assert!(!documents.is_empty(), "{path}");
        // A modeline holds for its own document only.
        let parts: Vec<_> = text.split("---\n").collect();
        assert_eq!(parts.len(), documents.len(), "{path}");
        for (part, document) in parts.into_iter().zip(&documents) {
            let schema = part.lines().next().and_then(|line| line.strip_prefix(MODELINE));
            let schema = Path::new(&path).with_file_name(schema.expect("a modeline"));
            let named = fs::read_to_string(around.path(schema.to_str().expect("UTF-8")));
            assert_eq!(named.expect(&path), kind(document).schema(), "{path}");
        }
    }
}

/// The fields of a document, each as the steps to it. A tag is no field.
fn fields(value: &Value, path: &[String], found: &mut Vec<Vec<String>>) {
    let (names, is_map): (Vec<String>, bool) = match value {
        Value::Object(map) => (map.keys().cloned().collect(), true),
        Value::Array(items) => ((0..items.len()).map(|index| index.to_string()).collect(), false),
        _ => return,
    };
    for name in names {
        let path = [path, std::slice::from_ref(&name)].concat();
        if is_map {
            found.push(path.clone());
        }
        if name != "tags" {
            let below = match value {
                Value::Array(items) => &items[name.parse::<usize>().expect("an index")],
                map => &map[name.as_str()],
            };
            fields(below, &path, found);
        }
    }
}

/// A document with a field removed, or without a value.
fn without(document: &Value, path: &[String], is_null: bool) -> Value {
    let (name, above) = path.split_last().expect("a field");
    let mut changed = document.clone();
    let pointer = above.iter().map(|step| format!("/{step}")).collect::<String>();
    let map = changed.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("a mapping");
    if is_null {
        map.insert(name.clone(), Value::Null);
    } else {
        map.remove(name);
    }
    changed
}

/// The project that docs/manifests.md shows, which has every field, and its two files of YAML.
fn complete() -> (Project, [Vec<Value>; 2]) {
    let shown = blocks(&read("docs/manifests.md"), "yaml");
    let [manifests, inventory] = &shown[..] else { panic!("two blocks: {shown:?}") };
    let project = Project::empty();
    project.write("shared/empty.yaml", "# What projects share.\n");
    project.write("ops.pub", Project::example("imported").read("public-keys/bob.pub"));
    (project, [documents(manifests), documents(inventory)])
}

#[test]
fn what_must_be_there_is_the_same_for_schemas_and_for_validate() {
    let (project, files) = complete();
    let write = |files: &[Vec<Value>; 2]| {
        for (path, documents) in ["keyform.yaml", "inventory.yaml"].iter().zip(files) {
            let texts: Vec<_> = documents.iter().map(Value::to_string).collect();
            project.write(path, texts.join("\n---\n"));
        }
    };
    write(&files);
    project.run(&["validate"]).expect(0);
    let (mut needed, mut told) = (Vec::new(), Vec::new());
    for (file, at) in files
        .iter()
        .enumerate()
        .flat_map(|(file, documents)| (0..documents.len()).map(move |at| (file, at)))
    {
        let document = &files[file][at];
        accept(kind(document), document);
        let mut found = Vec::new();
        fields(document, &[], &mut found);
        for (path, is_null) in found.iter().flat_map(|path| [(path, false), (path, true)]) {
            let changed = without(document, path, is_null);
            let is_refused = !errors(kind(document), &changed).is_empty();
            let mut all = files.clone();
            all[file][at] = changed;
            write(&all);
            let code = project.run(&["validate"]).code;
            let name = format!(
                "{} {}{}",
                document["kind"].as_str().expect("a kind"),
                path.join("."),
                if is_null { ": null" } else { "" }
            );
            assert!(code != 0 || !is_refused, "only the schema refuses {name}");
            if is_refused {
                needed.push(name);
            } else if code != 0 {
                told.push(name);
            }
        }
    }
    insta::assert_snapshot!(format!(
        "Refused by both without:\n{}\n\nRefused by `validate` alone without, for what other \
         documents say:\n{}",
        needed.join("\n"),
        told.join("\n")
    ));
}

#[test]
fn what_the_program_prints_as_json_is_what_the_schemas_say() {
    let project = Project::quickstart();
    for arguments in [&["plan", "--format", "json"][..], &["plan", "--destroy", "--format", "json"]]
    {
        accept(Document::Plan, &project.run(arguments).expect(0).json());
    }
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    accept(Document::Plan, &project.run(&["show", "plan.json", "--format", "json"]).json());
    project.apply();
    for arguments in [&["show", "--format", "json"][..], &["state", "show", "--format", "json"]] {
        accept(Document::State, &project.run(arguments).expect(0).json());
    }
    accept(Document::Plan, &project.run(&["plan", "--destroy", "--format", "json"]).json());
    for command in ["list", "check"] {
        let keys = project.run(&["key", command, "--format", "json"]).expect(0).json();
        assert_eq!(keys["keys"][0]["state"], "held", "{keys:#}");
        accept(Document::Keys, &keys);
    }
    accept(Document::Doctor, &project.run(&["state", "doctor", "--format", "json"]).json());
}

/// Before an apply, with deferred work, with proofs, with a key that is gone, and with filters.
#[test]
fn a_status_is_what_the_schema_says() {
    let paused = Project::quickstart();
    let status = |project: &Project, filters: &[&str]| {
        let arguments = [&["status", "--format", "json"], filters].concat();
        let status = project.run(&arguments).expect(0).json();
        assert_eq!(status["format"], "keyform.status/1");
        accept(Document::Status, &status);
        status
    };
    status(&paused, &[]);
    let policy = "restart: {when: now, paused: {reason: a feast, until: 2099-01-01T00:00:00Z}}";
    paused.edit("web.yaml", "keyPair: web\n", &format!("keyPair: web\n  {policy}\n"));
    paused.run(&["apply", "--auto-approve"]).expect(0);
    let rows = status(&paused, &["--pending", "--binding", "web-*"])["instances"].clone();
    assert!(rows[2]["deferred"]["from"].is_string(), "{rows:#}");

    let proven = Project::example("canary-rotation");
    proven.apply();
    RealDisk.remove_file(&proven.path("keys/api.pem")).expect("the key was there");
    let shown = status(&proven, &["--pair", "api"]);
    assert!(shown["instances"][0]["proof"]["shown"].is_string(), "{shown:#}");
    assert!(shown["warnings"][0]["reason"]["code"].is_string(), "{shown:#}");
    let mut other = shown;
    other["format"] = "keyform.status/2".into();
    assert!(!errors(Document::Status, &other).is_empty(), "the schema says which format it is");
}

/// The events that a run prints, each as the schema says.
#[track_caller]
fn events(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.stdout.lines();
    let events: Vec<Value> =
        lines.map(|line| serde_json::from_str(line).expect("a JSON document on a line")).collect();
    events.iter().for_each(|event| accept(Document::Events, event));
    let last = events.last().expect("a last event");
    assert_eq!((&last["event"], &last["exitCode"]), (&json!("finished"), &json!(outcome.code)));
    assert_eq!(events.iter().filter(|event| event["event"] == "finished").count(), 1);
    events
}

/// Each event has its moment, and each of a step the address of what that is about.
#[track_caller]
fn times_and_addresses(ran: &[Value]) {
    let time = |event: &Value| Timestamp::parse(event["timestamp"].as_str().expect("a time"));
    let times: Vec<_> = ran.iter().map(|event| time(event).expect("RFC 3339")).collect();
    assert!(times.is_sorted(), "{times:?}");
    let names = ["started", "accepted", "back", "ended"];
    let is_of_step = |event: &&Value| names.iter().any(|name| event["event"] == *name);
    for event in ran.iter().filter(is_of_step) {
        let place = usize::try_from(event["step"].as_u64().expect("a step")).expect("a place");
        let action = &ran[0]["plan"]["steps"][place]["action"];
        let (kind, action) = action.as_object().and_then(|kinds| kinds.iter().next()).expect("it");
        let text = |field: &str| action[field].as_str().unwrap_or_default();
        let address = match kind.as_str() {
            "makeKey" => format!("key/{}", text("name")),
            "importPair" => format!("pair/{}/{}", text("region"), text("name")),
            _ => format!("binding/{}", text("binding")),
        };
        assert_eq!(event["address"], address, "{event}");
    }
}

#[test]
fn a_run_in_events_is_what_the_schema_says_from_the_plan_to_the_end() {
    let project = Project::quickstart();
    let names = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["event"].as_str().expect("a name").to_owned()).collect()
    };
    let events_of = |arguments: &[&str], code| {
        let format = ["--format", "json"];
        events(&project.run(&[arguments, &format].concat()).expect(code))
    };
    assert_eq!(names(&events_of(&["apply"], 6)), ["finished"], "nobody is asked");
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    let ran = events_of(&["apply", "plan.json"], 0);
    accept(Document::Plan, &ran[0]["plan"]);
    let count = |name: &str| ran.iter().filter(|event| event["event"] == name).count();
    let steps = ran[0]["plan"]["steps"].as_array().expect("steps").len();
    assert_eq!((count("plan"), count("back")), (1, 3));
    assert!(count("started") > 0 && count("started") <= count("ended"), "{:?}", names(&ran));
    let results = ran.last().expect("the last")["steps"].as_array().expect("results").clone();
    assert_eq!(results.len(), steps);
    assert!(results.iter().all(|result| result["end"] == "done"), "{results:?}");
    times_and_addresses(&ran);
    assert!(ran.last().expect("the last")["tookMs"].is_u64());

    let again = events_of(&["apply", "plan.json"], 4);
    assert_eq!(again.last().expect("the last")["code"], "alreadyApplied", "{again:?}");
    assert_eq!(names(&events_of(&["apply", "--auto-approve"], 0)), ["plan", "finished"]);
    let gone = events_of(&["apply", "no-plan.json"], 1);
    assert!(gone[0]["error"].is_string(), "{gone:?}");
    assert_eq!(names(&events_of(&["destroy"], 6)), ["finished"]);
    let destroyed = events_of(&["destroy", "--auto-approve"], 0);
    assert_eq!(destroyed[0]["event"], "plan");
    project.edit("web.yaml", "keyPair: web", "keyPair: wep");
    let broken = events_of(&["apply", "--auto-approve"], 1);
    let nothing = "nothing was done; fix what is shown above, and run the same command again";
    assert_eq!(broken[0]["error"], nothing);
}

fn call_failure() -> CallFailure {
    CallFailure {
        message: "Throttling".to_owned(),
        kind: FailureKind::Throttled { retry_after: Span::parse("3s") },
        outcome_unknown: false,
    }
}

/// A step that ended so.
fn failed_step(end: StepEnd) -> StepReport {
    let id = || InstanceId::new("i-1");
    StepReport {
        end,
        done: Vec::new(),
        failed: vec![(id(), Failure::StoppedNow)],
        left_out: vec![(id(), LeftOut::AlreadyDone)],
    }
}

/// What no run of these tests tells.
fn rare() -> Vec<Progress> {
    let ids = || vec![InstanceId::new("i-1")];
    let region = Region::new("cn-hangzhou").expect("a region");
    vec![
        Progress::Back { step: StepId::new(2), instances: ids() },
        Progress::Begun {
            restarts: vec![KnownRestart {
                region: region.clone(),
                binding: BindingName::new("fleet"),
                seconds: None,
            }],
        },
        Progress::Preparing { step: StepId::new(2), instances: ids() },
        Progress::Accepted { step: StepId::new(2), instances: ids() },
        Progress::Unanswered {
            step: StepId::new(2),
            instances: ids(),
            failure: Some(call_failure()),
        },
        Progress::Unanswered { step: StepId::new(2), instances: ids(), failure: None },
        Progress::OneByOne { step: StepId::new(2), failure: call_failure() },
        Progress::Still {
            step: StepId::new(2),
            awaited: Awaited::UnansweredRestart,
            instances: ids(),
            seconds: 60,
        },
        Progress::Ended { step: StepId::new(2), report: failed_step(StepEnd::Partly) },
        Progress::Retrying {
            step: StepId::new(2),
            failure: call_failure(),
            after: Duration::from_millis(1500),
        },
        Progress::WaitingForOthers {
            step: StepId::new(3),
            binding: BindingName::new("fleet"),
            region,
            down: ids(),
        },
        Progress::Unshown {
            region: Region::new("cn-hangzhou").expect("a region"),
            pairs: vec![CloudName::new("web")],
        },
        Progress::Stopping,
    ]
}

#[test]
fn events_that_are_rare_are_what_the_schema_says() {
    let rare = rare();
    let trace = TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let at = Timestamp::parse("2026-12-19T02:00:05.250Z").expect("a time");
    let accepted = |event: Event<'_>| {
        let line = Line::new(event, at).in_trace(trace.as_ref());
        let value: Value = serde_json::from_str(&line.text()).expect("JSON");
        accept(Document::Events, &value);
        assert_eq!(value["timestamp"], "2026-12-19T02:00:05.250Z");
        assert_eq!(value["traceparent"], trace.as_ref().map_or("", TraceParent::as_str));
        value
    };
    let told: Vec<_> = rare.iter().map(|progress| accepted(progress.into())).collect();
    let of = |name: &str| told.iter().find(|event| event["event"] == name).expect(name);
    assert_eq!(of("retrying")["afterMs"], 1500);
    for (name, code) in [
        ("retrying", "callFailed"),
        ("waitingForOthers", "othersDown"),
        ("unanswered", "restartUnheard"),
    ] {
        assert_eq!(of(name)["code"], code);
    }
    let ended = of("ended");
    assert_eq!(
        (&ended["end"], &ended["failed"][0]["code"]),
        (&json!("partly"), &json!("stoppedNow"))
    );
    assert_eq!(
        (&of("still")["awaited"], &of("still")["seconds"]),
        (&json!("unansweredRestart"), &json!(60))
    );
    let ends = [
        StepEnd::Skipped,
        StepEnd::Partly,
        StepEnd::Failed(Failure::CallFailed(call_failure())),
        StepEnd::NotStarted(WhyNot::After { step: StepId::new(1) }),
    ];
    let report = Report {
        steps: ends.map(failed_step).to_vec(),
        stopped: Some(StopReason::Credentials),
        stopped_by: Some(call_failure()),
        took: Duration::from_millis(2500),
    };
    let (region, operation) = (Region::new("cn-hangzhou").ok(), "ImportKeyPair");
    let calls = Some(vec![CallCount { region, operation, calls: 2, throttled: 1 }]);
    let finished = Finished { exit_code: 7, meaning: "stopped", calls, ..Finished::default() };
    let value = accepted(Event::Finished(finished.with_report(&report)));
    assert_eq!((&value["stopped"], &value["error"]), (&json!("credentials"), &Value::Null));
    assert!(value["stoppedBy"]["message"].is_string(), "{value}");
    assert_eq!(value["calls"][0]["operation"], "ImportKeyPair");
    assert_eq!(value["tookMs"], 2500);
    assert_eq!(
        value["steps"][3],
        json!({
            "end": "notStarted",
            "failure": null,
            "whyNot": {"code": "stepBeforeFailed", "after": 1, "text": "step 1 failed"},
            "failed": [{
                "instance": "i-1",
                "code": "stoppedNow",
                "text": "it is Stopped now and is not started",
            }],
            "leftOut": [{"instance": "i-1", "code": "alreadyDone", "text": "it is so already"}],
        })
    );
    let mut other = value;
    other["steps"][0]["end"] = "begun".into();
    assert!(!errors(Document::Events, &other).is_empty(), "the schema says which ends there are");
}

/// Texts that some rule takes and some refuses.
fn texts() -> Vec<String> {
    let lengths = [64, 65, 120, 121, 128, 129].map(|length| "a".repeat(length));
    let wide = [128, 129].map(|length| "é".repeat(length));
    let short = [
        "",
        "a",
        "ab",
        "web",
        "Web:1_x-y",
        "1web",
        "-web",
        "éweb",
        "web.1",
        "web 1",
        "web\n",
        "web-g2",
        "web-g",
        "cn-hangzhou",
        "cn_1",
        "30s",
        "0ms",
        "1d",
        "s",
        "-1s",
        "+1s",
        "1.5s",
        "1S",
        "30s\n",
        "123456789s",
        "1234567890s",
        "02:00",
        "23:59",
        "24:00",
        "2:00",
        "02:60",
        "02:00\n",
        "02:00:00",
        "acs:x",
        "ACS:x",
        "x:acs:",
        "aliyun",
        "Aliyun-1",
        "ali",
        "keyform:x",
        "keyform",
        "http://a",
        "see https://b",
        "HTTP://a",
    ];
    short.iter().map(ToString::to_string).chain(lengths).chain(wide).collect()
}

/// A valid document in which a text stands where a rule holds for it.
type Place = fn(&str) -> Value;
/// What the program says to a text.
type Rule = fn(&str) -> bool;

#[test]
fn forms_of_texts_are_those_that_the_program_takes() {
    fn binding(name: &str, region: &str) -> Value {
        json!({
            "apiVersion": "keyform/v1", "kind": "Binding", "metadata": {"name": name},
            "spec": {"keyPair": "web", "region": region, "instances": []},
        })
    }
    fn key_pair(tags: &Value) -> Value {
        json!({
            "apiVersion": "keyform/v1", "kind": "KeyPair", "metadata": {"name": "web"},
            "spec": {"tags": tags},
        })
    }
    fn inventory(restart_time: &str) -> Value {
        json!({
            "apiVersion": "keyform/v1", "kind": "Inventory",
            "spec": {"restartTime": restart_time, "instances": []},
        })
    }
    fn restart(policy: &Value) -> Value {
        json!({
            "apiVersion": "keyform/v1", "kind": "Binding", "metadata": {"name": "web"},
            "spec": {"keyPair": "web", "instances": [], "restart": policy},
        })
    }
    fn window(start: &str) -> Value {
        let window = json!({"start": start, "duration": "3h", "timeZone": "Asia/Shanghai"});
        restart(&json!({"when": "window", "windows": [window]}))
    }
    let rules: [(&str, Place, Rule); 7] = [
        ("a name", |text| binding(text, "cn-1"), |text| check_name(text, NAME_LENGTH_MAX).is_ok()),
        ("a region", |text| binding("web", text), |text| Region::new(text).is_ok()),
        ("a tag's key", |text| key_pair(&json!({ text: "" })), |text| check_tag(text, "").is_ok()),
        (
            "a tag's value",
            |text| key_pair(&json!({"a": text})),
            |text| check_tag("a", text).is_ok(),
        ),
        ("a duration", inventory, |text| parse_duration(text).is_some()),
        ("a time of the day", window, |text| ClockTime::parse(text).is_some()),
        (
            "a group",
            |text| restart(&json!({"when": "now", "group": text})),
            |text| check_name(text, NAME_LENGTH_MAX).is_ok(),
        ),
    ];
    for (what, place, is_right) in rules {
        for text in texts() {
            let document = place(&text);
            let said = errors(kind(&document), &document);
            assert_eq!(said.is_empty(), is_right(&text), "{what}: {text:?}: {said:?}");
        }
    }
}

/// A Binding of the pair `web` with these fields besides.
fn binding_with(fields: &Value) -> Value {
    let mut spec = json!({"keyPair": "web", "instances": []});
    for (name, value) in fields.as_object().expect("fields") {
        spec[name] = value.clone();
    }
    json!({
        "apiVersion": "keyform/v1", "kind": "Binding", "metadata": {"name": "fleet"}, "spec": spec,
    })
}

/// Whether a project is valid with this document.
fn is_valid(document: &Value) -> bool {
    let project = json!({
        "apiVersion": "keyform/v1", "kind": "Project", "metadata": {"name": "acme"},
        "spec": {
            "regions": ["cn-hangzhou"],
            "cloud": {"emulator": {"inventory": "inventory.yaml"}},
            "defaults": {"restart": {"when": "now"}},
        },
    });
    let pair = json!({"apiVersion": "keyform/v1", "kind": "KeyPair", "metadata": {"name": "web"}});
    let empty = json!({"apiVersion": "keyform/v1", "kind": "Inventory", "spec": {"instances": []}});
    let (inventory, fleet) =
        if document["kind"] == "Inventory" { (document, &pair) } else { (&empty, document) };
    let files = [
        ("keyform.yaml", format!("{project}\n---\n{pair}")),
        ("inventory.yaml", inventory.to_string()),
        ("fleet.yaml", if fleet == &pair { String::new() } else { fleet.to_string() }),
    ];
    // An invisible character is refused wherever it stands, unless it is escaped.
    let source = |(path, text): (&str, String)| {
        Arc::new(Source { path: path.to_owned(), text: text.replace('\u{9f}', "\\u009f") })
    };
    load(files.map(source).into()).diagnostics.is_empty()
}

#[test]
fn forms_of_programs_proofs_and_addresses_are_those_that_the_program_takes() {
    let places: [(&str, Place); 8] = [
        ("a program", |text| {
            binding_with(&json!({"restart": {"when": "now", "before": {"command": [text]}}}))
        }),
        ("an argument", |text| binding_with(&json!({"proof": {"command": ["check", text]}}))),
        ("a variable", |text| {
            binding_with(&json!({"proof": {"command": ["check"], "environment": {text: ""}}}))
        }),
        ("its value", |text| {
            binding_with(&json!({"proof": {"command": ["check"], "environment": {"LB": text}}}))
        }),
        ("a user", |text| binding_with(&json!({"proof": {"ssh": {"user": text}}}))),
        ("hosts to go through", |text| {
            binding_with(&json!({"proof": {"ssh": {"user": "root", "jump": text}}}))
        }),
        ("a proof", |text| binding_with(&json!({ "proof": text }))),
        ("an address", |text| {
            let instance = json!({"id": "i-1", "region": "cn-hangzhou", "privateAddress": text});
            json!({
                "apiVersion": "keyform/v1", "kind": "Inventory", "spec": {"instances": [instance]},
            })
        }),
    ];
    let more = [
        "root",
        "-root",
        "root@web-1",
        "_a.b-c",
        "a\0b",
        "a\tb",
        "a\u{9f}",
        "none",
        "KEYFORM_X",
        "keyform_x",
        "LB_1",
        "1LB",
        "LB-1",
        "ops@bastion.example.com:22,other",
        "[::1]:22",
        "ops@[::1]:22",
        "-oProxyCommand=x",
        "a b",
        "10.0.0.11",
        "010.0.0.1",
        "10.0.0.11/24",
        "10.0.0",
        "::1",
        "2001:DB8::11",
        "fe80::1%eth0",
        "::ffff:10.0.0.11",
    ];
    let lengths = [32, 33].map(|length| "u".repeat(length));
    let texts: Vec<_> = texts().into_iter().chain(more.map(str::to_owned)).chain(lengths).collect();
    for (what, place) in places {
        let mut valid = 0;
        for text in &texts {
            let document = place(text);
            let said = errors(kind(&document), &document);
            assert_eq!(said.is_empty(), is_valid(&document), "{what}: {text:?}: {said:?}");
            valid += usize::from(said.is_empty());
        }
        assert!((1..texts.len()).contains(&valid), "{what}: {valid} texts are valid");
    }
}

#[test]
fn programs_and_proofs_are_whole_for_schemas_as_for_the_program() {
    let ssh = json!({"user": "root"});
    for (proof, is_right) in [
        (json!(null), false),
        (json!({"ssh": ssh}), true),
        (json!({"ssh": ssh, "environment": null}), true),
        (json!({"ssh": ssh, "timeout": null}), false),
        (json!({"ssh": {"user": "root", "port": 65535}}), true),
        (json!({"ssh": {"user": "root", "address": null}}), false),
        (json!({"command": ["check"], "timeout": "1h", "environment": {}}), true),
        (json!({"command": vec!["check"; 100]}), true),
        (json!({"command": vec!["check"; 101]}), false),
        (json!({"command": []}), false),
        (json!({"command": "check"}), false),
        (json!({}), false),
        (json!({"ssh": null}), false),
        (json!({"ssh": {}}), false),
        (json!({"ssh": {"user": "root", "port": 0}}), false),
        (json!({"ssh": {"user": "root", "port": 65536}}), false),
        (json!({"ssh": {"user": "root", "address": "web-1"}}), false),
        (json!({"ssh": ssh, "command": ["check"]}), false),
        (json!({"ssh": ssh, "timeout": "30s"}), false),
        (json!({"ssh": ssh, "environment": {}}), false),
        (json!({"timeout": "30s"}), false),
        (json!({"command": ["check"], "user": "root"}), false),
        (json!(false), false),
        (json!(["check"]), false),
    ] {
        let document = binding_with(&json!({ "proof": proof }));
        let said = errors(Document::Manifest, &document);
        assert_eq!(is_valid(&document), is_right, "{proof}");
        assert_eq!(said.is_empty(), is_right, "{proof}: {said:?}");
    }
}

#[test]
fn numbers_and_shares_of_instances_are_those_that_the_program_takes() {
    for (text, is_right) in [
        ("1", true),
        ("0", false),
        ("-1", false),
        ("4294967295", true),
        ("4294967296", false),
        ("1.5", false),
        ("true", false),
        ("\"10%\"", true),
        ("\"100%\"", true),
        ("\"007%\"", true),
        ("\"101%\"", false),
        ("\"0%\"", false),
        ("\"3\"", true),
        ("\"\"", false),
        ("\"10 %\"", false),
    ] {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let read = serde_json::from_value::<MaxUnavailable>(value.clone());
        assert_eq!(read.is_ok(), is_right, "{text}");
        let said = errors(
            Document::Manifest,
            &json!({
                "apiVersion": "keyform/v1", "kind": "Binding", "metadata": {"name": "web-fleet"},
                "spec": {
                    "keyPair": "web",
                    "instances": [],
                    "restart": {"when": "now", "maxUnavailable": value},
                },
            }),
        );
        assert_eq!(said.is_empty(), is_right, "{text}: {said:?}");
    }
}

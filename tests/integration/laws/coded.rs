//! What has a code, as a line: `boundToForeign(owner=…; pair=theirs)`. Tests decide by it, and not by
//! sentences.

use serde::Serialize;
use serde_json::Value;

/// The code of something, with its fields.
pub(super) fn coded(what: &impl Serialize) -> String {
    let value = serde_json::to_value(what).expect("JSON");
    let fields = value.as_object().expect("an object");
    let code = fields["code"].as_str().expect("a code");
    let told = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "code" | "text"));
    let told: Vec<_> = told.map(|(name, value)| format!("{name}={}", plain(value))).collect();
    if told.is_empty() { code.to_owned() } else { format!("{code}({})", told.join("; ")) }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Whether a line is the wanted one, which names those of its fields that matter.
pub(super) fn says(found: &str, wanted: &str) -> bool {
    let (code, fields) = parts(found);
    let (wanted_code, wanted_fields) = parts(wanted);
    code == wanted_code && wanted_fields.iter().all(|field| fields.contains(field))
}

fn parts(line: &str) -> (&str, Vec<&str>) {
    let inside = line.strip_suffix(')').and_then(|line| line.split_once('('));
    inside.map_or((line, Vec::new()), |(code, fields)| (code, fields.split("; ").collect()))
}

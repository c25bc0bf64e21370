//! Taking out of a body what identifies anybody, or could be a secret.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::{Field, TAG_KEYS, WORDS, field, is_documented};
use crate::{
    keys::PublicKey,
    model::{Fingerprint, ServiceTime},
};

/// The most digits of a number that counts: an account has sixteen.
const COUNT_DIGITS_MAX: usize = 7;
/// The most characters of a code and of a type.
const CODE_MAX: usize = 64;
/// The most letters of a part of a code in capitals alone, and of capitals in a row of another.
const LOUD_MAX: usize = 10;
const CAPITALS_MAX: usize = 4;

/// Redacts the bodies of one file: the same value becomes the same placeholder in all of them.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    /// The number of each value of each kind.
    known: BTreeMap<(&'static str, String), usize>,
    /// How many values of each kind there are.
    counts: BTreeMap<&'static str, usize>,
}

impl Redactor {
    /// A body without what identifies anybody.
    pub(super) fn body(&mut self, body: &[u8]) -> Value {
        match serde_json::from_slice(body) {
            Ok(value @ Value::Object(_)) => self.within(&value),
            Ok(other) => of_type(&other),
            Err(_) => "<not JSON>".into(),
        }
    }

    /// The value of a field that is looked into.
    fn within(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let redacted = fields.iter().map(|(name, value)| self.named(name, value));
                Value::Object(redacted.collect::<Map<_, _>>())
            }
            Value::Array(items) => items.iter().map(|item| self.within(item)).collect(),
            other => of_type(other),
        }
    }

    fn named(&mut self, name: &str, value: &Value) -> (String, Value) {
        let Some(field) = field(name) else {
            // A name that is not documented could be anything, also what someone is called.
            let name = match is_documented(name) {
                true => name.to_owned(),
                false => self.placeholder("field", name),
            };
            return (name, of_type(value));
        };
        (name.to_owned(), self.of_field(field, value))
    }

    fn of_field(&mut self, field: Field, value: &Value) -> Value {
        match (field, value) {
            (Field::Within, value) => self.within(value),
            // Addresses are lists of texts.
            (_, Value::Array(items)) => {
                items.iter().map(|item| self.of_field(field, item)).collect()
            }
            (_, Value::Object(_) | Value::Null) => of_type(value),
            // Whether something is empty or absent is one of the questions.
            (_, Value::String(text)) if text.is_empty() => value.clone(),
            (Field::Truth, Value::Bool(_)) => value.clone(),
            (Field::Count | Field::Code, Value::Number(number))
                if is_count(&number.to_string()) =>
            {
                value.clone()
            }
            (field, Value::String(text)) => self.text(field, text),
            (_, other) => of_type(other),
        }
    }

    fn text(&mut self, field: Field, text: &str) -> Value {
        let stays = match field {
            Field::Count => is_count(text),
            Field::Truth => matches!(text, "true" | "false"),
            Field::Word => WORDS.contains(&text),
            Field::Time => ServiceTime::parse(text).is_some(),
            Field::Code => is_code(text),
            Field::InstanceType => is_instance_type(text),
            Field::TagKey => TAG_KEYS.contains(&text),
            Field::Within | Field::Fingerprint | Field::PublicKey | Field::Identity(_) => false,
        };
        if stays {
            return text.into();
        }
        match field {
            Field::Fingerprint => self.fingerprint(text),
            Field::PublicKey => {
                let placeholder = self.placeholder("public-key", text);
                let key_type = PublicKey::parse(text).map(|key| key.key_type().to_string());
                key_type.map_or(placeholder.clone(), |kind| format!("{placeholder}, {kind}")).into()
            }
            Field::TagKey => self.placeholder("tag", text).into(),
            Field::Identity(kind) => self.placeholder(kind, text).into(),
            _ => "<text>".into(),
        }
    }

    /// A fingerprint, whose form is told: which it is differs from operation to operation.
    fn fingerprint(&mut self, text: &str) -> Value {
        let plain = text.replace(':', "").to_ascii_lowercase();
        let placeholder = self.placeholder("fingerprint", &plain);
        let capitals =
            if text.bytes().any(|byte| byte.is_ascii_uppercase()) { ", capitals" } else { "" };
        let form = match (Fingerprint::parse(text).is_some(), text.contains(':')) {
            (true, true) => "16 bytes with colons".to_owned(),
            (true, false) => "16 bytes without colons".to_owned(),
            (false, has_colons) => {
                let colons = if has_colons { "with" } else { "without" };
                format!("{} characters {colons} colons", text.chars().count())
            }
        };
        format!("{placeholder}, {form}{capitals}").into()
    }

    /// Such as `i-3`: the same for the same value.
    fn placeholder(&mut self, kind: &'static str, value: &str) -> String {
        let count = self.counts.entry(kind).or_default();
        let number = *self.known.entry((kind, value.to_owned())).or_insert_with(|| {
            *count += 1;
            *count
        });
        format!("{kind}-{number}")
    }
}

/// What stands for a value whose type alone is told.
fn of_type(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => "<boolean>".into(),
        Value::Number(_) => "<number>".into(),
        Value::String(_) => "<text>".into(),
        Value::Array(_) => "<list>".into(),
        Value::Object(_) => "<object>".into(),
    }
}

fn is_count(text: &str) -> bool {
    text.len() <= COUNT_DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has the form of a code: `200`, `DRYRUN.SUCCESS`, or words with capitals such as
/// `InvalidKeyPairName.NotFound`. Digits and hyphens are in none, and capitals come in short rows:
/// what is random looks different.
fn is_code(text: &str) -> bool {
    let is_word = |part: &str| {
        let rows = part.split(|c: char| !c.is_ascii_uppercase()).map(str::len);
        let is_loud = part.bytes().all(|byte| byte.is_ascii_uppercase());
        is_loud && part.len() <= LOUD_MAX || !is_loud && rows.max() <= Some(CAPITALS_MAX)
    };
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            && is_word(part)
    };
    let capitals = text.bytes().filter(u8::is_ascii_uppercase).count();
    let is_code = text.len() <= CODE_MAX && text.split('.').all(is_part);
    text == "200" || (is_code && (capitals > 1 || text == "Throttling"))
}

/// Whether a text has the form of `ecs.g7` or `ecs.g7.large`.
fn is_instance_type(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=12).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.strip_prefix("ecs.").is_some_and(|rest| {
        let parts: Vec<_> = rest.split('.').collect();
        parts.len() <= 2 && parts.into_iter().all(is_part)
    })
}

//! What the JSON Schemas say of manifests and inventories beyond their raw types.
//!
//! A schema refuses nothing that is valid. What concerns several documents it cannot say, so that
//! `keyform validate` refuses more.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{
    API_VERSION,
    inventory::INVENTORY,
    raw::{RawBinding, RawInventory, RawKeyPair, RawProject, RawRemoval},
    resolve::{ARGUMENTS_MAX, PAIR_NAME_MAX, REASON_MAX, TEXT_MAX},
};
use crate::model::{InstanceId, Region, names::NAME_PATTERN, schedule::Day, tags::USER_TAGS_MAX};

/// R11 for the names of key pairs, to which that of a generation is added.
pub(super) const PAIR_NAME_PATTERN: &str = "^[A-Za-z][A-Za-z0-9:_-]{1,119}$";
/// Users of a Linux instance.
pub(super) const USER_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9._-]{0,31}$";
/// Hosts to go through, none of which is taken for an option.
pub(super) const JUMP_PATTERN: &str = r"^[A-Za-z0-9_][A-Za-z0-9_.@:,\[\]-]*$";
/// Texts without a backslash and without an invisible character.
const PATH_PATTERN: &str = r"^[^\\\u0000-\u001f\u007f-\u009f]+$";
/// Texts without control characters; the program refuses all that is not seen.
const SEEN_PATTERN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// Paths that are absolute, leave the project's directory, or name it itself.
const OUTSIDE_PATTERN: &str = r"^/|^(\.?/)*\.?$|(^|/)\.\.(/|$)";
/// Addresses of documents, without a user.
pub(super) const DOCUMENT_PATTERN: &str = r"^https?://[A-Za-z0-9.:\[\]-]+([/?][^\s#]*)?$";
/// Names of buckets.
pub(super) const BUCKET_PATTERN: &str = "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$";
/// What the names of objects begin with.
pub(super) const PREFIX_PATTERN: &str =
    "^([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$";
/// Regions of buckets: S3 has others than ECS.
pub(super) const BUCKET_REGION_PATTERN: &str = "^[a-z0-9-]{1,40}$";
/// The keys of a key management, by their ids.
pub(super) const KMS_KEY_PATTERN: &str = "^[!-~]{1,512}$";
/// Keys of tags that are not the user's to write, and those with an address in them.
const RESERVED_KEY_PATTERN: &str =
    "^([Aa][Cc][Ss]:|[Aa][Ll][Ii][Yy][Uu][Nn]|[Kk][Ee][Yy][Ff][Oo][Rr][Mm]:)|https?://";

/// Any manifest: the type whose JSON Schema says what a document of a project may have.
#[derive(Debug)]
pub struct Manifest;

impl JsonSchema for Manifest {
    fn schema_name() -> Cow<'static, str> {
        "Manifest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds =
            [project(generator), key_pair(generator), binding(generator), removal(generator)];
        json_schema!({ "oneOf": kinds })
    }
}

/// An inventory of the embedded cloud: the type whose JSON Schema says what it may have.
#[derive(Debug)]
pub struct InventoryManifest;

impl JsonSchema for InventoryManifest {
    fn schema_name() -> Cow<'static, str> {
        INVENTORY.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        document(
            INVENTORY,
            "What the embedded cloud starts with. It is read at each command: add instances, take \
             some out, and plan again.",
            &nullable(name(json_schema!({}))),
            &generator.subschema_for::<RawInventory>(),
            &["spec"],
        )
    }
}

fn project(generator: &mut SchemaGenerator) -> Schema {
    document(
        "Project",
        "A directory whose manifests belong together: its cloud, where its state and its private \
         keys are kept, and what holds for all its manifests. Exactly one, in keyform.yaml.",
        &name(json_schema!({})),
        &generator.subschema_for::<RawProject>(),
        &["metadata", "spec"],
    )
}

fn key_pair(generator: &mut SchemaGenerator) -> Schema {
    // The later generations of a pair have such names, and theirs must fit into the service's too.
    let rule = json_schema!({ "maxLength": PAIR_NAME_MAX, "not": generation_name() });
    document(
        "KeyPair",
        "An SSH key pair under one name, in one or more regions. Its private key is made on this \
         machine and kept before the pair exists in the cloud, unless `createInCloud` says that the \
         service makes it.",
        &name(rule),
        &generator.subschema_for::<Option<RawKeyPair>>(),
        &["metadata"],
    )
}

fn binding(generator: &mut SchemaGenerator) -> Schema {
    document(
        "Binding",
        "Instances that are bound to one key pair. A binding takes effect at the next restart of \
         its instance; from then on passwords are not accepted any more.",
        &name(json_schema!({})),
        &generator.subschema_for::<RawBinding>(),
        &["metadata", "spec"],
    )
}

fn removal(generator: &mut SchemaGenerator) -> Schema {
    document(
        "Removal",
        "Lets go of a key pair that no KeyPair declares any more, although it is protected. It can be \
         taken out again once it is applied.",
        &name(json_schema!({})),
        &generator.subschema_for::<RawRemoval>(),
        &["metadata", "spec"],
    )
}

/// The documents of a kind, with these `metadata` and `spec`.
fn document(
    kind: &str,
    description: &str,
    metadata: &Schema,
    spec: &Schema,
    required: &[&str],
) -> Schema {
    let required = [&["apiVersion", "kind"], required].concat();
    json_schema!({
        "title": kind,
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": {
            "apiVersion": {
                "description": "The version of the format.",
                "type": "string",
                "const": API_VERSION,
            },
            "kind": { "description": description, "type": "string", "const": kind },
            "metadata": metadata,
            "spec": spec,
        },
    })
}

/// `metadata` by R11 and by a further rule for the name.
fn name(rule: Schema) -> Schema {
    let mut name = json_schema!({
        "description": "Its name, which no other document of its kind has: 2 to 128 characters, a \
            letter first, then letters, digits, `:`, `_` and `-`.",
        "type": "string",
        "pattern": NAME_PATTERN,
        "examples": ["web"],
    });
    for (keyword, value) in rule.as_object().into_iter().flatten() {
        name.insert(keyword.clone(), value.clone());
    }
    json_schema!({
        "description": "What it is called.",
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": { "name": name },
    })
}

/// A field that may be left out, and has a value if it is there.
pub(super) fn never_null(field: &mut Schema) {
    let is_null = |schema: &Value| schema.get("type").is_some_and(|of| of == "null");
    // Left out, it has no value either: that is no default to write.
    if field.get("default").is_some_and(Value::is_null) {
        field.remove("default");
    }
    if let Some(Value::Array(types)) = field.get_mut("type") {
        types.retain(|of| of != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            field.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = field.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(any)) = field.get_mut("anyOf") {
        any.retain(|one| !is_null(one));
    }
}

fn nullable(mut mapping: Schema) -> Schema {
    mapping.insert("type".to_owned(), ["object", "null"].as_slice().into());
    mapping
}

/// A KeyPair with two keys, or with one that is there and `bits` of one that is made, or that the
/// service makes too.
pub(super) fn two_keys() -> Schema {
    let pairs = [("publicKey", "publicKeyFile"), ("publicKey", "bits"), ("publicKeyFile", "bits")];
    let given_and_created = |field: &str| {
        json_schema!({
            "type": "object",
            "required": [field, "createInCloud"],
            "properties": { "createInCloud": { "const": true } },
        })
    };
    let created = ["publicKey", "publicKeyFile"].map(given_and_created);
    let given = pairs.map(|(one, other)| both(one, other));
    let wrong = [&given[..], &created[..]].concat();
    json_schema!({ "anyOf": wrong })
}

/// A mapping with a value for both fields.
pub(super) fn both(one: &str, other: &str) -> Schema {
    json_schema!({ "allOf": any_of([one, other]) })
}

/// For each field a mapping with a value for it.
pub(super) fn any_of<const N: usize>(fields: [&str; N]) -> [Schema; N] {
    fields.map(|field| {
        json_schema!({
            "type": "object",
            "required": [field],
            "properties": { field: { "not": { "type": "null" } } },
        })
    })
}

/// Private keys in two places, or with what is a directory's beside another place.
pub(super) fn two_vaults() -> Schema {
    let wrong = [
        ("directory", "command"),
        ("outlivesRunner", "command"),
        ("directory", "s3"),
        ("outlivesRunner", "s3"),
        ("directory", "oss"),
        ("outlivesRunner", "oss"),
        ("command", "s3"),
        ("command", "oss"),
        ("s3", "oss"),
    ];
    json_schema!({ "anyOf": wrong.map(|(one, other)| both(one, other)) })
}

/// A key of a key management without the algorithm that uses it.
pub(super) fn key_without(algorithm: &str) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["keyId"],
        "not": { "required": ["algorithm"], "properties": { "algorithm": { "const": algorithm } } },
    })
}

/// A proof of nothing, of two things, or with fields beside `ssh` that are a command's.
pub(super) fn no_proof() -> Schema {
    let nothing = json_schema!({ "type": "null" });
    let neither = json_schema!({
        "type": "object",
        "properties": { "ssh": nothing, "command": nothing },
    });
    let others =
        ["command", "timeout", "environment", "passEnvironment"].map(|other| both("ssh", other));
    let wrong = [&[neither], &others[..]].concat();
    json_schema!({ "anyOf": wrong })
}

/// A name that a later generation of another pair could have.
pub(super) fn generation_name() -> Schema {
    json_schema!({ "pattern": "-g[0-9]+$" })
}

/// A restart policy with `when: window`.
pub(super) fn waits_for_windows() -> Schema {
    json_schema!({ "required": ["when"], "properties": { "when": { "const": "window" } } })
}

/// At least one window.
pub(super) fn some_windows() -> Schema {
    let windows = json_schema!({ "type": "array", "minItems": 1 });
    json_schema!({ "required": ["windows"], "properties": { "windows": windows } })
}

/// No windows, not even an empty list of them.
pub(super) fn no_windows() -> Schema {
    json_schema!({ "properties": { "windows": { "type": "null" } } })
}

/// Days of the week, at least one, each once.
#[derive(JsonSchema)]
#[schemars(with = "Vec<Day>", extend("minItems" = 1, "uniqueItems" = true))]
pub(super) struct WindowDays;

/// One line of text that is not empty.
#[derive(JsonSchema)]
#[schemars(
    with = "String",
    extend("maxLength" = REASON_MAX, "pattern" = r"^[^\u0000-\u001f\u007f-\u009f]*\S[^\u0000-\u001f\u007f-\u009f]*$")
)]
pub(super) struct Reason;

/// Regions, at least one, each once.
#[derive(JsonSchema)]
#[schemars(with = "Vec<Region>", extend("minItems" = 1, "uniqueItems" = true))]
pub(super) struct Regions;

/// Ids of instances, each once.
#[derive(JsonSchema)]
#[schemars(with = "Vec<InstanceId>", extend("uniqueItems" = true))]
pub(super) struct InstanceIds;

/// A path below the project's directory, relative to it, with `/`.
#[derive(JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = PATH_PATTERN, "not" = { "type": "string", "pattern": OUTSIDE_PATTERN })
)]
pub(super) struct ProjectPath;

/// A path in the same git work tree, relative to the manifest's directory, with `/`.
#[derive(JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = PATH_PATTERN, "not" = { "type": "string", "pattern": r"^/|^(\.?/)*\.?$" }, "examples" = ["../teams"])
)]
pub(super) struct OtherPath;

/// Other directories, each once.
#[derive(JsonSchema)]
#[schemars(with = "Vec<OtherPath>", extend("uniqueItems" = true))]
pub(super) struct OtherDirectories;

/// The value of a tag that people write.
#[derive(JsonSchema)]
#[schemars(
    with = "String",
    extend("maxLength" = TEXT_MAX, "pattern" = SEEN_PATTERN, "not" = { "pattern": "^acs:|https?://" })
)]
pub(super) struct UserTagValue;

/// Tags that people write: at most 16, since the service keeps 20 and keyform needs 4.
#[derive(JsonSchema)]
#[schemars(
    with = "BTreeMap<String, UserTagValue>",
    extend(
        "maxProperties" = USER_TAGS_MAX,
        "propertyNames" = {
            "minLength": 1,
            "maxLength": TEXT_MAX,
            "pattern": SEEN_PATTERN,
            "not": { "pattern": RESERVED_KEY_PATTERN },
        }
    )
)]
pub(super) struct UserTags;

/// The value of an instance's tag.
#[derive(JsonSchema)]
#[schemars(with = "String", extend("maxLength" = TEXT_MAX))]
pub(super) struct InstanceTagValue;

/// A program and its arguments.
#[derive(JsonSchema)]
#[schemars(
    with = "Vec<Argument>",
    extend("minItems" = 1, "maxItems" = ARGUMENTS_MAX)
)]
pub(super) struct Command;

/// A program, or one of its arguments: a text of one line that is not empty.
#[derive(JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^[^\u0000-\u001f\u007f-\u009f]+$"))]
pub(super) struct Argument;

/// The value of a variable.
#[derive(JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^[^\u0000]*$"))]
pub(super) struct VariableValue;

/// Variables of an environment, without keyform's own.
#[derive(JsonSchema)]
#[schemars(
    with = "BTreeMap<String, VariableValue>",
    extend("propertyNames" = {
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
        "not": { "pattern": "^KEYFORM_" },
    })
)]
pub(super) struct Environment;

/// Names of variables, without keyform's own.
#[derive(JsonSchema)]
#[schemars(with = "Vec<PassedVariable>", extend("maxItems" = ARGUMENTS_MAX))]
pub(super) struct PassedVariables;

/// The name of a variable that is passed on.
#[derive(JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]*$", "not" = { "pattern": "^KEYFORM_" })
)]
pub(super) struct PassedVariable;

/// An IPv4 or IPv6 address.
#[derive(JsonSchema)]
#[schemars(with = "String", extend("anyOf" = [{ "format": "ipv4" }, { "format": "ipv6" }]))]
pub(super) struct IpAddress;

/// Tags of an instance, which may be the system's.
#[derive(JsonSchema)]
#[schemars(
    with = "BTreeMap<String, InstanceTagValue>",
    extend("propertyNames" = { "minLength": 1, "maxLength": TEXT_MAX })
)]
pub(super) struct InstanceTags;

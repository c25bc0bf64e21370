//! The JSON Schemas (draft-07) of the documents that people write and that the program prints.
//!
//! They are made from the types that read and write these documents, and from their comments.

use schemars::{
    JsonSchema, Schema,
    generate::{SchemaGenerator, SchemaSettings},
    transform::{RecursiveTransform, RestrictFormats},
};
use serde_json::Value;

use crate::{
    alicloud::Whoami,
    checkup::Checkup,
    manifest::{InventoryManifest, Manifest},
    plan::Plan,
    render::events::Line,
    state::State,
    status::{KeysDocument, Status},
};

/// A document that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// A Project, KeyPair, Binding or Removal.
    Manifest,
    /// The inventory of the embedded cloud.
    Inventory,
    /// A plan.
    Plan,
    /// A state.
    State,
    /// What happens in a run.
    Events,
    /// Whose credentials are used.
    Whoami,
    /// How things are.
    Status,
    /// What was checked of a project and its machine.
    Doctor,
    /// The private keys of a project.
    Keys,
}

impl Document {
    /// All that have a schema.
    pub const ALL: [Self; 9] = [
        Self::Manifest,
        Self::Inventory,
        Self::Plan,
        Self::State,
        Self::Events,
        Self::Status,
        Self::Whoami,
        Self::Doctor,
        Self::Keys,
    ];

    /// The name of the schema, with the version of the document's format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest-v1",
            Self::Inventory => "inventory-v1",
            Self::Plan => "plan-v1",
            Self::State => "state-v1",
            Self::Events => "events-v1",
            Self::Whoami => "whoami-v1",
            Self::Status => "status-v1",
            Self::Doctor => "doctor-v1",
            Self::Keys => "keys-v1",
        }
    }

    /// What the document is, in a line.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Manifest => "a manifest of keyform: a Project, KeyPair, Binding or Removal",
            Self::Inventory => "what the embedded cloud of keyform starts with",
            Self::Plan => "a plan of keyform",
            Self::State => "a state of keyform",
            Self::Events => "an event of a run of keyform",
            Self::Whoami => "whose credentials keyform uses",
            Self::Status => "how the key pairs and instances of a project are",
            Self::Doctor => "what keyform checked of a project and its machine",
            Self::Keys => "the private keys of a project of keyform",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Manifest => {
                "One document of a project's YAML files. `keyform validate` checks more: what \
                 documents say of one another."
            }
            Self::Inventory => "The only document of the file that a Project names as inventory.",
            Self::Plan => {
                "What `keyform plan -o FILE` writes, and `keyform plan --format json` and \
                 `keyform show PLAN --format json` print. It holds no secret."
            }
            Self::State => {
                "What `keyform show --format json` and `keyform state show --format json` print, \
                 which is `null` before anything was applied. The file of a snapshot has it as \
                 `state`, beside a checksum of its text. It holds no secret."
            }
            Self::Events => {
                "One line of what `keyform apply --format json` and `keyform destroy --format json` \
                 print while they run. It holds no secret."
            }
            Self::Whoami => {
                "What `keyform whoami --format json` prints in a project of Alibaba Cloud, and \
                 where there is none. In a project of the embedded cloud, which asks for no \
                 credentials, it prints `null`. It holds no secret."
            }
            Self::Status => {
                "What `keyform status --format json` prints, and `keyform status --watch --format \
                 json` on each line. It holds no secret."
            }
            Self::Doctor => {
                "What `keyform doctor --format json` prints, also at the end of a rehearsal, and \
                 `keyform state doctor --format json`. It holds no secret."
            }
            Self::Keys => {
                "What `keyform key list --format json` and `keyform key check --format json` print. \
                 It holds no secret."
            }
        }
    }

    /// The schema, in readable JSON.
    #[must_use]
    pub fn schema(self) -> String {
        let mut schema = match self {
            Self::Manifest => root::<Manifest>(written_by_people()),
            Self::Inventory => root::<InventoryManifest>(written_by_people()),
            Self::Plan => root::<Plan>(printed()),
            Self::State => root::<State>(printed()),
            Self::Events => root::<Line<'_>>(printed()),
            Self::Whoami => root::<Whoami>(printed()),
            Self::Status => root::<Status>(printed()),
            Self::Doctor => root::<Checkup>(printed()),
            Self::Keys => root::<KeysDocument>(printed()),
        };
        schema.insert("title".to_owned(), self.title().into());
        schema.insert("description".to_owned(), self.description().into());
        format!("{:#}\n", schema.as_value())
    }
}

/// Editors show more of a schema without references.
fn written_by_people() -> SchemaSettings {
    settings().with(|settings| settings.inline_subschemas = true)
}

/// A field without a value is printed as null, so that none is ever missing.
fn printed() -> SchemaSettings {
    settings().for_serialize()
}

/// Without the formats of numbers, such as `uint32`, which are not those of JSON Schema.
fn settings() -> SchemaSettings {
    SchemaSettings::draft07()
        .with_transform(RestrictFormats::default())
        .with_transform(RecursiveTransform(unwrap_description))
}

/// Makes one line of each paragraph of a comment, as editors break lines themselves.
fn unwrap_description(schema: &mut Schema) {
    if let Some(text) = schema.get("description").and_then(Value::as_str) {
        let paragraphs: Vec<_> = text.split("\n\n").map(|text| text.replace('\n', " ")).collect();
        schema.insert("description".to_owned(), paragraphs.join("\n\n").into());
    }
}

fn root<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    SchemaGenerator::new(settings).into_root_schema_for::<T>()
}

//! `proof` as it is written.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{super::schema, RawTags, Text, Whole, written};
use crate::model::schedule::Span;

/// A port of a machine.
pub(in crate::manifest) type Port = Whole<1, 65535>;

/// The word for no proof, or what the proof is.
#[derive(Debug)]
pub(in crate::manifest) enum RawProof {
    /// A text, which should be `none`.
    Word(Text),
    /// Anything else.
    Fields(Box<RawProofFields>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawProofFields {
    /// keyform logs on with OpenSSH's client and the pair's private key. Either this or `command`.
    pub(in crate::manifest) ssh: Option<RawSsh>,
    /// A program of yours and its arguments, such as `[check-logon]`, which ends with 0 if one can
    /// log on. No shell reads them. Either this or `ssh`.
    #[schemars(with = "Option<schema::Command>", extend("examples" = [["check-logon"]]))]
    pub(in crate::manifest) command: Option<Vec<Text>>,
    /// After how long the program of `command` is ended and has failed, `1s` to `1h`. Without this
    /// it is `5m`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) timeout: Option<Span>,
    /// Variables of the environment of that program. They are in plans and states too, so no secret
    /// belongs here.
    #[schemars(with = "Option<schema::Environment>", extend("examples" = [{"LB": "lb-1"}]))]
    pub(in crate::manifest) environment: Option<RawTags>,
    /// Variables of keyform's own environment that the program of `command` gets too, by their names.
    /// Without this it gets PATH, HOME, USER, LANG, LC_*, TZ, TMPDIR and SSH_AUTH_SOCK alone.
    #[schemars(with = "Option<schema::PassedVariables>", extend("examples" = [["KUBECONFIG"]]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) pass_environment: Option<Vec<Text>>,
}

/// A log-on with OpenSSH's client, which reads the configuration of whoever runs keyform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawSsh {
    /// As whom.
    #[schemars(required, extend("pattern" = schema::USER_PATTERN, "examples" = ["root"]))]
    pub(in crate::manifest) user: Option<Text>,
    /// By which of its addresses: `private` without this; `public`; or `name`, for a name of the
    /// instance that the configuration of ssh or a name server knows.
    #[schemars(extend("enum" = ["private", "public", "name", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) address: Option<Text>,
    /// The port of its sshd. Without this the configuration of ssh says so, and else it is 22.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) port: Option<Port>,
    /// The hosts to go through, as `ssh -J` takes them: one, or several with commas between.
    #[schemars(extend("pattern" = schema::JUMP_PATTERN, "examples" = ["ops@bastion.example.com"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) jump: Option<Text>,
    /// The file with the host keys of the instances, relative to the manifest's directory. Without
    /// this the configuration of ssh says which are known.
    #[schemars(with = "Option<schema::OtherPath>", extend("examples" = ["known_hosts"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) known_hosts: Option<Text>,
    /// After how long the log-on has failed, `1s` to `1h`. Without this it is `30s`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) timeout: Option<Span>,
    /// Variables of keyform's own environment that ssh gets too, by their names. Without this it gets
    /// PATH, HOME, USER, LANG, LC_*, TZ, TMPDIR and SSH_AUTH_SOCK alone.
    #[schemars(with = "Option<schema::PassedVariables>", extend("examples" = [["BASTION"]]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) pass_environment: Option<Vec<Text>>,
}

impl<'de> Deserialize<'de> for RawProof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ProofVisitor;
        impl<'de> Visitor<'de> for ProofVisitor {
            type Value = RawProof;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping or `none`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawProof, E> {
                Ok(RawProof::Word(Text(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<RawProof, A::Error> {
                let fields = RawProofFields::deserialize(MapAccessDeserializer::new(entries))?;
                Ok(RawProof::Fields(Box::new(fields)))
            }
        }
        deserializer.deserialize_any(ProofVisitor)
    }
}

impl JsonSchema for RawProof {
    fn schema_name() -> Cow<'static, str> {
        "Proof".into()
    }

    /// That of the mapping, with the word besides: `pattern` says nothing of a mapping, and
    /// everything else nothing of a text.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = RawProofFields::json_schema(generator);
        schema.insert("type".to_owned(), ["object", "string"].as_slice().into());
        schema.insert("pattern".to_owned(), "^none$".into());
        schema.insert("not".to_owned(), schema::no_proof().to_value());
        schema
    }
}

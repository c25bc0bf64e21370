//! What is wrong with what a person wrote, where it stands, and what to do about it.
//!
//! A [`Diagnostic`] is a value; `render::diagnostics` makes text or JSON of it. Its
//! [`DiagnosticCode`] says what kind of problem it is, and stays while sentences are reworded.

mod cloud;
mod credential;
mod document;
mod field;
mod policy;
mod reference;
mod source;
mod state;

use std::{fmt, sync::Arc};

use serde::Serialize;

pub use self::{
    cloud::CloudCode, credential::names_credential, document::DocumentCode, field::FieldCode,
    policy::PolicyCode, reference::ReferenceCode, source::Source, state::StateCode,
};
use crate::{
    code::Explanation,
    keys::{KeyWarningCode, PublicKeyCode, holds_private_key},
};

/// A place in a file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// How many characters to underline, at least 1, within the line.
    pub length: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.path, self.line, self.column)
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can be planned until it is mended.
    Error,
    /// It is shown and stops nothing.
    Warning,
}

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum DiagnosticCode {
    /// Of a file or a document as a whole.
    Document(DocumentCode),
    /// Of a field.
    Field(FieldCode),
    /// Of the Project's cloud.
    Cloud(CloudCode),
    /// Of where the Project's state is kept.
    State(StateCode),
    /// Of a restart policy, a program or a proof.
    Policy(PolicyCode),
    /// Between objects.
    Reference(ReferenceCode),
    /// Of a public key that cannot be imported.
    PublicKey(PublicKeyCode),
    /// Of a public key that can be imported, with something to know about it.
    KeyWarning(KeyWarningCode),
}

impl DiagnosticCode {
    /// What it means, why, and what to do.
    #[must_use]
    pub const fn explanation(self) -> Explanation {
        match self {
            Self::Document(code) => code.explanation(),
            Self::Field(code) => code.explanation(),
            Self::Cloud(code) => code.explanation(),
            Self::State(code) => code.explanation(),
            Self::Policy(code) => code.explanation(),
            Self::Reference(code) => code.explanation(),
            Self::PublicKey(code) => code.explanation(),
            Self::KeyWarning(code) => code.explanation(),
        }
    }

    /// The code as people and programs read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.explanation().code
    }
}

/// Lets each group of codes stand where a [`DiagnosticCode`] is wanted.
macro_rules! groups {
    ($($variant:ident($code:ty)),+ $(,)?) => {
        $(impl From<$code> for DiagnosticCode {
            fn from(code: $code) -> Self {
                Self::$variant(code)
            }
        })+
    };
}

groups!(
    Document(DocumentCode),
    Field(FieldCode),
    Cloud(CloudCode),
    State(StateCode),
    Policy(PolicyCode),
    Reference(ReferenceCode),
    PublicKey(PublicKeyCode),
    KeyWarning(KeyWarningCode),
);

/// The most characters of a written text that a program is told.
const FOUND_MAX: usize = 60;

/// What the sentence is made of, for programs; what does not fit the code is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The path of the field, such as `spec.restart.when`.
    pub field: Option<String>,
    /// What is written there, or who is named.
    pub found: Option<String>,
    /// What could be written: a type, or one of some words.
    pub expected: Vec<String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem it is.
    pub code: DiagnosticCode,
    /// What the sentence is made of.
    pub details: Details,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, one line, naming the object.
    pub message: String,
    /// Where, unless it concerns no place (a missing file).
    pub place: Option<Place>,
    /// A few words under the place, such as "claimed here"; may be empty.
    pub label: String,
    /// Other places that belong to it, each with its own few words.
    pub related: Vec<(Place, String)>,
    /// What to do, one or more lines; may be empty.
    pub help: String,
    /// Whether the line of its place may have a secret, so that nothing shows it (L4).
    pub is_withheld: bool,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(
        code: impl Into<DiagnosticCode>,
        place: Place,
        message: impl Into<String>,
    ) -> Self {
        Self { place: Some(place), ..Self::without_place(code, message) }
    }

    /// An error that has no place in a file.
    #[must_use]
    pub fn without_place(code: impl Into<DiagnosticCode>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            details: Details::default(),
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: String::new(),
            related: Vec::new(),
            help: String::new(),
            is_withheld: false,
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same without the line of its place, which may have a secret (L4).
    #[must_use]
    pub fn withheld(mut self) -> Self {
        self.is_withheld = true;
        self
    }

    /// About the field with this path, unless it holds a private key (L4).
    #[must_use]
    pub fn field(mut self, path: impl Into<String>) -> Self {
        self.details.field = Some(path.into()).filter(|path| !holds_private_key(path));
        self
    }

    /// About this text, unless it holds a private key (L4).
    #[must_use]
    pub fn found(mut self, text: &str) -> Self {
        if !holds_private_key(text) {
            self.details.found = Some(text.chars().take(FOUND_MAX).collect());
        }
        self
    }

    /// With what could be written.
    #[must_use]
    pub fn expected<T: ToString>(mut self, expected: impl IntoIterator<Item = T>) -> Self {
        self.details.expected = expected.into_iter().map(|text| text.to_string()).collect();
        self
    }

    /// With what was probably meant.
    #[must_use]
    pub fn suggestion(mut self, meant: Option<&str>) -> Self {
        self.details.suggestion = meant.map(str::to_owned);
        self
    }

    /// With a few words under the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

//! The blobs of a project as one JSON document.
//!
//! `version`, `serial` and `lineage` are those of a state of Terraform, by which servers for it check
//! what they take. The serial is of the document, and grows with each write.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::{model::RunId, store::Holder};

const FORMAT: &str = "keyform.document/1";
/// The version of Terraform's states that servers know.
const VERSION: u32 = 4;

/// The document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    version: u32,
    serial: u64,
    /// The run that made the document.
    lineage: String,
    format: String,
    /// The run that wrote it.
    run: RunId,
    /// The run that holds the lock, as far as the last one who wrote knew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<Holder>,
    blobs: BTreeMap<String, Blob>,
}

/// A blob: as text, if it is one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Blob {
    Text(String),
    Bytes { base64: String },
}

/// Which of all documents at an address one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) serial: u64,
    run: RunId,
}

#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    format: String,
}

impl Document {
    /// A document without blobs, which was not written yet.
    pub(super) fn new(run: &RunId) -> Self {
        Self {
            version: VERSION,
            serial: 0,
            lineage: run.to_string(),
            format: FORMAT.to_owned(),
            run: run.clone(),
            holder: None,
            blobs: BTreeMap::new(),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong with it, in words for people.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let damaged = |error: serde_json::Error| format!("the document is damaged: {error}");
        let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        match format.as_str() {
            FORMAT => serde_json::from_slice(bytes).map_err(damaged),
            "" => Err("another program wrote the document there, such as Terraform its state; \
                       keyform needs an address of its own"
                .to_owned()),
            _ => Err(format!(
                "the document is of a format that this version does not know ({format}); use the \
                 version of keyform that wrote it, or a newer one"
            )),
        }
    }

    /// As it is sent.
    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written")
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { serial: self.serial, run: self.run.clone() }
    }

    /// Makes it the document that a run writes after all with serials up to this one.
    pub(super) fn sign(&mut self, run: &RunId, after: u64) {
        self.serial = self.serial.max(after) + 1;
        self.run = run.clone();
    }

    /// The names that begin so, sorted.
    pub(super) fn names(&self, prefix: &str) -> Vec<String> {
        self.blobs.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.blobs.contains_key(name)
    }

    /// The content of a blob.
    ///
    /// # Errors
    /// What is wrong with it, in words for people.
    pub(super) fn blob(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match self.blobs.get(name) {
            None => Ok(None),
            Some(Blob::Text(text)) => Ok(Some(text.clone().into_bytes())),
            Some(Blob::Bytes { base64 }) => Base64::decode_vec(base64)
                .map(Some)
                .map_err(|_| format!("the document is damaged: {name} cannot be read")),
        }
    }

    /// Puts a blob under a name.
    pub(super) fn put(&mut self, name: &str, content: Vec<u8>) {
        let blob = match String::from_utf8(content) {
            Ok(text) => Blob::Text(text),
            Err(error) => Blob::Bytes { base64: Base64::encode_string(error.as_bytes()) },
        };
        self.blobs.insert(name.to_owned(), blob);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.blobs.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u8) -> RunId {
        RunId::from_random([number; 16])
    }

    #[test]
    fn a_document_has_what_servers_for_terraform_look_at_and_reads_back() {
        let mut document = Document::new(&run(1));
        document.put("a", b"text\n".to_vec());
        document.put("b", vec![0, 255]);
        document.sign(&run(2), 0);
        let bytes = document.encode();
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!((&value["version"], &value["serial"]), (&4.into(), &1.into()));
        assert_eq!(value["lineage"], run(1).as_str());
        assert_eq!(value["blobs"]["a"], "text\n");
        let back = Document::decode(&bytes).expect("whole");
        assert!(back == document);
        assert_eq!(back.blob("a"), Ok(Some(b"text\n".to_vec())));
        assert_eq!(back.blob("b"), Ok(Some(vec![0, 255])));
        assert_eq!(back.blob("c"), Ok(None));
    }

    #[test]
    fn a_serial_is_above_all_that_were_tried() {
        let mut document = Document::new(&run(1));
        document.sign(&run(1), 0);
        document.sign(&run(1), 7);
        assert_eq!(document.mark(), Mark { serial: 8, run: run(1) });
        document.sign(&run(2), 3);
        assert_eq!(document.mark(), Mark { serial: 9, run: run(2) });
    }

    #[test]
    fn what_is_no_document_of_keyform_says_so() {
        for (text, words) in [
            ("", "damaged"),
            ("{", "damaged"),
            ("<html>", "damaged"),
            (r#"{"version":4,"serial":3,"lineage":"x","resources":[]}"#, "Terraform"),
            (r#"{"format":"keyform.document/2"}"#, "newer"),
            (r#"{"format":"keyform.document/1"}"#, "damaged"),
        ] {
            let error = Document::decode(text.as_bytes()).map(|_| ()).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
        let mut document = Document::new(&run(1));
        document.blobs.insert("a".to_owned(), Blob::Bytes { base64: "!".to_owned() });
        assert!(document.blob("a").expect_err("it is no base64").contains("damaged: a"));
    }
}

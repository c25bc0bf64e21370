//! Who holds the lock of a document, as Terraform and its servers write it.

use serde_json::{Value, json};

/// What is sent with a request for the lock, and answered to whoever comes second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockRecord {
    /// The id that frees the lock again.
    pub id: String,
    /// What its holder does.
    pub operation: String,
    /// Whatever its holder adds.
    pub info: String,
    /// Its holder, such as `ann@build-7`.
    pub who: String,
    /// The version of its holder's program.
    pub version: String,
    /// When it was taken.
    pub created: String,
    /// Where the state is, for a program that keeps several.
    pub path: String,
}

impl LockRecord {
    /// Reads what a server answers, as far as it can be read: what is missing stays empty.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("ID"),
            operation: text("Operation"),
            info: text("Info"),
            who: text("Who"),
            version: text("Version"),
            created: text("Created"),
            path: text("Path"),
        }
    }

    /// As it is sent.
    pub(super) fn body(&self) -> Vec<u8> {
        let Self { id, operation, info, who, version, created, path } = self;
        let body = json!({
            "ID": id,
            "Operation": operation,
            "Info": info,
            "Who": who,
            "Version": version,
            "Created": created,
            "Path": path,
        });
        body.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_names_of_terraform_and_is_read_as_far_as_it_can_be() {
        let record = LockRecord { id: "7".into(), who: "ann@vm".into(), ..LockRecord::default() };
        let text = String::from_utf8(record.body()).expect("text");
        let wanted = r#"{"Created":"","ID":"7","Info":"","Operation":"","Path":"","Version":"","Who":"ann@vm"}"#;
        assert_eq!(text, wanted);
        assert_eq!(LockRecord::read(text.as_bytes()), record);
        let partly = LockRecord::read(br#"{"ID":"7","Created":null,"Who":3,"More":true}"#);
        assert_eq!(partly, LockRecord { id: "7".into(), ..LockRecord::default() });
        for nothing in ["", "[]", "null", "<html>", "\"ID\""] {
            assert_eq!(LockRecord::read(nothing.as_bytes()), LockRecord::default(), "{nothing}");
        }
    }
}

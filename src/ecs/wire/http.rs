//! A request of HTTP as data: what is signed, sent, received and verified.

use std::{collections::BTreeMap, fmt};

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request of HTTP without its connection.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Such as `POST`.
    pub method: String,
    /// Begins with `/`.
    pub path: String,
    /// Decoded, in the order of the address.
    pub query: Vec<(String, String)>,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it is on the wire.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Reads a query as it stands in an address, or a form as it stands in a body: `+` is a blank.
    #[must_use]
    pub fn decode(text: &[u8]) -> Vec<(String, String)> {
        form_urlencoded::parse(text).into_owned().collect()
    }

    /// A header by its name in lower case; an empty one is none.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// All parameters: those of the query, then those of a form in the body. Parameters without a
    /// value are among them, since the older signature covers them.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = self.query.clone();
        let media_type = self.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case(FORM) {
            parameters.extend(Self::decode(&self.body));
        }
        parameters
    }
}

/// Shows names and no values: among them are tokens and signatures.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &names)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::wire::encoded_pairs;

    fn request(content_type: &str) -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: HttpRequest::decode(b"Action=TagResources&Tag.1.Value=a+b%2Fc&SignatureType="),
            headers: BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]),
            body: b"RegionId=cn-hangzhou&SecurityToken=planted-secret".to_vec(),
        }
    }

    #[test]
    fn parameters_are_those_of_the_query_and_of_a_form() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = [
            pair("Action", "TagResources"),
            pair("Tag.1.Value", "a b/c"),
            pair("SignatureType", ""),
        ];
        assert_eq!(request("application/json").parameters(), query);
        let form = request("Application/X-WWW-Form-Urlencoded; charset=utf-8").parameters();
        assert_eq!(form[..3], query);
        assert_eq!(form[3], pair("RegionId", "cn-hangzhou"));
        assert_eq!(form.len(), 5);
    }

    #[test]
    fn a_query_is_written_as_it_is_read() {
        let request = request("");
        assert_eq!(HttpRequest::decode(encoded_pairs(&request.query).as_bytes()), request.query);
    }

    #[test]
    fn no_value_is_shown() {
        let shown = format!("{:?}", request("application/x-www-form-urlencoded"));
        assert!(shown.contains("Tag.1.Value"), "{shown}");
        assert!(!shown.contains("planted-secret") && !shown.contains("a b/c"), "{shown}");
    }
}

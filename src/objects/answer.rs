//! The answers of S3 and OSS, which are XML of nearly the same shape.

use quick_xml::{Reader, de, events::Event};
use serde::Deserialize;

/// A page of a listing.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Page {
    /// The objects.
    #[serde(rename = "Contents", default)]
    contents: Vec<Listed>,
    /// Whether there are more pages. It is in each page of a listing, and in nothing else.
    #[serde(rename = "IsTruncated")]
    pub(super) is_truncated: bool,
    /// What asks for the next page.
    #[serde(rename = "NextContinuationToken")]
    pub(super) next: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Listed {
    #[serde(rename = "Key")]
    key: String,
}

impl Page {
    /// The keys of the objects.
    pub(super) fn keys(self) -> impl Iterator<Item = String> {
        self.contents.into_iter().map(|listed| listed.key)
    }
}

/// What a service says of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    /// Its code.
    #[serde(rename = "Code")]
    pub(super) code: String,
    /// Its words.
    #[serde(rename = "Message")]
    pub(super) message: String,
}

/// Reads an answer whose outermost element has a name: another service may answer in XML, too.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read<T: for<'a> Deserialize<'a>>(body: &[u8], name: &str) -> Result<T, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())?;
    match outermost(text) {
        Some(found) if found == name => de::from_str(text).map_err(|error| error.to_string()),
        Some(found) => Err(format!("it is <{found}>, not <{name}>")),
        None => Err("it is not XML".to_owned()),
    }
}

/// What a service says of an error; nothing, if it does not say it in its own way.
pub(super) fn told(body: &[u8]) -> Told {
    read(body, "Error").unwrap_or_default()
}

fn outermost(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                return Some(element.local_name().as_ref().to_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
        <Prefix/><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>
        <Contents><Key>p/a&amp;b</Key><Size>1</Size></Contents>
        <NextContinuationToken>p/a</NextContinuationToken>
        <Contents><Key>p/c</Key><Size>1</Size></Contents></ListBucketResult>"#;

    #[test]
    fn a_page_has_its_keys_and_says_whether_more_follow() {
        let page: Page = read(PAGE.as_bytes(), "ListBucketResult").expect("a page");
        assert_eq!((page.is_truncated, page.next.as_deref()), (true, Some("p/a")));
        assert_eq!(page.keys().collect::<Vec<_>>(), ["p/a&b", "p/c"]);
        let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        let page: Page = read(empty.as_bytes(), "ListBucketResult").expect("a page");
        assert_eq!((page.is_truncated, page.keys().count()), (false, 0));
    }

    #[test]
    fn what_is_no_listing_is_no_empty_one() {
        for body in [
            &b""[..],
            b"\xff",
            b"{}",
            b"<html><body>Log in</body></html>",
            b"<ListBucketResult/>",
            b"<ListBucketResult><IsTruncated>false</IsTruncated>",
            b"<Error><Code>x</Code></Error>",
            b"<IsTruncated>false</IsTruncated>",
        ] {
            let page = read::<Page>(body, "ListBucketResult");
            page.expect_err(&String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn an_error_has_a_code_and_words() {
        let body = b"<Error><Code>NoSuchBucket</Code><Message>None &lt;b&gt;</Message></Error>";
        let found = told(body);
        assert_eq!((found.code.as_str(), found.message.as_str()), ("NoSuchBucket", "None <b>"));
        assert_eq!(told(b"<html/>"), Told::default());
    }
}

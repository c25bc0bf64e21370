//! Where a document is on a server, as a person writes it: an address without a user.

use std::fmt;

use super::endpoint::{Endpoint, EndpointProblem};

/// An address such as `https://gitlab.example/api/v4/projects/7/terraform/state/prod`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentAddress {
    endpoint: Endpoint,
    /// It begins with a slash.
    path: String,
    /// What stands behind `?`, as it was written.
    query: Option<String>,
}

/// Why a text is not such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentAddressProblem {
    /// It has a user, and perhaps a password, which are not shown.
    #[error("it has a user")]
    User,
    /// It has a fragment.
    #[error("it has a `#`, and what stands behind that is never sent")]
    Fragment,
    /// It has a character that an address cannot have.
    #[error("it has a character that an address writes as `%` and two digits")]
    Encoding,
    /// The scheme, the host or the port is wrong.
    #[error(transparent)]
    Host(#[from] EndpointProblem),
}

impl DocumentAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`DocumentAddressProblem`].
    pub fn parse(text: &str) -> Result<Self, DocumentAddressProblem> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointProblem::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at(end);
        let endpoint = match Endpoint::parse(&format!("{scheme}://{authority}")) {
            Ok(endpoint) => endpoint,
            // A password may have a slash, so that the host seems to end before its user does.
            Err(_) if text.contains('@') => return Err(DocumentAddressProblem::User),
            Err(problem) => return Err(problem.into()),
        };
        if behind.contains('#') {
            return Err(DocumentAddressProblem::Fragment);
        }
        if !behind.bytes().all(is_plain) {
            return Err(DocumentAddressProblem::Encoding);
        }
        let (path, query) = match behind.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (behind, None),
        };
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { endpoint, path: path.to_owned(), query })
    }

    /// The address of something below it: its path with a part more, and the same query.
    #[must_use]
    pub fn below(&self, part: &str) -> Self {
        Self { path: format!("{}/{part}", self.path.trim_end_matches('/')), ..self.clone() }
    }

    /// The host, and how it is spoken to.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The path with the query, as it is sent.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The names of the query's parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        let pairs = self.query.as_deref().unwrap_or_default().split('&');
        pairs.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
    }

    /// For messages: without the query.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}{}", self.endpoint, self.path)
    }
}

impl fmt::Display for DocumentAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.endpoint, self.path_and_query())
    }
}

/// Whether a byte stands in an address as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

/// A method that a server may want for the lock, or for writing a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentMethod {
    /// `DELETE`.
    Delete,
    /// `LOCK`.
    Lock,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `UNLOCK`.
    Unlock,
}

impl DocumentMethod {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Delete, Self::Lock, Self::Post, Self::Put, Self::Unlock];

    /// As it is written and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Lock => "LOCK",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Unlock => "UNLOCK",
        }
    }
}

/// A document on a server, and how the server locks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChoice {
    /// Where it is read and written.
    pub address: DocumentAddress,
    /// Where it is locked.
    pub lock_address: DocumentAddress,
    /// Where its lock is freed.
    pub unlock_address: DocumentAddress,
    /// What locks it.
    pub lock_method: DocumentMethod,
    /// What frees its lock.
    pub unlock_method: DocumentMethod,
    /// What writes it.
    pub update_method: DocumentMethod,
}

impl DocumentChoice {
    /// All hosts that hear of it.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        [&self.address, &self.lock_address, &self.unlock_address]
            .map(|one| &one.endpoint)
            .into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_of_tls_or_this_machine_with_a_path() {
        for (text, path, place, below) in [
            (
                "https://gitlab.example/api/v4/projects/7/terraform/state/prod",
                "/api/v4/projects/7/terraform/state/prod",
                "https://gitlab.example/api/v4/projects/7/terraform/state/prod",
                "https://gitlab.example/api/v4/projects/7/terraform/state/prod/lock",
            ),
            ("http://127.0.0.1:8080", "/", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/lock"),
            (
                "https://[2001:db8::1]:8443/a%20b/@me/?x=1&y",
                "/a%20b/@me/?x=1&y",
                "https://[2001:db8::1]:8443/a%20b/@me/",
                "https://[2001:db8::1]:8443/a%20b/@me/lock?x=1&y",
            ),
        ] {
            let address = DocumentAddress::parse(text).expect(text);
            assert_eq!(
                (address.path_and_query().as_str(), address.place().as_str()),
                (path, place)
            );
            assert_eq!(address.below("lock").to_string(), below);
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        use DocumentAddressProblem::{Encoding, Fragment, Host, User};
        for (text, problem) in [
            ("", Host(EndpointProblem::Scheme)),
            ("gitlab.example/state", Host(EndpointProblem::Scheme)),
            ("ftp://gitlab.example/state", Host(EndpointProblem::Scheme)),
            ("http://gitlab.example/state", Host(EndpointProblem::Unencrypted)),
            ("https:///state", Host(EndpointProblem::Host)),
            ("https://gitlab.example:0/state", Host(EndpointProblem::Port)),
            ("https://ann@gitlab.example/state", User),
            ("https://ann:secret@gitlab.example/state", User),
            ("https://ann:sec/ret@gitlab.example/state", User),
            ("https://gitlab.example/state#x", Fragment),
            ("https://gitlab.example/a b", Encoding),
            ("https://gitlab.example/é", Encoding),
            ("https://gitlab.example/a\nb", Encoding),
        ] {
            assert_eq!(DocumentAddress::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn the_names_of_parameters_are_told() {
        let address = DocumentAddress::parse("https://a.example/x?one=1&two&three=").expect("one");
        assert_eq!(address.parameters().collect::<Vec<_>>(), ["one", "two", "three"]);
    }
}

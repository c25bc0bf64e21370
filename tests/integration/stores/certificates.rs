//! Certificates that openssl makes for these tests: an authority, and servers that it vouches for.

#![expect(
    clippy::disallowed_methods,
    reason = "files of a test's server are no files of the program"
)]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// An authority, with its files in a directory.
pub(super) struct Authority {
    directory: PathBuf,
    name: &'static str,
}

/// A certificate of a server, with its key.
pub(super) struct ServerCertificate {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Authority {
    /// Makes an authority.
    pub(super) fn new(directory: &Path, name: &'static str) -> Self {
        let authority = Self { directory: directory.to_owned(), name };
        let subject = format!("/CN={name}");
        let (key, certificate) = (authority.file("key"), authority.file("pem"));
        let mut arguments = vec!["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"];
        arguments.extend(["ec_paramgen_curve:P-256", "-days", "2", "-subj", &subject]);
        arguments.extend(["-keyout", text(&key), "-out", text(&certificate)]);
        openssl(&arguments);
        authority
    }

    /// The certificate of the authority.
    pub(super) fn certificate(&self) -> PathBuf {
        self.file("pem")
    }

    /// Vouches for a server at a name for some days; none if there are fewer than none.
    pub(super) fn vouch(&self, name: &str, host: &str, days: &str) -> ServerCertificate {
        let file = |ending: &str| self.directory.join(format!("{name}.{ending}"));
        let (key, request, certificate, extension) =
            (file("key"), file("csr"), file("pem"), file("ext"));
        std::fs::write(&extension, format!("subjectAltName=DNS:{host}\n")).expect("space");
        let mut arguments = vec!["req", "-nodes", "-newkey", "ec", "-pkeyopt"];
        arguments.extend(["ec_paramgen_curve:P-256", "-subj", "/CN=server"]);
        arguments.extend(["-keyout", text(&key), "-out", text(&request)]);
        openssl(&arguments);
        let (authority, authority_key) = (self.certificate(), self.file("key"));
        let mut arguments = vec!["x509", "-req", "-in", text(&request), "-CA", text(&authority)];
        arguments.extend(["-CAkey", text(&authority_key), "-CAcreateserial", "-days", days]);
        arguments.extend(["-extfile", text(&extension), "-out", text(&certificate)]);
        openssl(&arguments);
        ServerCertificate { certificate, key }
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.directory.join(format!("{}.{ending}", self.name))
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {stderr}");
}

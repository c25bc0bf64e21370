//! TLS of servers of S3, OSS and documents, as the program verifies it: by the authorities of the system, which a
//! variable names for it.

use std::{
    io::{Read, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
};

use rustls_tokio_postgres::rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::{
    certificates::{Authority, ServerCertificate},
    oss_server::OssServer,
    projects::Shared,
    s3_server::S3Server,
};
use crate::documents::{Documents, Kind};

/// Speaks TLS on loopback, and passes on what it hears to a server that does not; answers its port.
fn before(server: u16, certificate: &ServerCertificate) -> u16 {
    let chain = CertificateDer::from_pem_file(&certificate.certificate).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&certificate.key).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("there are some")
        .with_no_client_auth()
        .with_single_cert(vec![chain], key);
    let config = Arc::new(config.expect("they belong together"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, config) = (client.expect("a connection"), config.clone());
            thread::spawn(move || pass(client, server, config));
        }
    });
    port
}

/// Passes on one request and its answer, behind which the connection ends.
fn pass(client: TcpStream, server: u16, config: Arc<ServerConfig>) -> Option<()> {
    let mut client = StreamOwned::new(ServerConnection::new(config).ok()?, client);
    let (mut head, body) = message(&mut client)?;
    head.truncate(head.len() - 2);
    head.extend_from_slice(b"connection: close\r\n\r\n");
    let mut server = TcpStream::connect(("127.0.0.1", server)).ok()?;
    server.write_all(&[head, body].concat()).ok()?;
    let (head, body) = message(&mut server)?;
    client.write_all(&[head, body].concat()).ok()?;
    client.conn.send_close_notify();
    client.flush().ok()?;
    client.sock.shutdown(Shutdown::Write).ok()
}

/// The head and the body of a request or an answer.
fn message(from: &mut impl Read) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body.resize(length.trim().parse().expect("a number"), 0);
            from.read_exact(&mut body).ok()?;
        }
        // The end of the connection ends an answer; a request without a length has no body.
        None if text.starts_with("http/") => {
            from.read_to_end(&mut body).ok()?;
        }
        None => {}
    }
    Some((head, body))
}

/// A project whose state is at a port, for a user who trusts an authority.
type ProjectAt = fn(port: u16, authority: &Path) -> Shared;

fn in_s3(port: u16, authority: &Path) -> Shared {
    Shared::in_s3_at(&format!("https://localhost:{port}")).trusting(authority)
}

fn in_document(port: u16, authority: &Path) -> Shared {
    let documents = Documents::new(Kind::GitLab);
    Shared::in_document_at(&documents, &format!("https://localhost:{port}")).trusting(authority)
}

fn in_oss(port: u16, authority: &Path) -> Shared {
    Shared::in_oss_at(&format!("https://localhost:{port}")).trusting(authority)
}

/// A state is reached where the certificate is in order, and nowhere else.
fn is_verified(server: u16, project_at: ProjectAt) {
    let directory = tempfile::tempdir().expect("a directory");
    let ours = Authority::new(directory.path(), "ours");
    let other = Authority::new(directory.path(), "other");
    let trusted = ours.certificate();

    let good = before(server, &ours.vouch("good", "localhost", "2"));
    project_at(good, &trusted).run(&["state", "init"]).expect(0);
    project_at(good, &trusted).run(&["state", "list"]).expect(0);

    let wrong = [
        ("Expired", ours.vouch("expired", "localhost", "-1")),
        ("not valid for name", ours.vouch("elsewhere", "elsewhere.example", "2")),
        ("UnknownIssuer", other.vouch("unknown", "localhost", "2")),
    ];
    for (words, certificate) in wrong {
        let project = project_at(before(server, &certificate), &trusted);
        for arguments in [&["plan"][..], &["state", "list"], &["state", "init"]] {
            let refused = project.run(arguments).expect(1);
            assert_eq!(refused.error_code(), "stateRefused", "{words}: {}", refused.stderr);
            assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
        }
    }
}

#[test]
fn a_server_of_s3_is_verified() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    is_verified(server.port, in_s3);
}

#[test]
fn a_server_of_documents_is_verified() {
    let server = Documents::new(Kind::GitLab).listen();
    is_verified(server.address().port(), in_document);
}

#[test]
fn a_server_of_oss_is_verified() {
    let server = OssServer::start();
    is_verified(server.port(), in_oss);
}

//! How the server of a database is verified, for rustls.

use std::{fmt, sync::Arc};

use rustls_tokio_postgres::{
    config_platform_verifier,
    rustls::{
        self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore,
        SignatureScheme,
        client::{
            WebPkiServerVerifier,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        },
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    },
};

use super::{DatabaseProblem, Tls};

/// The settings of TLS; `None` without it.
///
/// # Errors
/// [`DatabaseProblem::Authorities`].
pub(super) fn config(tls: &Tls) -> Result<Option<ClientConfig>, DatabaseProblem> {
    let problem = |place: &str, error: &dyn fmt::Display| DatabaseProblem::Authorities {
        place: place.to_owned(),
        reason: error.to_string(),
    };
    let of_file = |error: String| problem("sslrootcert", &error);
    Ok(Some(match tls {
        Tls::None => return Ok(None),
        Tls::Full { authorities: None } => {
            config_platform_verifier().map_err(|error| problem("the system", &error))?
        }
        Tls::Full { authorities: Some(pem) } => {
            let roots = Arc::unwrap_or_clone(roots(pem).map_err(of_file)?);
            builder().map_err(of_file)?.with_root_certificates(roots).with_no_client_auth()
        }
        Tls::Authority { authorities } => {
            let roots = roots(authorities).map_err(of_file)?;
            let by_authority = WebPkiServerVerifier::builder_with_provider(roots, provider())
                .build()
                .map_err(|error| problem("sslrootcert", &error))?;
            let verifier = Arc::new(ForAnyHost(by_authority));
            let builder = builder().map_err(of_file)?.dangerous();
            builder.with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    }))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    let builder = ClientConfig::builder_with_provider(provider());
    builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())
}

fn roots(pem: &str) -> Result<Arc<RootCertStore>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in PEM".to_owned());
    }
    Ok(Arc::new(roots))
}

/// `sslmode=verify-ca`: all that is verified but whom the certificate is for.
#[derive(Debug)]
struct ForAnyHost(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for ForAnyHost {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified =
            self.0.verify_server_cert(certificate, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is what is looked at last: all else is right then.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

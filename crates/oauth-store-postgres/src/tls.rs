//! TLS to the database: the server's certificate is for the host that was asked for, and somebody known vouches for it.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;

pub(crate) fn connector(roots: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
    let mut known = RootCertStore::empty();
    match roots {
        None => known.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|error| OpenError::Roots(Box::new(error)))?;
                known.add(certificate).map_err(|error| OpenError::Roots(Box::new(error)))?;
            }
            if known.is_empty() {
                return Err(OpenError::Roots("there is none".into()));
            }
        }
    }
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Roots(Box::new(error)))?
        .with_root_certificates(known)
        .with_no_client_auth();
    // For servers that speak TLS from the first byte.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

//! TLS out of two files.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Problem, Tls};

/// The settings of TLS 1.3 and 1.2, with HTTP/2.
pub(super) fn config(tls: &Tls) -> Result<Arc<ServerConfig>, Problem> {
    let chain = chain(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            let fix = "put a key without a password in it, as PKCS #8 in PEM (`openssl pkcs8 -topk8 -nodes`)";
            Problem::new("tls.key", format!("{} has no private key in it", tls.key.display()), fix)
        }
        error => unreadable("tls.key", &tls.key, &error),
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::new("tls", error, "start a build with TLS 1.2 or 1.3"))?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(|error| {
        let fix = format!(
            "name the key that belongs to {}, whose first certificate is the server's own",
            tls.certificate.display()
        );
        Problem::new("tls.key", error, fix)
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let chain = read().map_err(|error| unreadable("tls.certificate", path, &error))?;
    if chain.is_empty() {
        let fix =
            "put the server's certificate in it, in PEM, and behind it those that lead to its authority";
        let what = format!("{} has no certificate in it", path.display());
        return Err(Problem::new("tls.certificate", what, fix));
    }
    Ok(chain)
}

fn unreadable(key: &str, path: &Path, error: &pem::Error) -> Problem {
    let fix = "name a file in PEM that this program may read";
    Problem::new(key, format!("{} cannot be read: {error}", path.display()), fix)
}

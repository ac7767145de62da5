//! What the files of TLS say.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use oauth_sansio::Digest;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, RootCertStore};

use crate::config::{Problem, Tls};

/// Bytes of one of them.
const MAX_BYTES: u64 = 1 << 20;

/// The files as they are, not looked into.
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Option<Vec<u8>>,
}

/// What fits together, out of one reading of the files.
pub(super) struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    /// Who vouches for the certificates of clients.
    pub(super) authorities: Option<Arc<dyn ClientCertVerifier>>,
}

impl Files {
    pub(super) fn read(tls: &Tls) -> Result<Self, Problem> {
        let authorities = tls.client_authorities.as_deref();
        Ok(Self {
            certificate: read("tls.certificate", &tls.certificate)?,
            key: read("tls.key", &tls.key)?,
            authorities: authorities.map(|path| read("tls.client_authorities", path)).transpose()?,
        })
    }

    /// Tells whether anything has changed.
    pub(super) fn digest(&self) -> Digest {
        Digest::of_parts(&[&self.certificate, &self.key, self.authorities.as_deref().unwrap_or_default()])
    }

    pub(super) fn pair(&self, tls: &Tls, crypto: &Arc<CryptoProvider>) -> Result<Pair, Problem> {
        let chain = certificates("tls.certificate", &tls.certificate, &self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                let fix =
                    "put a key without a password in it, as PKCS #8 in PEM (`openssl pkcs8 -topk8 -nodes`)";
                Problem::new("tls.key", format!("{} has no private key in it", tls.key.display()), fix)
            }
            error => unreadable("tls.key", &tls.key, &error),
        })?;
        let wrong = |error: Error| {
            let fix = format!(
                "name the key that belongs to {}, whose first certificate is the server's own",
                tls.certificate.display()
            );
            Problem::new("tls.key", error, fix)
        };
        let signer = crypto.key_provider.load_private_key(key).map_err(wrong)?;
        let certified = CertifiedKey::new(chain, signer);
        match certified.keys_match() {
            // A key in hardware may keep its public half to itself.
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(error) => return Err(wrong(error)),
        }
        let authorities = match (&tls.client_authorities, &self.authorities) {
            (Some(path), Some(text)) => Some(verifier(path, text, crypto)?),
            _ => None,
        };
        Ok(Pair { certified: Arc::new(certified), authorities })
    }
}

fn verifier(
    path: &Path,
    text: &[u8],
    crypto: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Problem> {
    const KEY: &str = "tls.client_authorities";
    let fix = "put the certificates of the authorities in it, in PEM";
    let mut roots = RootCertStore::empty();
    for certificate in certificates(KEY, path, text)? {
        roots.add(certificate).map_err(|error| Problem::new(KEY, error, fix))?;
    }
    let built = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), crypto.clone()).build();
    built.map(|verifier| verifier as _).map_err(|error| Problem::new(KEY, error, fix))
}

fn certificates(
    key: &'static str,
    path: &Path,
    text: &[u8],
) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let read = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
    let chain = read.map_err(|error| unreadable(key, path, &error))?;
    if chain.is_empty() {
        let fix = match key {
            "tls.certificate" => {
                "put the server's certificate in it, in PEM, and behind it those that lead to its authority"
            }
            _ => "put the certificates of the authorities in it, in PEM",
        };
        return Err(Problem::new(key, format!("{} has no certificate in it", path.display()), fix));
    }
    Ok(chain)
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 > MAX_BYTES => {
            // Cut off, it could still be read, and would name fewer authorities than the operator did.
            let what = format!("{} is larger than 1 MiB", path.display());
            let fix = "leave in it only the certificates that are used";
            Err(Problem::new(key, what, fix))
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable(key, path, &error)),
    }
}

fn unreadable(key: &'static str, path: &Path, error: &dyn std::error::Error) -> Problem {
    let fix = "name a file in PEM that this program may read";
    Problem::new(key, format!("{} cannot be read: {error}", path.display()), fix)
}

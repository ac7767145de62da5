//! Certificates for tests: an authority, and who it vouches for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauth_sansio::base64url;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub(crate) fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
}

/// A certificate, and the key that goes with it.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = named("authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn vouches_for(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity { certificate: named(name).signed_by(&key, &self.issuer).unwrap().der().clone(), key }
    }

    /// Nobody else is believed.
    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }
}

impl Identity {
    /// Nobody vouches for it.
    pub(crate) fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { certificate: named(name).self_signed(&key).unwrap().der().clone(), key }
    }

    /// The public key, as a JWK has it: `x` and `y` on P-256 (RFC 7518 section 6.2.1).
    pub(crate) fn coordinates(&self) -> [String; 2] {
        let (x, y) = self.key.public_key_raw()[1..].split_at(32);
        [x, y].map(base64url::encode)
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.serialize_der().into())
    }
}

/// On this machine, with this common name and no other.
fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

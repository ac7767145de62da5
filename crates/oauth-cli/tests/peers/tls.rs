//! Certificates for one run.

use std::path::PathBuf;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use oauth_hyper_server::AnyClientCertificate;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

/// A server for `127.0.0.1`, and a file with the authority that vouches for it.
pub(crate) fn server(name: &str) -> (Arc<ServerConfig>, PathBuf) {
    let (issuer, authority) = authority();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
    std::fs::write(&file, pem("CERTIFICATE", &authority)).unwrap();
    let (certificate, own) = vouched_for(&issuer, "127.0.0.1");
    let own = PrivateKeyDer::Pkcs8(own.serialize_der().into());
    let server = ServerConfig::builder().with_no_client_auth();
    (Arc::new(server.with_single_cert(vec![certificate], own).unwrap()), file)
}

/// A server that asks clients for their certificates, and a client that has one of the same authority.
pub(crate) struct Mutual {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) authorities: Arc<dyn ClientCertVerifier>,
    /// In PEM, like the two below.
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) fn mutual(client: &str) -> Mutual {
    let (issuer, authority) = authority();
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone()).unwrap();
    let (certificate, own) = vouched_for(&issuer, "127.0.0.1");
    let own = PrivateKeyDer::Pkcs8(own.serialize_der().into());
    let any = AnyClientCertificate::new(Arc::new(rustls::crypto::ring::default_provider()));
    let server = ServerConfig::builder().with_client_cert_verifier(Arc::new(any));
    let (shown, key) = vouched_for(&issuer, client);
    Mutual {
        server: Arc::new(server.with_single_cert(vec![certificate], own).unwrap()),
        authorities: WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap(),
        authority: pem("CERTIFICATE", &authority),
        certificate: pem("CERTIFICATE", &shown),
        key: pem("PRIVATE KEY", &key.serialize_der()),
    }
}

fn authority() -> (Issuer<'static, KeyPair>, CertificateDer<'static>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Authority of a test");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    (Issuer::new(params, key), certificate)
}

/// A certificate for an address or in a name.
fn vouched_for(issuer: &Issuer<'static, KeyPair>, name: &str) -> (CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.use_authority_key_identifier_extension = true;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, issuer).unwrap().der().clone(), key)
}

/// RFC 7468 section 2.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

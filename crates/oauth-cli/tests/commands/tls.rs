//! A server of one's own, by whose certificate nobody else swears.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};

use crate::running::Place;

/// What a server at `127.0.0.1` serves with, and the name of a file with what vouches for it.
pub(crate) fn own(place: &Place) -> (Arc<ServerConfig>, String) {
    let names = ["127.0.0.1".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let text = STANDARD.encode(cert.der());
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let server = ServerConfig::builder().with_no_client_auth();
    (Arc::new(server.with_single_cert(vec![cert.der().clone()], key).unwrap()), place.with("ca.pem", &pem))
}

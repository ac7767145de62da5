//! The RSA keys of the vectors.
#![allow(dead_code, reason = "no test needs all of it")]

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use oauth1_core::signature::{
    PublicKey,
    rsa::{PrivateKey, Rsa},
};
use serde_json::Value;

static KEYS: LazyLock<Vec<Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../vectors/oauth1_keys.json")).unwrap());

/// A key in DER: `private_der_b64_pkcs8`, `public_der_b64_spki` and the like.
pub(crate) fn der(id: &str, form: &str) -> Vec<u8> {
    let key = KEYS.iter().find(|key| key["id"] == id).unwrap_or_else(|| panic!("no key {id}"));
    STANDARD.decode(key[form].as_str().unwrap()).unwrap()
}

pub(crate) fn private(id: &str) -> PrivateKey {
    PrivateKey::from_der(&der(id, "private_der_b64_pkcs8")).unwrap()
}

pub(crate) fn public(id: &str) -> PublicKey {
    PublicKey::from_rsa_der(&der(id, "public_der_b64_spki")).unwrap()
}

pub(crate) fn rsa(name: &str) -> Rsa {
    match name {
        "RSA-SHA1" => Rsa::sha1(),
        "RSA-SHA256" => Rsa::sha256(),
        "RSA-SHA512" => Rsa::sha512(),
        other => panic!("{other}"),
    }
}

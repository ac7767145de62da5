//! Mastercard.

use super::{
    Fact, Profile, Signing,
    fact::{memory, seen},
};
use crate::client::BodyHashing;

/// Mastercard: no token and no dance; the key pair is made at its developers' site. Requests are signed with
/// `Rsa::sha256()`.
pub const MASTERCARD: Profile =
    Profile { body_hash: BodyHashing::OfMethod, ..Profile::new("Mastercard", &[Signing::RsaSha256], FACTS) };

const FACTS: &[Fact] = &[
    seen(
        "header, RSA-SHA256, `oauth_body_hash` with SHA-256",
        "https://github.com/Mastercard/oauth1-signer-nodejs",
    ),
    seen(
        "requests without a body carry the hash of nothing",
        "https://github.com/Mastercard/oauth1-signer-nodejs/blob/main/test/OAuth.test.js",
    ),
    seen(
        "its own clients encode consumer key and body hash once in the base string, and not in the header",
        "https://github.com/Mastercard/oauth1-signer-java/blob/main/src/main/java/com/mastercard/developer/oauth/OAuth.java",
    ),
    memory("its older clients encoded them as RFC 5849 says, and as is done here"),
];

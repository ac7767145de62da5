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
    memory("a `!` in the consumer key is encoded like everywhere by its later clients; earlier ones did not"),
];

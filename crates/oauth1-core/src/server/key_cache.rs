//! A signing key, worked out once and kept beside the record that it belongs to.

use std::{fmt, sync::OnceLock};

use oauth_sansio::Secret;

use crate::signature::{Key, PreparedKey, Received, SignatureMethod};

/// A place for the signing key of a token, filled when the key is first needed.
///
/// It is no part of the record: all are equal, and a copy starts empty.
#[derive(Default)]
pub struct KeyCache(OnceLock<Kept>);

struct Kept {
    method: String,
    client_secret: Secret,
    key: Box<dyn PreparedKey>,
}

impl KeyCache {
    /// Whether the signature verifies under the key of both secrets, taken from `cache` where there is one.
    ///
    /// A cache belongs to one token. The other two things that its key depends on are looked at, so that a client
    /// that changes its method or its secret is none the worse.
    pub(super) fn verify(
        cache: Option<&Self>,
        method: &dyn SignatureMethod,
        client_secret: &Secret,
        token_secret: Option<&Secret>,
        received: &Received,
    ) -> bool {
        let key = || Key::shared(client_secret, token_secret);
        let kept = cache.map(|cache| {
            cache.0.get_or_init(|| Kept {
                method: method.name().to_owned(),
                client_secret: client_secret.clone(),
                key: method.prepare(&key()),
            })
        });
        match kept {
            Some(kept) if kept.method == method.name() && kept.client_secret == *client_secret => {
                kept.key.verify(received.base_string(), received.signature())
            }
            _ => received.is_signed_with(method, &key()),
        }
    }
}

impl Clone for KeyCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for KeyCache {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KeyCache {}

impl std::hash::Hash for KeyCache {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyCache")
    }
}

//! A signing key, worked out once and kept beside the record that it belongs to.

use std::{fmt, sync::OnceLock};

use oauth_sansio::Secret;

use crate::signature::{Key, KeyError, PreparedKey, PublicKey, Received, SignatureMethod};

/// A place for the signing key of a token, filled when the key is first needed.
///
/// It is no part of the record: all are equal, and a copy starts empty.
#[derive(Default)]
pub struct KeyCache(OnceLock<Kept>);

struct Kept {
    method: String,
    client_secret: Secret,
    public_key: Option<PublicKey>,
    key: Box<dyn PreparedKey>,
}

/// What a signature is checked with.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) client_secret: &'a Secret,
    pub(super) public_key: Option<&'a PublicKey>,
    pub(super) token_secret: Option<&'a Secret>,
    /// Where the key is kept, for credentials that are used often.
    pub(super) cache: Option<&'a KeyCache>,
}

impl Keys<'_> {
    /// Whether the signature verifies under the key, which is taken from the cache where there is one.
    ///
    /// A cache belongs to one token. The other things that its key depends on are looked at, so that a client that
    /// changes its method or its secret is none the worse.
    pub(super) fn verify(&self, method: &dyn SignatureMethod, received: &Received) -> Result<bool, KeyError> {
        let (base, signature) = (received.base_string(), received.signature());
        let Some(KeyCache(cache)) = self.cache else { return method.verify(&self.key(), base, signature) };
        match cache.get() {
            Some(kept) if kept.fits(method, self) => Ok(kept.key.verify(base, signature)),
            Some(_) => method.verify(&self.key(), base, signature),
            None => {
                let key = method.prepare(&self.key())?;
                let verifies = key.verify(base, signature);
                // Whoever was faster kept the same.
                let _ = cache.set(Kept {
                    method: method.name().to_owned(),
                    client_secret: self.client_secret.clone(),
                    public_key: self.public_key.cloned(),
                    key,
                });
                Ok(verifies)
            }
        }
    }

    fn key(&self) -> Key {
        Key::shared(self.client_secret, self.token_secret).with_public_key(self.public_key.cloned())
    }
}

impl Kept {
    fn fits(&self, method: &dyn SignatureMethod, keys: &Keys<'_>) -> bool {
        self.method == method.name()
            && self.client_secret == *keys.client_secret
            && self.public_key.as_ref() == keys.public_key
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

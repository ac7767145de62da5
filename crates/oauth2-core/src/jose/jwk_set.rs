//! A set of public keys (RFC 7517 section 5).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Header, Jwk, KeyError};
use crate::document::Unchecked;

/// Public keys of one party. A key that cannot be used does not spoil the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// Each key is read for itself, so that a member that comes twice spoils its own key only.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<Unchecked<'a>>,
}

/// A text that is no JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SetError {
    /// It is no JSON object with an array `keys` of objects.
    #[error("the key set is malformed")]
    Malformed,
    /// It has too many bytes or too many keys.
    #[error("the key set is too large")]
    TooLarge,
    /// A key holds its private half, or a shared secret: whoever published it must learn of it.
    #[error("the key set holds a private or a shared key")]
    Private,
}

impl JwkSet {
    /// Bytes of a set.
    pub const MAX_BYTES: usize = 128 * 1024;
    /// Keys of a set.
    pub const MAX_KEYS: usize = 64;

    /// Reads a set. Keys of unknown kinds and broken ones are left out (RFC 7517 section 5).
    ///
    /// # Errors
    /// When it is no set at all, or gives away a secret.
    pub fn parse(json: &[u8]) -> Result<Self, SetError> {
        let mut set = Self::default();
        for key in read(json)? {
            match key {
                Ok(key) => set.keys.push(key),
                Err(KeyError::Private) => return Err(SetError::Private),
                Err(_) => {}
            }
        }
        Ok(set)
    }

    /// Reads the set of a server that goes on serving whatever one of its keys is like: a key that gives away a secret is
    /// left out like every other that must not be used. A set that had keys, but none that can be used, is none.
    ///
    /// # Errors
    /// When it is no set at all.
    pub fn parse_usable(json: &[u8]) -> Result<Self, SetError> {
        let all = read(json)?;
        let had_keys = !all.is_empty();
        let set = Self::new(all.into_iter().flatten());
        match set.keys.is_empty() && had_keys {
            true => Err(SetError::Malformed),
            false => Ok(set),
        }
    }

    /// A set of these keys.
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// The keys.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys of this name, or all of them where none is named (RFC 7515 section 4.1.4).
    pub(super) fn named(&self, key_id: Option<&str>) -> impl Iterator<Item = &Jwk> {
        self.keys.iter().filter(move |key| key_id.is_none_or(|wanted| key.key_id.as_deref() == Some(wanted)))
    }

    /// What a header says, if one of the keys has verified a text with the same one before.
    pub(super) fn known(&self, header: &str) -> Option<&Header> {
        self.keys.iter().find_map(|key| key.known.header(header))
    }

    /// Whether a key has this name.
    pub fn names(&self, key_id: &str) -> bool {
        self.keys.iter().any(|key| key.key_id.as_deref() == Some(key_id))
    }

    /// The set as JSON.
    pub fn to_value(&self) -> Value {
        json!({ "keys": self.keys.iter().map(Jwk::to_value).collect::<Vec<_>>() })
    }
}

/// Each key of a set, or what is wrong with it.
fn read(json: &[u8]) -> Result<Vec<Result<Jwk, KeyError>>, SetError> {
    if json.len() > JwkSet::MAX_BYTES {
        return Err(SetError::TooLarge);
    }
    let Document { keys } = serde_json::from_slice(json).map_err(|_| SetError::Malformed)?;
    if keys.len() > JwkSet::MAX_KEYS {
        return Err(SetError::TooLarge);
    }
    let key = |key: Unchecked<'_>| key.0.map_err(|_| KeyError::Malformed).and_then(Jwk::of);
    Ok(keys.into_iter().map(key).collect())
}

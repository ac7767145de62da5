//! The identifier of a client.

use std::{fmt, hash, ops::Deref, sync::Arc};

use oauth_sansio::{Digest, Family};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The client identifier (RFC 6749 section 2.2), shared by everything that names the client. What all of that is revoked
/// with is worked out once.
///
/// ```
/// use oauth2_core::server::ClientId;
///
/// let client_id = ClientId::from("app");
/// assert_eq!(&*client_id, "app");
/// ```
#[derive(Clone)]
pub struct ClientId {
    text: Arc<str>,
    family: Family,
}

impl ClientId {
    /// What the client and all its tokens are revoked with when it is deleted.
    pub fn family(&self) -> Family {
        self.family
    }
}

impl From<&str> for ClientId {
    fn from(text: &str) -> Self {
        let family = Family::of(&Digest::of_parts(&[b"client", text.as_bytes()]));
        Self { text: text.into(), family }
    }
}

impl From<String> for ClientId {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<ClientId> for Arc<str> {
    fn from(client_id: ClientId) -> Self {
        client_id.text
    }
}

impl Deref for ClientId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq for ClientId {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for ClientId {}

impl hash::Hash for ClientId {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

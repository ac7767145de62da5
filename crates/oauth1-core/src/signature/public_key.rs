//! The public key of a client that signs with a key pair (RFC 5849 section 3.4.3).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A client's public key, as the `SubjectPublicKeyInfo` of RFC 5280 section 4.1 in DER. It serializes as base64.
///
/// It is data: a signature method makes of it what it needs, and says whether it can. With the feature `rsa` it is
/// read from PEM, DER and JWK.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Box<[u8]>);

impl PublicKey {
    /// A key as it stands in a `SubjectPublicKeyInfo`, not looked into.
    pub fn from_spki(der: impl Into<Box<[u8]>>) -> Self {
        Self(der.into())
    }

    /// The `SubjectPublicKeyInfo`.
    pub fn as_spki(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self::from_spki).map_err(D::Error::custom)
    }
}

/// Only how long it is: a whole key is of no use in a log.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.0.len())
    }
}

//! Text that must not leak: redacted when printed, compared in constant time, wiped when dropped.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

/// A secret text: a token, a client secret, a verifier, a token secret.
///
/// It does not implement `Serialize`; a field that must be stored says so with
/// `#[serde(with = "oauth_sansio::secret::exposed")]`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes over a text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.clear();
        // All that it took in memory, in one piece: a text is wiped byte by byte, which takes several times as long.
        bytes.spare_capacity_mut().zeroize();
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

#[cfg(model)]
impl std::hash::Hash for Secret {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Stores a [`Secret`] readable, for `#[serde(with = "oauth_sansio::secret::exposed")]`.
pub mod exposed {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Secret;

    /// Writes the text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    /// Reads the text back.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

/// Stores an `Option<Secret>` readable, for `#[serde(with = "oauth_sansio::secret::exposed_option")]`.
pub mod exposed_option {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Secret;

    /// Writes the text, or nothing.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::expose).serialize(serializer)
    }

    /// Reads the text back.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Kept {
        #[serde(with = "exposed")]
        one: Secret,
        #[serde(with = "exposed_option")]
        other: Option<Secret>,
    }

    #[test]
    fn debug_never_shows_the_text() {
        let kept = Kept { one: Secret::new("hunter2"), other: Some(Secret::new("hunter3")) };
        assert!(!format!("{kept:?} {kept:#?}").contains("hunter"));
    }

    #[test]
    fn a_secret_is_stored_only_where_a_field_says_so() {
        let kept = Kept { one: Secret::new("a"), other: None };
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(text, r#"{"one":"a","other":null}"#);
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
    }

    #[test]
    fn secrets_of_other_length_or_content_differ() {
        assert_eq!(Secret::new("abc"), Secret::new("abc"));
        assert_ne!(Secret::new("abc"), Secret::new("abd"));
        assert_ne!(Secret::new("abc"), Secret::new("abcd"));
        assert_ne!(Secret::new(""), Secret::new("a"));
    }
}

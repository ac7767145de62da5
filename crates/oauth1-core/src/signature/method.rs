//! What a signature method is, and the methods that a party knows or allows.

use std::sync::Arc;

use oauth_sansio::Entropy;
use serde::{Deserialize, Serialize};

use super::{BodyHash, HmacSha1, HmacSha256, HmacSha512, Key, KeyError};

/// A way to sign a base string and to check such a signature (RFC 5849 section 3.4).
///
/// The trait is open, on both sides: a method that is not here is another implementation.
pub trait SignatureMethod: std::fmt::Debug + Send + Sync {
    /// The value of `oauth_signature_method`, compared with regard to case.
    fn name(&self) -> &str;

    /// Whether the signature gives the secrets away, so that only TLS may carry it.
    fn needs_tls(&self) -> bool {
        false
    }

    /// Whether the signature depends on the request. Where it does not, timestamp and nonce prove nothing and may
    /// be missing (RFC 5849 section 3.1).
    fn covers_request(&self) -> bool {
        true
    }

    /// Whether the shared secrets are what signs. An empty one would then let anybody sign.
    fn uses_secrets(&self) -> bool {
        true
    }

    /// What `oauth_body_hash` is computed with under this method.
    fn body_hash(&self) -> BodyHash {
        BodyHash::Sha1
    }

    /// Computes once what all signatures under one key share.
    ///
    /// # Errors
    /// When the method cannot work with such a key.
    fn prepare(&self, key: &Key) -> Result<Box<dyn PreparedKey>, KeyError>;

    /// Whether `signature` is that of `base`. The time taken does not depend on where they differ.
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare).
    fn verify(&self, key: &Key, base: &str, signature: &str) -> Result<bool, KeyError> {
        Ok(self.prepare(key)?.verify(base, signature))
    }
}

/// A key ready for many signatures.
pub trait PreparedKey: std::fmt::Debug + Send + Sync {
    /// Appends the signature of `base` to `signature`.
    ///
    /// # Errors
    /// When the key can only verify, or the computation fails.
    fn sign(&self, base: &str, entropy: &mut Entropy, signature: &mut String) -> Result<(), KeyError>;

    /// Whether `signature` is that of `base`. The time taken does not depend on where they differ.
    fn verify(&self, base: &str, signature: &str) -> bool;
}

/// The methods that a party knows.
#[derive(Clone, Debug)]
pub struct Methods(Arc<[Arc<dyn SignatureMethod>]>);

impl Methods {
    /// HMAC with SHA-1, SHA-256 and SHA-512. `PLAINTEXT` and those with RSA keys are not among them and must be added
    /// by name.
    pub fn recommended() -> Self {
        Self(Arc::new([Arc::new(HmacSha1), Arc::new(HmacSha256), Arc::new(HmacSha512)]))
    }

    /// These methods and one more, which takes the place of one of the same name.
    #[must_use]
    pub fn with(&self, method: Arc<dyn SignatureMethod>) -> Self {
        let others = self.0.iter().filter(|other| other.name() != method.name()).cloned();
        Self(others.chain([Arc::clone(&method)]).collect())
    }

    /// The method of this name.
    pub fn find(&self, name: &str) -> Option<&dyn SignatureMethod> {
        self.0.iter().find(|method| method.name() == name).map(AsRef::as_ref)
    }

    /// The methods' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|method| method.name())
    }
}

impl Default for Methods {
    fn default() -> Self {
        Self::recommended()
    }
}

/// The methods that one client may use, by name: so that nobody swaps a client's method for a weaker one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllowedMethods(Vec<String>);

impl AllowedMethods {
    /// These names and no others.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a name is among them.
    pub fn allows(&self, name: &str) -> bool {
        self.0.iter().any(|allowed| allowed == name)
    }
}

impl Default for AllowedMethods {
    /// The names of [`Methods::recommended`].
    fn default() -> Self {
        Self::new(Methods::recommended().names())
    }
}

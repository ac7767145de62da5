//! Where the private keys are that tokens are signed with.

use async_trait::async_trait;
use oauth2_core::jose::{LocalSigner, SignError, Signer as _};

/// Signs with a key by its published name. The keys may be in memory, or in a module that they never leave.
#[async_trait]
pub trait SigningKeys: Send + Sync + 'static {
    /// The signature of `input`, as RFC 7518 section 3 and RFC 8037 section 3.1 write it.
    ///
    /// # Errors
    /// When there is no such key, or it cannot be reached: the request is answered with 503 and nothing is issued.
    async fn sign(&self, key_id: &str, input: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Keys in memory.
#[derive(Debug, Default)]
pub struct LocalKeys(Vec<LocalSigner>);

impl LocalKeys {
    /// These keys.
    pub fn new(keys: impl IntoIterator<Item = LocalSigner>) -> Self {
        Self(keys.into_iter().collect())
    }
}

#[async_trait]
impl SigningKeys for LocalKeys {
    async fn sign(&self, key_id: &str, input: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.iter().find(|key| key.key_id() == key_id).ok_or(SignError)?.sign(input)
    }
}

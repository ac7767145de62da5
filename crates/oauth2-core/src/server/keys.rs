//! Keys that never leave the server: what it derives so that it need not store it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use oauth_sansio::Timestamp;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// The server's own keys, the newest first. All processes of one issuer share them.
///
/// A key is used for what happens from its first second on, and must be kept for as long as the grace period of
/// refresh tokens after the next one has taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerKeys(Vec<ServerKey>);

/// A key of 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey {
    since: Timestamp,
    key: Zeroizing<[u8; 32]>,
}

impl ServerKey {
    /// A key that is used from a second on. It must come from a cryptographically secure generator.
    pub fn new(mut key: [u8; 32], since: Timestamp) -> Self {
        let kept = Zeroizing::new(key);
        key.zeroize();
        Self { since, key: kept }
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerKey").field("since", &self.since).finish_non_exhaustive()
    }
}

impl ServerKeys {
    /// These keys, in any order.
    pub fn new(keys: impl IntoIterator<Item = ServerKey>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.since));
        Self(keys)
    }

    /// One key, used always.
    pub fn always(key: [u8; 32]) -> Self {
        Self::new([ServerKey::new(key, Timestamp::from_unix(0))])
    }

    /// 32 bytes that only the server can tell from the label and the parts, with the key of that time; `None` when there
    /// was none.
    pub(crate) fn derive(&self, label: &str, parts: &[&[u8]], at: Timestamp) -> Option<Zeroizing<[u8; 32]>> {
        let ServerKey { key, .. } = self.0.iter().find(|key| key.since <= at)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&**key).ok()?;
        for part in [label.as_bytes()].iter().chain(parts) {
            // Each with its length in front: no two lists of parts are one text.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(Zeroizing::new(mac.finalize().into_bytes().into()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

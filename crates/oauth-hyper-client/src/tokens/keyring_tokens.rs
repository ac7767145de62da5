//! Tokens in the keyring of the system.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use keyring_core::{CredentialStore, Entry, Error, get_default_store};
use oauth2_core::client::Kept;
use zeroize::Zeroizing;

use super::file::{blocking, file_name, lock_file};
use super::{FileTokens, Locked, TokenStore, TokenStoreError};

/// Keeps tokens in the keyring of the system: Keychain, Credential Manager, Secret Service. A keyring knows no locks, so that
/// processes wait for each other by files in a directory, which hold nothing.
///
/// The Credential Manager of Windows takes 2560 bytes of a secret, which long tokens exceed; then storing fails.
#[derive(Clone)]
pub struct KeyringTokens {
    store: Arc<CredentialStore>,
    service: Arc<str>,
    locks: FileTokens,
}

impl KeyringTokens {
    /// The tokens that the keyring has under the name of an application. `locks` is a directory for it, which is made if it
    /// is not there.
    ///
    /// # Errors
    /// When there is no keyring, or the directory cannot be made. One that is locked asks the person when tokens are read or
    /// written, which fails where nobody can be asked.
    pub fn new(application: &str, locks: impl Into<PathBuf>) -> Result<Self, TokenStoreError> {
        if let Err(error) = keyring::Entry::store_status() {
            return Err(TokenStoreError::Other(error.to_string().into()));
        }
        let store = get_default_store().ok_or(Error::NoDefaultStore).map_err(other)?;
        Ok(Self::over(store, application, locks)?)
    }

    fn over(store: Arc<CredentialStore>, application: &str, locks: impl Into<PathBuf>) -> io::Result<Self> {
        Ok(Self { store, service: application.into(), locks: FileTokens::new(locks)? })
    }
}

#[async_trait]
impl TokenStore for KeyringTokens {
    async fn lock(&self, name: &str) -> Result<Box<dyn Locked>, TokenStoreError> {
        let lock = self.locks.lock_of(&file_name(name)?);
        let (store, service, name) = (self.store.clone(), self.service.clone(), name.to_owned());
        blocking(move || {
            let _lock = lock_file(&lock)?;
            let entry = Entry::new_in_store(&store, &service, &name).map_err(other)?;
            Ok(Box::new(Taken { entry: Arc::new(entry), _lock }) as Box<dyn Locked>)
        })
        .await
    }
}

/// An entry, and its lock.
struct Taken {
    entry: Arc<Entry>,
    _lock: File,
}

#[async_trait]
impl Locked for Taken {
    async fn load(&mut self) -> Result<Option<Kept>, TokenStoreError> {
        let entry = self.entry.clone();
        blocking(move || match entry.get_secret() {
            Ok(text) => serde_json::from_slice(&Zeroizing::new(text))
                .map(Some)
                .map_err(|_| TokenStoreError::Unreadable),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(other(error)),
        })
        .await
    }

    async fn save(&mut self, kept: &Kept) -> Result<(), TokenStoreError> {
        let text = Zeroizing::new(serde_json::to_vec(kept).map_err(|_| TokenStoreError::Unreadable)?);
        let entry = self.entry.clone();
        blocking(move || entry.set_secret(&text).map_err(other)).await
    }

    async fn remove(&mut self) -> Result<(), TokenStoreError> {
        let entry = self.entry.clone();
        blocking(move || match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(other(error)),
        })
        .await
    }
}

/// What is said of an error: some hold what is stored.
fn other(error: Error) -> TokenStoreError {
    TokenStoreError::Other(error.to_string().into())
}

impl std::fmt::Debug for KeyringTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyringTokens").field("service", &self.service).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use keyring_core::mock;
    use oauth_sansio::Timestamp;

    use super::*;

    fn kept() -> Kept {
        let tokens = serde_json::json!({
            "access_token": "a-secret", "token_type": "Bearer", "expires_at": 1, "refresh_token": null,
            "scope": null, "refused_scope": "", "extra": {},
        });
        Kept {
            issuer: "https://as.example".into(),
            client_id: "app".into(),
            key: None,
            came_at: Timestamp::from_unix(0),
            tokens: serde_json::from_value(tokens).unwrap(),
        }
    }

    #[tokio::test]
    async fn the_keyring_keeps_tokens_under_their_names() {
        let locks = std::env::temp_dir().join(format!("oauth-keyring-{}", std::process::id()));
        let store: Arc<CredentialStore> = mock::Store::new().unwrap();
        let tokens = KeyringTokens::over(store.clone(), "printer", &locks).unwrap();
        let mut photos = tokens.lock("photos").await.unwrap();
        assert_eq!(photos.load().await.unwrap(), None);
        photos.save(&kept()).await.unwrap();
        assert_eq!(photos.load().await.unwrap(), Some(kept()));
        assert_eq!(tokens.lock("mail").await.unwrap().load().await.unwrap(), None);
        drop(photos);
        // Another process of the same application.
        let again = KeyringTokens::over(store.clone(), "printer", &locks).unwrap();
        let mut photos = again.lock("photos").await.unwrap();
        assert_eq!(photos.load().await.unwrap(), Some(kept()));
        // Somebody else has written there.
        Entry::new_in_store(&store, "printer", "photos").unwrap().set_secret(b"a-secret").unwrap();
        let error = photos.load().await.unwrap_err();
        assert!(matches!(error, TokenStoreError::Unreadable) && !error.to_string().contains("a-secret"));
        photos.remove().await.unwrap();
        photos.remove().await.unwrap();
        assert_eq!(photos.load().await.unwrap(), None);
        std::fs::remove_dir_all(locks).unwrap();
    }
}

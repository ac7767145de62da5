//! Tokens that end with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use oauth2_core::client::Kept;
use tokio::sync::OwnedMutexGuard;

use super::{Locked, TokenStore, TokenStoreError};

/// Keeps tokens in memory.
#[derive(Clone, Default)]
pub struct MemoryTokens(Arc<Mutex<HashMap<String, Place>>>);

/// The tokens of one grant, for one at a time.
#[derive(Clone, Default)]
pub(crate) struct Place(Arc<tokio::sync::Mutex<Option<Kept>>>);

impl Place {
    pub(crate) async fn take(self) -> Box<dyn Locked> {
        Box::new(Taken(self.0.lock_owned().await))
    }
}

impl MemoryTokens {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl TokenStore for MemoryTokens {
    async fn lock(&self, name: &str) -> Result<Box<dyn Locked>, TokenStoreError> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            places.entry(name.to_owned()).or_default().clone()
        };
        Ok(place.take().await)
    }
}

struct Taken(OwnedMutexGuard<Option<Kept>>);

#[async_trait]
impl Locked for Taken {
    async fn load(&mut self) -> Result<Option<Kept>, TokenStoreError> {
        Ok(self.0.clone())
    }

    async fn save(&mut self, kept: &Kept) -> Result<(), TokenStoreError> {
        *self.0 = Some(kept.clone());
        Ok(())
    }

    async fn remove(&mut self) -> Result<(), TokenStoreError> {
        *self.0 = None;
        Ok(())
    }
}

impl std::fmt::Debug for MemoryTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryTokens").finish_non_exhaustive()
    }
}

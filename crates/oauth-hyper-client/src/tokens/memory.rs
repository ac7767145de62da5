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
    /// Whether there is something, or somebody has it.
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.0) > 1 || self.0.try_lock().is_ok_and(|kept| kept.is_some())
    }

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
            // Names come and go: before more room is made for them, it is taken from those that are gone.
            if places.len() == places.capacity() {
                places.retain(|_, place| place.is_used());
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_of_tokens_that_were_removed_take_no_room() {
        let tokens = MemoryTokens::new();
        let kept = tokens.lock("kept").await.unwrap();
        for number in 0..10_000 {
            tokens.lock(&number.to_string()).await.unwrap().remove().await.unwrap();
        }
        let places = tokens.0.lock().unwrap();
        assert!(places.contains_key("kept") && places.len() < 100, "{}", places.len());
        drop(kept);
    }
}

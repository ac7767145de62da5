//! The running provider learns of new signing keys.

use std::sync::Arc;

use oauth_sansio::Digest;
use oauth2_core::server::ServerKeys;

use super::StartError;
use super::front::Front;
use super::parts::Parts;
use crate::signing_keys::{READ_EVERY, StoredKeys};

/// Reads the ring now and then, makes the next key when it is due, and has the provider sign with what there is.
pub(super) struct Follower {
    pub(super) keys: Arc<StoredKeys>,
    /// The ring that the provider has.
    pub(super) version: Digest,
    pub(super) server_keys: ServerKeys,
    pub(super) parts: Arc<Parts>,
    pub(super) front: Front,
}

impl Follower {
    /// Until the end.
    pub(super) async fn follow(mut self) {
        loop {
            tokio::time::sleep(READ_EVERY).await;
            match self.look().await {
                Ok(true) => tracing::info!("the signing keys have changed"),
                Ok(false) => {}
                // What it has goes on: a key is good for long, and the store may be back in a minute.
                Err(error) => tracing::error!(%error, "the signing keys stay as they were"),
            }
        }
    }

    /// Whether there was something new.
    async fn look(&mut self) -> Result<bool, StartError> {
        let current = self.keys.current().await?;
        if current.version == self.version {
            return Ok(false);
        }
        self.front.replace(self.parts.provider(&current, self.server_keys.clone())?);
        self.version = current.version;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::Request;
    use http_body_util::Full;
    use oauth_clock::ManualClock;
    use oauth_sansio::Timestamp;

    use super::*;
    use crate::Serving;
    use crate::config::Settings;

    async fn published(front: &Front) -> Vec<String> {
        let request = Request::get("/oauth2/jwks").body(Full::<Bytes>::default()).unwrap();
        let set = front.provider().answer(request).await;
        let set: serde_json::Value = serde_json::from_slice(set.body()).unwrap();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().into()).collect()
    }

    #[tokio::test]
    async fn a_running_provider_publishes_the_next_key_and_drops_the_one_before() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let variables = [("OAUTH__STORE__KIND", "memory"), ("OAUTH__LISTEN", "127.0.0.1:0")];
        let settings =
            Settings::load(None, variables.map(|(name, text)| (name.into(), text.into()))).unwrap();
        let mut follower = Serving::start(settings, clock.clone()).await.unwrap().follower;
        let first = published(&follower.front).await;
        assert_eq!(first.len(), 1);
        assert!(!follower.look().await.unwrap(), "nothing is new");

        // A day before its time is over.
        clock.advance(Duration::from_secs(89 * 86_400));
        assert!(follower.look().await.unwrap());
        let both = published(&follower.front).await;
        assert!(both.len() == 2 && both.contains(&first[0]), "{both:?}");

        // It signs, and nothing that the one before has signed is alive.
        clock.advance(Duration::from_secs(2 * 86_400));
        let next = published(&follower.front).await;
        assert!(next.len() == 1 && next != first, "{next:?}");
        assert!(!follower.look().await.unwrap(), "the ring says so itself");
    }
}

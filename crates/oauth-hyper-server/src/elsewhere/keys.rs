//! The keys of servers, each asked for by one at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use http::{Request, header::ACCEPT};
use oauth_clock::Clock;
use oauth_sansio::{Outgoing, Timestamp};
use oauth2_core::resource::{FetchedKeys, KeyCaching, KeySets, Look, WantedKeys};
use oauth2_core::server::{DocumentKind, FetchError};
use tokio::sync::OwnedMutexGuard;
use url::Url;

use super::Line;
use crate::fetch::said;

/// One slot for each address; there are as many as the configuration names.
#[derive(Default)]
pub(super) struct KeySlots(Mutex<BTreeMap<Url, Arc<Slot>>>);

#[derive(Default)]
struct Slot {
    sets: RwLock<KeySets>,
    /// Held by whoever asks.
    asking: Arc<tokio::sync::Mutex<()>>,
}

impl KeySlots {
    pub(super) async fn get(
        &self,
        wanted: &WantedKeys,
        caching: &KeyCaching,
        clock: &Arc<dyn Clock>,
        line: &Line,
    ) -> Result<FetchedKeys, FetchError> {
        let slot = self.slot(&wanted.url);
        match slot.look(wanted, caching, now(clock)?) {
            Look::Found(keys) => return Ok(keys),
            Look::Failed(error) => return Err(error),
            Look::FoundAging(keys) => {
                // Nobody waits for the newer ones while the old ones are good.
                if let Ok(turn) = Arc::clone(&slot.asking).try_lock_owned() {
                    tokio::spawn(slot.ask(wanted.url.clone(), *caching, clock.clone(), line.clone(), turn));
                }
                return Ok(keys);
            }
            Look::Ask => {}
        }
        let turn = Arc::clone(&slot.asking).lock_owned().await;
        // Who waited finds what the other one left.
        if slot.look(wanted, caching, now(clock)?) == Look::Ask {
            // Whoever asked may hang up: what was begun is finished all the same.
            let asking =
                Arc::clone(&slot).ask(wanted.url.clone(), *caching, clock.clone(), line.clone(), turn);
            let _ = tokio::spawn(asking).await;
        }
        match slot.look(wanted, caching, now(clock)?) {
            Look::Found(keys) | Look::FoundAging(keys) => Ok(keys),
            Look::Failed(error) => Err(error),
            Look::Ask => Err(FetchError::Unreachable),
        }
    }

    fn slot(&self, url: &Url) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match slots.get(url) {
            Some(slot) => Arc::clone(slot),
            None => Arc::clone(slots.entry(url.clone()).or_default()),
        }
    }
}

impl Slot {
    fn look(&self, wanted: &WantedKeys, caching: &KeyCaching, now: Timestamp) -> Look {
        self.sets.read().unwrap_or_else(PoisonError::into_inner).look(wanted.newer_than, caching, now)
    }

    async fn ask(
        self: Arc<Self>,
        url: Url,
        caching: KeyCaching,
        clock: Arc<dyn Clock>,
        line: Line,
        _turn: OwnedMutexGuard<()>,
    ) {
        const KIND: DocumentKind = DocumentKind::KeySet;
        let question = || {
            let request = Request::get(url.as_str()).header(ACCEPT, KIND.accept()).body(Bytes::new());
            let request = request.map_err(|_| FetchError::Refused)?;
            Ok(Outgoing { max_response_bytes: KIND.max_bytes(), ..Outgoing::repeatable(request) })
        };
        let answer = line.ask(question).await.flatten().map(|response| {
            let said = said(response.headers());
            (response, said)
        });
        let Ok(now) = now(&clock) else { return };
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = sets.learn(answer, &caching, now) {
            tracing::warn!(%url, ?error, "no keys");
        }
    }
}

fn now(clock: &Arc<dyn Clock>) -> Result<Timestamp, FetchError> {
    Ok(clock.moment().map_err(|_| FetchError::Unreachable)?.now())
}

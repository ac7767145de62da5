//! Fetches over the web, and remembers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use oauth_clock::{Clock, SystemClock};
use oauth_hyper_client::{GuardedClient, SendError};
use oauth_sansio::{Outgoing, Timestamp};
use oauth2_core::server::{DocumentKind, FetchError, Fetched, WantedDocument};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use url::Url;

use super::{Fetcher, cache::Cache, freshness};

/// Fetches with a [`GuardedClient`] and remembers what came. Clones share what they remember.
///
/// Whoever asks for the same document at the same time waits for one answer. An answer that is no such document is not
/// kept; its address is only left alone for a few seconds.
#[derive(Clone)]
pub struct WebFetcher(Arc<Web>);

struct Web {
    client: GuardedClient,
    clock: Arc<dyn Clock>,
    caching: Caching,
    slots: Cache<(Url, DocumentKind), Mutex<Slot>>,
    /// How many requests are under way.
    places: Semaphore,
}

/// How answers are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caching {
    /// Documents that are remembered: 1000. The one that was not used for the longest time gives way.
    pub documents: usize,
    /// How long each is at least, whatever it says: a minute.
    pub shortest: Duration,
    /// How long at most: a day.
    pub longest: Duration,
    /// How long one that says nothing: five minutes.
    pub unsaid: Duration,
    /// How long an address that gave nothing is left alone: five seconds.
    pub after_failure: Duration,
    /// How long an address is left alone after it was asked, though a newer document is wanted: half a minute.
    pub cool_down: Duration,
    /// Requests that are under way at once, to whatever addresses: 32.
    pub at_once: usize,
}

impl Default for Caching {
    fn default() -> Self {
        Self {
            documents: 1000,
            shortest: Duration::from_secs(60),
            longest: Duration::from_secs(24 * 60 * 60),
            unsaid: Duration::from_secs(300),
            after_failure: Duration::from_secs(5),
            cool_down: Duration::from_secs(30),
            at_once: 32,
        }
    }
}

/// What is known of one address.
#[derive(Default)]
struct Slot {
    kept: Option<Kept>,
    /// When the address was last asked, and what was wrong then.
    asked: Option<(Timestamp, Option<FetchError>)>,
}

struct Kept {
    fetched: Fetched,
    until: Timestamp,
}

impl WebFetcher {
    /// A fetcher with the defaults.
    pub fn new(client: GuardedClient) -> Self {
        Self::with(client, Caching::default(), Arc::new(SystemClock))
    }

    /// A fetcher that remembers in another way, by another clock.
    pub fn with(client: GuardedClient, caching: Caching, clock: Arc<dyn Clock>) -> Self {
        let (slots, places) = (Cache::new(caching.documents), Semaphore::new(caching.at_once));
        Self(Arc::new(Web { client, clock, caching, slots, places }))
    }
}

#[async_trait]
impl Fetcher for WebFetcher {
    async fn fetch(&self, wanted: &WantedDocument) -> Result<Fetched, FetchError> {
        let slot = self.0.slots.slot(&(wanted.url.clone(), wanted.kind));
        // Only one is here at a time: the others find what it left.
        let slot = slot.lock_owned().await;
        let now = self.0.now()?;
        if let Some(known) = slot.known(wanted.newer_than, now, &self.0.caching) {
            return known;
        }
        // Whoever asked may hang up: what was begun is finished all the same, or hanging up would be a way to have an
        // address asked again and again.
        let (web, wanted) = (Arc::clone(&self.0), wanted.clone());
        let asking = tokio::spawn(async move { web.ask(&wanted, slot, now).await });
        asking.await.unwrap_or(Err(FetchError::Unreachable))
    }
}

impl Slot {
    /// The answer, where the address need not be asked.
    fn known(
        &self,
        newer_than: Option<Timestamp>,
        now: Timestamp,
        caching: &Caching,
    ) -> Option<Result<Fetched, FetchError>> {
        let kept = self.kept.as_ref().filter(|kept| now < kept.until).map(|kept| &kept.fetched);
        match (kept, self.asked) {
            (Some(kept), _) if newer_than.is_none_or(|old| kept.at > old) => Some(Ok(kept.clone())),
            (Some(kept), Some((asked, _))) if now < asked.plus(caching.cool_down) => Some(Ok(kept.clone())),
            (None, Some((asked, Some(error)))) if now < asked.plus(caching.after_failure) => Some(Err(error)),
            _ => None,
        }
    }
}

impl Web {
    fn now(&self) -> Result<Timestamp, FetchError> {
        Ok(self.clock.moment().map_err(|_| FetchError::Unreachable)?.now())
    }

    async fn ask(
        &self,
        wanted: &WantedDocument,
        mut slot: OwnedMutexGuard<Slot>,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let answer = self.get(wanted).await;
        slot.asked = Some((now, answer.as_ref().err().copied()));
        match answer {
            Ok(response) => {
                let until = now.plus(freshness::lifetime(response.headers(), &self.caching));
                let fetched = Fetched { response: essence(&response), at: now };
                slot.kept = Some(Kept { fetched: fetched.clone(), until });
                Ok(fetched)
            }
            Err(error) => {
                tracing::info!(url = %wanted.url, ?error, "nothing fetched");
                Err(error)
            }
        }
    }

    async fn get(&self, wanted: &WantedDocument) -> Result<Response<Bytes>, FetchError> {
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("oauth-hyper-server/", env!("CARGO_PKG_VERSION")));
        let request = Request::get(wanted.url.as_str())
            .header(ACCEPT, wanted.kind.accept())
            .header(USER_AGENT, AGENT)
            .body(Bytes::new())
            .map_err(|_| FetchError::Refused)?;
        let most = wanted.kind.max_bytes();
        let outgoing = Outgoing { max_response_bytes: most, ..Outgoing::once(request) };
        // Others may hold all places with answers that drip.
        let place = tokio::time::timeout(GuardedClient::DEFAULT_TIMEOUT, self.places.acquire()).await;
        let _place = place.map_err(|_| FetchError::TimedOut)?.map_err(|_| FetchError::Unreachable)?;
        let response = self.client.send(outgoing).await.map_err(failure)?;
        wanted.check(&response)?;
        Ok(response)
    }
}

/// Why no answer came.
pub(crate) fn failure(error: SendError) -> FetchError {
    match error {
        SendError::Refused => FetchError::Refused,
        SendError::Transport(_) => FetchError::Unreachable,
        SendError::TimedOut(_) => FetchError::TimedOut,
        SendError::TooLong(_) => FetchError::TooLarge,
        SendError::Compressed => FetchError::Compressed,
    }
}

/// What matters of an answer: no more of it is kept.
fn essence(response: &Response<Bytes>) -> Response<Bytes> {
    // The bytes may be a part of a larger buffer.
    let mut kept = Response::new(Bytes::copy_from_slice(response.body()));
    *kept.status_mut() = response.status();
    if let Some(value) = response.headers().get(CONTENT_TYPE) {
        kept.headers_mut().insert(CONTENT_TYPE, value.clone());
    }
    kept
}

impl std::fmt::Debug for WebFetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebFetcher").field("caching", &self.0.caching).finish_non_exhaustive()
    }
}

//! What a protected API learns of tokens elsewhere than in its store: the state that the core's rules are about.

mod keys;
mod verdicts;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_clock::Clock;
use oauth_hyper_client::{Client, Error};
use oauth_sansio::{Digest, Outgoing};
use oauth2_core::resource::{FetchedKeys, KeyCaching, WantedKeys};
use oauth2_core::server::FetchError;
use tokio::sync::{OwnedMutexGuard, Semaphore};

use crate::fetch::{Cache, failure};
use keys::KeySlots;
pub(crate) use verdicts::Shards;

/// Keys and verdicts, for one verifier and those that were made from it.
pub(crate) struct Elsewhere {
    pub(crate) verdicts: Shards,
    keys: KeySlots,
    line: Line,
    /// How many questions are under way. For keys there is no need: each set is asked for by one.
    places: Semaphore,
    /// Who asks about a token, so that the others wait for what it learns.
    turns: Cache<Digest, Arc<tokio::sync::Mutex<()>>>,
}

/// The way to the servers.
#[derive(Clone)]
pub(crate) struct Line(Arc<OnceLock<Client>>);

/// Questions that are under way at once. Whoever makes up tokens has each asked about.
const AT_ONCE: usize = 64;
/// How many tokens may be asked about at once before one is asked about twice.
const TURNS: usize = 1024;
/// How long a server may take: a request waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

impl Elsewhere {
    pub(crate) fn new(entries: usize, client: Option<Client>) -> Self {
        let client = client.map_or_else(OnceLock::new, OnceLock::from);
        Self {
            verdicts: Shards::new(entries),
            keys: KeySlots::default(),
            line: Line(Arc::new(client)),
            places: Semaphore::new(AT_ONCE),
            turns: Cache::new(TURNS),
        }
    }

    /// The keys, from here or from there.
    pub(crate) async fn keys(
        &self,
        wanted: &WantedKeys,
        caching: &KeyCaching,
        clock: &Arc<dyn Clock>,
    ) -> Result<FetchedKeys, FetchError> {
        self.keys.get(wanted, caching, clock, &self.line).await
    }

    /// Waits until nobody else asks about this token, but not for ever: of those who wait for a server that does not answer,
    /// each would otherwise wait for all before it.
    pub(crate) async fn turn(&self, token: &Digest) -> Result<OwnedMutexGuard<()>, FetchError> {
        let turn = Arc::clone(&*self.turns.slot(token));
        tokio::time::timeout(PATIENCE, turn.lock_owned()).await.map_err(|_| FetchError::TimedOut)
    }

    /// Asks a server about a token. A question that got lost is written anew.
    pub(crate) async fn ask<E>(
        &self,
        question: impl FnMut() -> Result<Outgoing, E>,
    ) -> Result<Result<Response<Bytes>, FetchError>, E> {
        let _place = match tokio::time::timeout(PATIENCE, self.places.acquire()).await {
            Err(_) => return Ok(Err(FetchError::TimedOut)),
            Ok(Err(_)) => return Ok(Err(FetchError::Unreachable)),
            Ok(Ok(place)) => place,
        };
        self.line.ask(question).await
    }
}

impl Line {
    /// The answer, or why there is none; or why there is no question.
    async fn ask<E>(
        &self,
        mut question: impl FnMut() -> Result<Outgoing, E>,
    ) -> Result<Result<Response<Bytes>, FetchError>, E> {
        let client = self.0.get_or_init(|| Client::new().timeout(PATIENCE));
        match client.ask(|_| question()).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Error::Exchange(error)) => Err(error),
            Err(Error::Send(error)) => Ok(Err(failure(error))),
            Err(Error::NoEntropy(_)) => Ok(Err(FetchError::Unreachable)),
        }
    }
}

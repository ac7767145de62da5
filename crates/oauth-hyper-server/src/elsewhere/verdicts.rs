//! Verdicts in several shards, so that requests seldom wait for each other.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use oauth_sansio::{Digest, Moment, Timestamp};
use oauth2_core::resource::{Verdict, Verdicts};

const SHARDS: usize = 16;

pub(crate) struct Shards {
    entries: usize,
    shards: [OnceLock<Mutex<Verdicts>>; SHARDS],
}

impl Shards {
    pub(super) fn new(entries: usize) -> Self {
        // As many as there may be, none of them where there shall be none.
        Self { entries: entries.div_ceil(SHARDS), shards: Default::default() }
    }

    pub(crate) fn recall(&self, token: &Digest, now: Timestamp) -> Option<Verdict> {
        // Nothing is known yet where nothing was kept.
        Some(lock(self.shard(token).get()?)).and_then(|mut shard| shard.recall(token, now))
    }

    pub(crate) fn remember(&self, token: Digest, verdict: Verdict, until: Timestamp, moment: Moment) {
        let shard = self.shard(&token).get_or_init(|| Mutex::new(Verdicts::new(self.entries, moment)));
        lock(shard).remember(token, verdict, until);
    }

    fn shard(&self, token: &Digest) -> &OnceLock<Mutex<Verdicts>> {
        let [.., last] = token.as_bytes();
        &self.shards[usize::from(*last) % SHARDS]
    }
}

fn lock(shard: &Mutex<Verdicts>) -> MutexGuard<'_, Verdicts> {
    // A panic while a lock is held can only come from running out of memory; what is kept stays whole.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

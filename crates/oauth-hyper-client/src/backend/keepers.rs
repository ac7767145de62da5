//! Who keeps the tokens of a session good.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth_sansio::{Digest, Timestamp};

use crate::TokenKeeper;

/// The keepers of sessions that were used of late, so that those who ask at the same time share a renewal. To forget one
/// costs a look at the store.
#[derive(Default)]
pub(super) struct Keepers(Mutex<Generations>);

/// Two maps that take turns forget what is not used.
#[derive(Default)]
struct Generations {
    young: HashMap<Digest, TokenKeeper>,
    old: HashMap<Digest, TokenKeeper>,
    since: Timestamp,
}

/// Keepers in one map.
const MOST: usize = 1024;

/// How long a map takes in keepers.
const TURN: Duration = Duration::from_secs(300);

impl Keepers {
    /// The keeper of a session.
    pub(super) fn of(&self, key: Digest, now: Timestamp, new: impl FnOnce() -> TokenKeeper) -> TokenKeeper {
        let mut known = self.known();
        if known.young.len() >= MOST || now >= known.since.plus(TURN) {
            known.old = mem::take(&mut known.young);
            known.since = now;
        }
        let old = known.old.remove(&key);
        known.young.entry(key).or_insert_with(|| old.unwrap_or_else(new)).clone()
    }

    /// A session has ended.
    pub(super) fn forget(&self, key: &Digest) {
        let mut known = self.known();
        known.young.remove(key);
        known.old.remove(key);
    }

    fn known(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

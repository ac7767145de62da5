//! The in-memory store: for tests and for a single process that may forget.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use foldhash::quality::RandomState;
use indexmap::IndexMap;
use oauth_sansio::{Family, Outcome, Tick, Timestamp};
use smallvec::SmallVec;

use crate::{Key, Owner, Page, Put, Record, Row, Store, StoreError, Writes};

const SHARDS: usize = u64::BITS as usize;

/// How many shards a commit locks without asking for memory: what most requests write.
const FEW: usize = 4;

/// Rows in sharded hash maps.
///
/// A commit locks the shards of all its keys, in their order, before it looks at any of them. `list` and `sweep`
/// look at every row, which a store of this kind can afford.
pub struct MemoryStore {
    shards: Vec<Mutex<Shard>>,
}

/// Keys are digests, so a fast hash with a seed of its own does. What is kept stands in a list that grows where it is; only
/// its places are hashed, so that to grow does not mean to move everything.
#[derive(Default)]
struct Shard {
    rows: IndexMap<Key, Stored, RandomState>,
    marks: IndexMap<Key, Spent, RandomState>,
    tombstones: HashSet<Family, RandomState>,
}

struct Stored {
    record: Record,
    keep_until: Option<Timestamp>,
    families: [Option<Family>; 2],
}

struct Spent {
    at: Tick,
    keep_until: Timestamp,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn lock(&self, index: usize) -> MutexGuard<'_, Shard> {
        // A panic while a lock is held can only come from running out of memory; the maps stay whole.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_revoked(&self, families: [Option<Family>; 2]) -> bool {
        families.iter().flatten().any(|family| self.lock(shard_of_family(family)).tombstones.contains(family))
    }

    /// Locks every shard that `writes` touches, each once, in ascending order: two commits never wait for each other.
    fn lock_all(&self, writes: &Writes) -> Locked<'_> {
        let spends = writes.spend.iter().map(|mark| shard_of(&mark.key));
        let puts = writes.put.iter().map(|put| shard_of(&put.key));
        let revokes = writes.revoke.iter().map(shard_of_family);
        // One bit for each shard.
        let wanted = spends.chain(puts).chain(revokes).fold(0_u64, |wanted, index| wanted | 1 << index);
        let mut locked = SmallVec::new();
        let mut left = wanted;
        while left != 0 {
            let index = left.trailing_zeros() as usize;
            locked.push((index, self.lock(index)));
            left &= left - 1;
        }
        Locked(locked)
    }
}

/// The shard of a key. What it ends with is the end of a digest, so any few bits of it do: whoever searches for names
/// whose digests end alike gains no more than that they wait for each other.
fn shard_of(key: &Key) -> usize {
    let [.., last] = *key.id.as_bytes();
    usize::from(last) % SHARDS
}

/// The shard of a family's tombstone, by its last byte in the same way.
fn shard_of_family(family: &Family) -> usize {
    let [.., last] = *family.as_bytes();
    usize::from(last) % SHARDS
}

/// The shards of one commit.
struct Locked<'a>(SmallVec<[(usize, MutexGuard<'a, Shard>); FEW]>);

impl Locked<'_> {
    fn shard(&mut self, index: usize) -> &mut Shard {
        let at = self.0.binary_search_by_key(&index, |(index, _)| *index);
        &mut self.0[at.expect("every shard of the batch is locked")].1
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let read = |key: &Key| {
            let shard = self.lock(shard_of(key));
            let stored = shard.rows.get(key)?;
            let (record, families) = (stored.record.clone(), stored.families);
            let spent = shard.marks.get(key).map(|spent| spent.at);
            drop(shard);
            Some(Row { record, spent, revoked: self.is_revoked(families) })
        };
        Ok(keys.iter().map(read).collect())
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        let mut locked = self.lock_all(&writes);
        let mut won = Vec::with_capacity(writes.spend.len());
        for (place, mark) in writes.spend.iter().enumerate() {
            let marks = &mut locked.shard(shard_of(&mark.key)).marks;
            if marks.contains_key(&mark.key) {
                for key in won {
                    locked.shard(shard_of(&key)).marks.swap_remove(&key);
                }
                return Ok(Outcome::Lost(place));
            }
            marks.insert(mark.key, Spent { at: mark.at, keep_until: mark.keep_until });
            won.push(mark.key);
        }
        for Put { key, record, keep_until, families } in writes.put {
            locked.shard(shard_of(&key)).rows.insert(key, Stored { record, keep_until, families });
        }
        for family in writes.revoke {
            locked.shard(shard_of_family(&family)).tombstones.insert(family);
        }
        Ok(Outcome::Applied)
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        let mut shard = self.lock(shard_of(key));
        let row = shard.rows.get_mut(key).filter(|row| row.record == *before);
        Ok(row.map(|row| row.record = after).is_some())
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        let is_over = |keep_until: Timestamp| keep_until < now;
        let mut removed = 0;
        let mut needed = HashSet::new();
        for index in 0..SHARDS {
            let mut guard = self.lock(index);
            let Shard { rows, marks, .. } = &mut *guard;
            rows.retain(|_, row| {
                let keep = removed == most || !row.keep_until.is_some_and(is_over);
                removed += usize::from(!keep);
                needed.extend(row.families.into_iter().flatten().filter(|_| keep));
                keep
            });
            marks.retain(|_, spent| {
                let keep = removed == most || !is_over(spent.keep_until);
                removed += usize::from(!keep);
                keep
            });
        }
        // New rows of a family come from an old one, which is kept until long after it is dead; so a family without
        // rows gets no new ones.
        for index in 0..SHARDS {
            self.lock(index).tombstones.retain(|family| {
                let keep = removed == most || needed.contains(family);
                removed += usize::from(!keep);
                keep
            });
        }
        Ok(removed)
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        let is_owned = |key: &Key, record: &Record| match owner {
            Owner::Subject(subject) => record.subject() == Some(subject),
            Owner::Client(client_id) => record.client_id() == Some(client_id),
            Owner::Table(tenant, table) => (key.tenant, key.table) == (tenant, table),
        };
        let mut found = BTreeMap::new();
        for index in 0..SHARDS {
            let shard = self.lock(index);
            let behind = shard.rows.iter().filter(|(key, _)| after.is_none_or(|after| **key > after));
            for (key, stored) in behind.filter(|(key, stored)| is_owned(key, &stored.record)) {
                let spent = shard.marks.get(key).map(|spent| spent.at);
                found.insert(*key, (stored.record.clone(), stored.families, spent));
                if found.len() > most.saturating_add(1) {
                    found.pop_last();
                }
            }
        }
        let row = |(key, (record, families, spent))| {
            (key, Row { record, spent, revoked: self.is_revoked(families) })
        };
        Ok(Page::cut(found.into_iter().map(row).collect(), most))
    }
}

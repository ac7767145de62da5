//! What a server step asks of a store, in words that both protocols share.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Digest, Tick, Timestamp};

/// Writes that happen together or not at all.
///
/// `Once` names the single-use things of a protocol, `Record` what it keeps; each core has its own. A store wins
/// every spend or writes nothing. It needs no update and no delete: a spend, a record and a revocation are each one
/// more row, which makes "exactly once" a matter of one unique key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Batch<Once, Record> {
    /// Single-use things; each must not have been spent before.
    pub spend: Vec<Spend<Once>>,
    /// New rows.
    pub put: Vec<Record>,
    /// Families whose tokens are dead from now on. A tombstone: repeating it changes nothing.
    pub revoke: Vec<Family>,
}

impl<Once, Record> Default for Batch<Once, Record> {
    fn default() -> Self {
        Self { spend: Vec::new(), put: Vec::new(), revoke: Vec::new() }
    }
}

/// A single-use thing and how long its mark must be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spend<Once> {
    /// What is spent.
    pub once: Once,
    /// When. A later request learns of it in [`Loaded::spent`].
    pub at: Tick,
    /// The mark must outlive the thing itself by more than a request can take; cores add that margin.
    pub keep_until: Timestamp,
}

/// What became of a batch.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every spend was won and every row is written.
    Applied,
    /// Something in `spend` had been spent before, and nothing was written. Tells the place of the first such thing,
    /// so that a core may know a replayed proof from a ticket that is used a second time.
    Lost(usize),
}

/// All that grew from one authorization: its code, its tokens, their successors. Revoked as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Family([u8; 16]);

impl Family {
    /// A family by its bytes: fresh random ones, or ones read back from a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The family of what a digest names, where it follows from a name.
    pub const fn of(digest: &Digest) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *digest.as_bytes();
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// The bytes, as a store keeps them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Family({:032x})", u128::from_be_bytes(self.0))
    }
}

/// A record as the store knew it, with the two marks that other rows may have set on it.
///
/// Facts may be stale by the time of the commit; a batch's spends may not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Loaded<T> {
    /// The record, shared with the store's cache where it has one.
    pub record: Arc<T>,
    /// When it was spent; `None` while it is not.
    pub spent: Option<Tick>,
    /// Its family has been revoked.
    pub revoked: bool,
}

impl<T> Loaded<T> {
    /// A record that is neither spent nor revoked.
    pub fn fresh(record: T) -> Self {
        Self { record: Arc::new(record), spent: None, revoked: false }
    }
}

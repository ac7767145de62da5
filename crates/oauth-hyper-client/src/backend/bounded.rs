//! Rows that end, and are never too many.

use std::collections::{BTreeSet, HashMap};

use oauth_sansio::{Digest, Timestamp};

pub(super) struct Bounded<T> {
    capacity: usize,
    rows: HashMap<Digest, (Timestamp, T)>,
    /// In the order in which they end.
    order: BTreeSet<(Timestamp, Digest)>,
}

impl<T> Bounded<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, rows: HashMap::new(), order: BTreeSet::new() }
    }

    /// Puts a row in, in place of those that have ended, and of the one that would end first where there is no room.
    pub(super) fn insert(&mut self, key: Digest, row: T, ends: Timestamp, now: Timestamp) {
        self.remove(&key);
        self.sweep(now);
        while self.rows.len() >= self.capacity
            && let Some((_, first)) = self.order.first().copied()
        {
            self.remove(&first);
        }
        self.order.insert((ends, key));
        self.rows.insert(key, (ends, row));
    }

    pub(super) fn find(&self, key: &Digest) -> Option<&T> {
        self.rows.get(key).map(|(_, row)| row)
    }

    /// Lets a row end at another time.
    pub(super) fn prolong(&mut self, key: &Digest, ends: Timestamp) -> Option<&mut T> {
        let (before, row) = self.rows.get_mut(key)?;
        self.order.remove(&(*before, *key));
        self.order.insert((ends, *key));
        *before = ends;
        Some(row)
    }

    pub(super) fn remove(&mut self, key: &Digest) -> Option<T> {
        let (ends, row) = self.rows.remove(key)?;
        self.order.remove(&(ends, *key));
        Some(row)
    }

    /// Drops what has ended.
    fn sweep(&mut self, now: Timestamp) {
        while let Some((ends, first)) = self.order.first().copied()
            && ends <= now
        {
            self.remove(&first);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    fn key(i: u64) -> Digest {
        Digest::of(i.to_string())
    }

    #[test]
    fn rows_end_in_their_time_and_those_that_are_used_end_later() {
        let mut rows = Bounded::new(8);
        rows.insert(key(1), 1, at(10), at(0));
        rows.insert(key(2), 2, at(10), at(0));
        *rows.prolong(&key(2), at(20)).unwrap() = 3;
        rows.sweep(at(9));
        assert_eq!(rows.len(), 2);
        rows.sweep(at(10));
        assert_eq!((rows.find(&key(1)), rows.find(&key(2))), (None, Some(&3)));
        assert_eq!(rows.prolong(&key(1), at(30)), None);
        assert_eq!((rows.remove(&key(2)), rows.remove(&key(2))), (Some(3), None));
        assert!(rows.order.is_empty());
    }

    #[test]
    fn there_are_never_too_many_rows_and_the_one_that_ends_first_makes_room() {
        let mut rows = Bounded::new(3);
        for i in 0..100 {
            rows.insert(key(i), i, at(1000 + i), at(0));
            rows.insert(key(i), i, at(1001 + i), at(0));
        }
        assert_eq!((rows.len(), rows.order.len()), (3, 3));
        assert!((97..100).all(|i| rows.find(&key(i)) == Some(&i)));
        rows.insert(key(0), 0, at(9000), at(5000));
        assert_eq!((rows.len(), rows.order.len()), (1, 1));
    }
}

//! A bounded map whose least used entry gives way.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Slots by their keys. A slot that gives way lives on with those who hold it.
pub(crate) struct Cache<K, S> {
    capacity: usize,
    slots: Mutex<Slots<K, S>>,
}

struct Slots<K, S> {
    /// Each with the number of its last use.
    by_key: HashMap<K, (u64, Arc<S>)>,
    uses: u64,
}

impl<K: Clone + Eq + Hash, S: Default> Cache<K, S> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), slots: Mutex::new(Slots { by_key: HashMap::new(), uses: 0 }) }
    }

    /// The slot of a key: the one that is there, or an empty one.
    pub(crate) fn slot(&self, key: &K) -> Arc<S> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Slots { by_key, uses } = &mut *slots;
        *uses += 1;
        if let Some((last, slot)) = by_key.get_mut(key) {
            *last = *uses;
            return Arc::clone(slot);
        }
        // Looking at all of them is nothing beside the request that follows.
        if by_key.len() >= self.capacity
            && let Some(oldest) = by_key.iter().min_by_key(|(_, (last, _))| *last).map(|(key, _)| key.clone())
        {
            by_key.remove(&oldest);
        }
        let slot = Arc::new(S::default());
        by_key.insert(key.clone(), (*uses, Arc::clone(&slot)));
        slot
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.slots.lock().unwrap().by_key.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d15_ten_thousand_keys_take_the_room_of_as_many_as_there_may_be() {
        let cache = Cache::<u32, Mutex<u32>>::new(100);
        *cache.slot(&0).lock().unwrap() = 7;
        for key in 1..10_000 {
            cache.slot(&key);
            // What is used stays.
            assert_eq!(*cache.slot(&0).lock().unwrap(), 7);
            assert!(cache.len() <= 100);
        }
        assert_eq!(cache.len(), 100);
    }
}

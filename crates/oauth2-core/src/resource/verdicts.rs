//! What was learnt of tokens, kept for a while: bounded in size and in time. Whoever holds this says what time it is.
//!
//! A verdict is about the token alone. What a request must show besides, such as a proof of possession, the scopes of a
//! route and the age of a login, is judged at every use.

use std::{collections::HashMap, sync::Arc, time::Duration};

use foldhash::quality::FixedState;

use oauth_sansio::{Digest, Moment, Timestamp};

use super::{Grant, Reason};

/// How long what was learnt of a token is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caching {
    /// A token that is good: a minute, never beyond its end. So long a token that was revoked still works where it is asked
    /// about; at one request a second that spares the server 59 of 60 questions.
    pub positive: Duration,
    /// One that is not: ten seconds. It spares the server a client that does not give up, and a token that the server comes
    /// to know late is not refused for long.
    pub negative: Duration,
    /// How many of each kind: 10,000, which are some megabytes. The one that was not used for the longest time gives way.
    pub entries: usize,
}

impl Caching {
    /// Nothing is kept: every token is verified or asked about at each use.
    pub const NONE: Self = Self { positive: Duration::ZERO, negative: Duration::ZERO, entries: 0 };
}

impl Default for Caching {
    fn default() -> Self {
        Self { positive: Duration::from_secs(60), negative: Duration::from_secs(10), entries: 10_000 }
    }
}

/// What was learnt of a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It stands for this.
    Good(Arc<Grant>),
    /// It is worth nothing.
    Bad(Reason),
}

/// Verdicts by the digests of their tokens; of the tokens themselves nothing is kept. Bad ones never drive out good ones,
/// however many there are.
#[derive(Debug)]
pub struct Verdicts {
    good: Generations<Arc<Grant>>,
    bad: Generations<Reason>,
}

impl Verdicts {
    /// Room for so many of each kind.
    pub fn new(entries: usize, moment: Moment) -> Self {
        // Digests of tokens can be chosen by trying; where they lie in a map cannot.
        let seed = FixedState::with_seed(u64::from_ne_bytes(moment.entropy().bytes()));
        Self { good: Generations::new(entries, seed.clone()), bad: Generations::new(entries, seed) }
    }

    /// What is known of a token.
    pub fn recall(&mut self, token: &Digest, now: Timestamp) -> Option<Verdict> {
        match self.good.find(token, now) {
            Some(grant) => Some(Verdict::Good(grant)),
            None => self.bad.find(token, now).map(Verdict::Bad),
        }
    }

    /// Keeps what was learnt, up to this second.
    pub fn remember(&mut self, token: Digest, verdict: Verdict, until: Timestamp) {
        match verdict {
            Verdict::Good(grant) => {
                self.bad.remove(&token);
                self.good.insert(token, grant, until);
            }
            Verdict::Bad(reason) => {
                self.good.remove(&token);
                self.bad.insert(token, reason, until);
            }
        }
    }

    /// How many are kept, of whatever kind.
    pub fn len(&self) -> usize {
        self.good.len() + self.bad.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Two maps: what is written goes into the young one; when that is half of what there may be, it becomes the old one, and what
/// is in the old one is forgotten. What is used moves to the young one, so that it stays.
#[derive(Debug)]
struct Generations<T> {
    half: usize,
    young: HashMap<Digest, (T, Timestamp), FixedState>,
    old: HashMap<Digest, (T, Timestamp), FixedState>,
}

impl<T: Clone> Generations<T> {
    fn new(entries: usize, seed: FixedState) -> Self {
        Self { half: entries / 2, young: HashMap::with_hasher(seed.clone()), old: HashMap::with_hasher(seed) }
    }

    fn find(&mut self, key: &Digest, now: Timestamp) -> Option<T> {
        if let Some((value, until)) = self.young.get(key) {
            return (now < *until).then(|| value.clone());
        }
        let (value, until) = self.old.remove(key).filter(|(_, until)| now < *until)?;
        self.insert(*key, value.clone(), until);
        Some(value)
    }

    fn insert(&mut self, key: Digest, value: T, until: Timestamp) {
        if self.half == 0 {
            return;
        }
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::replace(&mut self.young, HashMap::with_hasher(self.old.hasher().clone()));
        }
        self.old.remove(&key);
        self.young.insert(key, (value, until));
    }

    fn remove(&mut self, key: &Digest) {
        self.young.remove(key);
        self.old.remove(key);
    }

    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

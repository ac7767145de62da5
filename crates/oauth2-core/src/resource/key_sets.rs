//! The keys of an authorization server, as they are kept: when they are asked for again, and what is done while they
//! cannot be had. Whoever holds this says what time it is and sends the requests.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::Response;
use oauth_sansio::Timestamp;

use crate::{
    jose::JwkSet,
    server::{DocumentKind, FetchError, check_answer},
};

/// When keys are asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyCaching {
    /// How long a set is good that does not say: five minutes, in which a key that was taken back dies.
    pub unsaid: Duration,
    /// How long each is at least, whatever it says: a minute, so that nobody has the server asked at each request.
    pub shortest: Duration,
    /// How long at most: a day.
    pub longest: Duration,
    /// How long before its end a set is asked for anew, while the old one serves: half a minute, more than an answer takes.
    pub ahead: Duration,
    /// How long the server is left alone after it was asked, though a key is missing: half a minute. Whoever makes up
    /// names of keys gets one request out of it.
    pub cool_down: Duration,
    /// How long it is left alone after it did not answer: five seconds.
    pub after_failure: Duration,
    /// How long the last good set serves beyond its end when no newer one can be had: a day, which outlasts most outages.
    pub outage: Duration,
}

impl Default for KeyCaching {
    fn default() -> Self {
        Self {
            unsaid: Duration::from_secs(300),
            shortest: Duration::from_secs(60),
            longest: Duration::from_secs(24 * 60 * 60),
            ahead: Duration::from_secs(30),
            cool_down: Duration::from_secs(30),
            after_failure: Duration::from_secs(5),
            outage: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// Keys, and when they were fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchedKeys {
    /// The keys that can be used.
    pub keys: Arc<JwkSet>,
    /// When they came, which may be a while ago.
    pub at: Timestamp,
}

/// What is known of the keys at one address.
#[derive(Clone, Debug, Default)]
pub struct KeySets {
    kept: Option<Kept>,
    /// When the address was last asked, and what was wrong then.
    asked: Option<(Timestamp, Option<FetchError>)>,
}

#[derive(Clone, Debug)]
struct Kept {
    fetched: FetchedKeys,
    until: Timestamp,
}

/// What to do about a question for keys.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// These are the keys.
    Found(FetchedKeys),
    /// These are the keys; somebody should ask for newer ones meanwhile.
    FoundAging(FetchedKeys),
    /// The address was asked just now, and this came of it.
    Failed(FetchError),
    /// Ask the address, tell it by [`KeySets::learn`], and look again.
    Ask,
}

impl KeySets {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known now. With `newer_than`, keys that came in that second are known not to do.
    pub fn look(&self, newer_than: Option<Timestamp>, caching: &KeyCaching, now: Timestamp) -> Look {
        let was_asked = |span| match self.asked {
            Some((at, outcome)) if at <= now && now < at.plus(span) => Some(outcome),
            _ => None,
        };
        let failed = || was_asked(caching.after_failure).flatten();
        match (&self.kept, newer_than) {
            (Some(kept), Some(old)) if kept.fetched.at > old => Look::Found(kept.fetched.clone()),
            (Some(kept), Some(_)) => match was_asked(caching.cool_down) {
                Some(None) => Look::Found(kept.fetched.clone()),
                // The key may be there by now; nobody can tell.
                Some(Some(error)) => Look::Failed(error),
                None => Look::Ask,
            },
            (Some(kept), None) if kept.is_fresh(now) => {
                let is_aging = now >= kept.until.minus(caching.ahead) && failed().is_none();
                match is_aging {
                    true => Look::FoundAging(kept.fetched.clone()),
                    false => Look::Found(kept.fetched.clone()),
                }
            }
            // The last good set serves through an outage.
            (Some(kept), None) if failed().is_some() && now < kept.until.plus(caching.outage) => {
                Look::Found(kept.fetched.clone())
            }
            _ => failed().map_or(Look::Ask, Look::Failed),
        }
    }

    /// Learns what came of asking, and for how long it says that it is good. Keys that cannot be used are left out, and the
    /// others count; a set of which nothing can be used is none.
    ///
    /// # Errors
    /// When it was no set of keys. The one that was kept still is.
    pub fn learn(
        &mut self,
        answer: Result<(Response<Bytes>, Option<Duration>), FetchError>,
        caching: &KeyCaching,
        now: Timestamp,
    ) -> Result<(), FetchError> {
        let read = answer.and_then(|(response, said)| {
            check_answer(DocumentKind::KeySet, &response)?;
            let keys = JwkSet::parse_usable(response.body()).map_err(|_| FetchError::Malformed)?;
            let lifetime = said.unwrap_or(caching.unsaid);
            let lifetime = lifetime.clamp(caching.shortest, caching.longest.max(caching.shortest));
            Ok(Kept { fetched: FetchedKeys { keys: keys.into(), at: now }, until: now.plus(lifetime) })
        });
        self.asked = Some((now, read.as_ref().err().copied()));
        self.kept = Some(read?);
        Ok(())
    }
}

impl Kept {
    /// A set that came in the future is of another clock.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.fetched.at <= now && now < self.until
    }
}

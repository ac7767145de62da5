//! A limit on guessing: whoever was wrong too often waits.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use oauth_clock::Clock;
use oauth_sansio::{Secret, Timestamp};
use oauth2_core::server::{Extended, Extension, Proposal, Verdict};

use crate::{Attempt, Event, Operator, Unavailable};

/// Counts wrong secrets, codes and tokens by the address that they came from, and refuses an address that had too many, for
/// a while (RFC 6819 section 5.1.4.2.3, RFC 8628 section 5.1). Right ones are never counted. Everything else it asks the
/// operator behind it.
///
/// It counts in the memory of one process, for a bounded number of addresses: when there are more, all are forgotten, which
/// a botnet could bring about, and for which limits belong in front.
pub struct Throttle<O> {
    inner: O,
    clock: Arc<dyn Clock>,
    most: u32,
    window: Duration,
    wrong: Mutex<HashMap<IpAddr, Wrong>>,
}

struct Wrong {
    since: Timestamp,
    times: u32,
}

impl<O> Throttle<O> {
    /// Addresses that are remembered at once.
    pub const MOST_ADDRESSES: usize = 65_536;

    /// `most` wrong tries from one address within `window`, which begins with the first.
    pub fn new(inner: O, clock: Arc<dyn Clock>, most: u32, window: Duration) -> Self {
        Self { inner, clock, most, window, wrong: Mutex::default() }
    }

    /// How long an address must wait.
    fn wait(&self, peer: IpAddr, now: Timestamp) -> Option<Duration> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let Wrong { since, times } = wrong.get(&network(peer))?;
        let end = since.plus(self.window);
        (*times >= self.most && now < end).then(|| end.since(now))
    }

    fn count(&self, peer: IpAddr, now: Timestamp) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= Self::MOST_ADDRESSES {
            wrong.retain(|_, known| now < known.since.plus(self.window));
            if wrong.len() >= Self::MOST_ADDRESSES {
                wrong.clear();
            }
        }
        let known = wrong.entry(network(peer)).or_insert(Wrong { since: now, times: 0 });
        if now >= known.since.plus(self.window) {
            *known = Wrong { since: now, times: 0 };
        }
        known.times = known.times.saturating_add(1);
    }
}

/// What an address counts as: itself, or its network, since one subscriber of IPv6 has 2^64 addresses (RFC 6177).
pub fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[async_trait]
impl<O: Operator> Operator for Throttle<O> {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        if let (Some(peer), Ok(moment)) = (attempt.peer, self.clock.moment())
            && let Some(wait) = self.wait(peer, moment.now())
        {
            return Err(wait);
        }
        self.inner.admit(attempt).await
    }

    async fn review(&self, proposal: &Proposal) -> Result<Verdict, Unavailable> {
        self.inner.review(proposal).await
    }

    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<String>, Unavailable> {
        self.inner.verify(username, password).await
    }

    async fn extend(&self, extension: &Extension) -> Result<Option<Extended>, Unavailable> {
        self.inner.extend(extension).await
    }

    fn happened(&self, event: &Event<'_>) {
        let guessed = event.reason.is_some_and(|reason| reason.is_guess());
        if let (true, Some(peer), Ok(moment)) = (guessed, event.attempt.peer, self.clock.moment()) {
            self.count(peer, moment.now());
        }
        self.inner.happened(event);
    }
}

impl<O> std::fmt::Debug for Throttle<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throttle")
            .field("most", &self.most)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use oauth_clock::ManualClock;

    use super::*;
    use crate::Nobody;

    #[test]
    fn what_is_remembered_is_bounded_and_a_whole_network_of_ipv6_counts_as_one() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let throttle = Throttle::new(Nobody, clock, 2, Duration::from_secs(60));
        let now = Timestamp::from_unix(1_800_000_000);
        for last in 0..2_u16 {
            throttle.count(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]), now);
        }
        let elsewhere = IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 0]);
        assert!(throttle.wait(IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]), now).is_some());
        assert_eq!(throttle.wait(elsewhere, now), None);
        for address in 0..=u32::try_from(Throttle::<Nobody>::MOST_ADDRESSES).unwrap() {
            throttle.count(IpAddr::from(address.to_be_bytes()), now);
        }
        assert!(throttle.wrong.lock().unwrap().len() <= Throttle::<Nobody>::MOST_ADDRESSES);
    }
}

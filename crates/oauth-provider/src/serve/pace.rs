//! A limit on how fast one client asks.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use oauth_clock::Clock;
use oauth_hyper_server::{Attempt, Event, Operator, Unavailable};
use oauth_sansio::{Digest, Secret, Timestamp};
use oauth2_core::server::{Extended, Extension, Proposal, Verdict};

/// Counts the requests of each client from each address, minute by minute, and has those wait that ask too often. Everything
/// else it asks the operator behind it.
///
/// Nobody has proven yet to be the client that a request names: a limit on the name alone would let anybody use up what is
/// another's. It counts in the memory of one process, for a bounded number of clients.
pub(super) struct Pace<O> {
    inner: O,
    clock: Arc<dyn Clock>,
    most: u32,
    seen: Mutex<Minute>,
}

/// Who asked how often since a minute began. Names are long and come from strangers, so digests of them are kept.
#[derive(Default)]
struct Minute {
    began: Timestamp,
    times: HashMap<(Option<IpAddr>, Digest), u32>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl<O> Pace<O> {
    /// Clients that are counted at once; beyond, all begin again.
    const MOST_CLIENTS: usize = 65_536;

    /// `most` requests a minute; 0 for no limit.
    pub(super) fn new(inner: O, clock: Arc<dyn Clock>, most: u32) -> Self {
        Self { inner, clock, most, seen: Mutex::default() }
    }

    /// Counts one more; how long to wait, where that is too much.
    fn count(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<(), Duration> {
        let mut minute = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back begins a minute, too.
        let is_over = now >= minute.began.plus(MINUTE) || now < minute.began;
        if is_over || minute.times.len() >= Self::MOST_CLIENTS {
            *minute = Minute { began: now, times: HashMap::new() };
        }
        let wait = minute.began.plus(MINUTE).since(now);
        let client = Digest::of(attempt.client_id.unwrap_or_default());
        let times = minute.times.entry((attempt.peer, client)).or_default();
        *times = times.saturating_add(1);
        if *times > self.most { Err(wait) } else { Ok(()) }
    }
}

#[async_trait]
impl<O: Operator> Operator for Pace<O> {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        if let (1.., Ok(moment)) = (self.most, self.clock.moment()) {
            self.count(attempt, moment.now())?;
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
        self.inner.happened(event);
    }
}

#[cfg(test)]
mod tests {
    use oauth_clock::ManualClock;
    use oauth_hyper_server::{Endpoint, Nobody};
    use oauth2_core::server::Endpoint as Endpoint2;

    use super::*;

    #[tokio::test]
    async fn each_client_of_an_address_has_a_pace_of_its_own_and_a_new_minute_begins_anew() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let pace = Pace::new(Nobody, clock.clone(), 2);
        let ask = async |client: &str, last: u8| {
            let peer = Some(IpAddr::from([192, 0, 2, last]));
            pace.admit(&Attempt {
                endpoint: Endpoint::OAuth2(Endpoint2::Token),
                client_id: Some(client),
                peer,
            })
            .await
        };
        assert_eq!([ask("a", 1).await, ask("a", 1).await], [Ok(()); 2]);
        clock.advance(Duration::from_secs(20));
        assert_eq!(ask("a", 1).await, Err(Duration::from_secs(40)));
        assert_eq!([ask("a", 2).await, ask("b", 1).await], [Ok(()); 2], "neither is held up by the other");
        clock.advance(Duration::from_secs(40));
        assert_eq!(ask("a", 1).await, Ok(()));
    }

    #[tokio::test]
    async fn what_is_counted_is_bounded() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let pace = Pace::new(Nobody, clock, 1);
        for name in 0..=Pace::<Nobody>::MOST_CLIENTS {
            let client = name.to_string();
            let attempt = Attempt {
                endpoint: Endpoint::OAuth2(Endpoint2::Token),
                client_id: Some(&client),
                peer: None,
            };
            assert_eq!(pace.admit(&attempt).await, Ok(()));
        }
        assert!(pace.seen.lock().unwrap().times.len() <= Pace::<Nobody>::MOST_CLIENTS);
    }
}

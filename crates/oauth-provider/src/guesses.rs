//! A limit on guessing passwords: whoever was wrong too often waits, each time longer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oauth_hyper_server::network;
use oauth_sansio::{Digest, Timestamp};

use crate::users::username;

/// Counters that are remembered at once.
const MOST: usize = 65_536;

/// A counter that nobody added to for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Tries by name and by address (RFC 6819 section 5.1.4.2.3), in the memory of this process.
///
/// A try counts before its password is looked at, so that many at once gain nothing, and is taken back when the password
/// was right. One that had to wait counts for nothing: whoever keeps trying does not keep others out for longer.
#[derive(Debug, Default)]
pub(crate) struct Guesses {
    counters: Mutex<HashMap<Digest, Counter>>,
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    times: u32,
    last: Timestamp,
}

/// How many tries are free, and how long a pause becomes at most: each is twice the one before.
#[derive(Clone, Copy)]
struct Rule {
    free: u32,
    longest: Duration,
    /// The right password takes back its own try only: whoever has one password may still be guessing others.
    suspicious: bool,
}

/// One name from one network: somebody who guesses, or has forgotten.
const NAME_FROM_NETWORK: Rule = Rule { free: 5, longest: Duration::from_secs(15 * 60), suspicious: false };

/// Many names from one network. There may be an office behind it.
const NETWORK: Rule = Rule { free: 30, longest: Duration::from_secs(15 * 60), suspicious: true };

/// One name from many networks. The pause is short, as it keeps out the person, too.
const NAME: Rule = Rule { free: 50, longest: Duration::from_secs(30), suspicious: true };

impl Guesses {
    /// Counts a try, or tells how long to wait before the next one. The name need not exist.
    pub(crate) fn begin(&self, name: &str, peer: Option<IpAddr>, now: Timestamp) -> Result<(), Duration> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys(name, peer);
        let waits = keys.iter().flatten().filter_map(|(key, rule)| rule.wait(counters.get(key)?, now));
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        make_room(&mut counters, now);
        for (key, _) in keys.into_iter().flatten() {
            let counter = counters.entry(key).or_insert(Counter { times: 0, last: now });
            let times = if counter.is_forgotten(now) { 0 } else { counter.times };
            *counter = Counter { times: times.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// The password was right: it was no guess.
    pub(crate) fn right(&self, name: &str, peer: Option<IpAddr>) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, rule) in keys(name, peer).into_iter().flatten() {
            match counters.get_mut(&key) {
                Some(counter) if rule.suspicious => counter.times = counter.times.saturating_sub(1),
                _ => drop(counters.remove(&key)),
            }
        }
    }
}

impl Rule {
    fn wait(self, counter: &Counter, now: Timestamp) -> Option<Duration> {
        let over = counter.times.checked_sub(self.free)?;
        let pause = Duration::from_secs(2_u64.saturating_pow(over)).min(self.longest);
        let end = counter.last.plus(pause);
        (now < end).then(|| end.since(now))
    }
}

impl Counter {
    fn is_forgotten(&self, now: Timestamp) -> bool {
        now >= self.last.plus(FORGOTTEN)
    }
}

/// What a try counts for. However a name is written, it is one.
fn keys(name: &str, peer: Option<IpAddr>) -> [Option<(Digest, Rule)>; 3] {
    let name = username::folded(name);
    let network = peer.map(|peer| network(peer).to_string());
    let from = network.as_deref().unwrap_or_default().as_bytes();
    let network = network.as_ref().map(|network| (Digest::of_parts(&[network.as_bytes()]), NETWORK));
    let both = Digest::of_parts(&[name.as_bytes(), from]);
    let name = Digest::of_parts(&[name.as_bytes(), b"", b""]);
    [Some((both, NAME_FROM_NETWORK)), network, Some((name, NAME))]
}

/// When there are too many, those go first that keep nobody waiting.
fn make_room(counters: &mut HashMap<Digest, Counter>, now: Timestamp) {
    let is_full = |counters: &HashMap<_, _>| counters.len() + 3 > MOST;
    if is_full(counters) {
        counters.retain(|_, counter| !counter.is_forgotten(now));
    }
    if is_full(counters) {
        counters.retain(|_, counter| counter.times >= NAME_FROM_NETWORK.free);
    }
    if is_full(counters) {
        counters.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    fn peer(n: u32) -> Option<IpAddr> {
        Some(std::net::Ipv4Addr::from(n).into())
    }

    /// Tries as soon as it may be, so many times; tells when the last one was.
    fn guess(
        guesses: &Guesses,
        name: &str,
        peer: Option<IpAddr>,
        times: u32,
        mut now: Timestamp,
    ) -> Timestamp {
        for _ in 0..times {
            if let Err(wait) = guesses.begin(name, peer, now) {
                now = now.plus(wait);
                guesses.begin(name, peer, now).unwrap();
            }
        }
        now
    }

    #[test]
    fn k09_pauses_grow_up_to_a_bound_and_end() {
        let guesses = Guesses::default();
        assert_eq!(guess(&guesses, "alice", HOME, 5, NOW), NOW, "a few tries are free");
        let mut now = NOW;
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(guesses.begin("alice", HOME, now), Err(wait));
            // Whoever does not wait does not wait any longer for it.
            assert_eq!(guesses.begin("alice", HOME, now), Err(wait));
            now = now.plus(wait);
            guesses.begin("alice", HOME, now).unwrap();
        }
        guesses.begin("alice", HOME, now.plus(FORGOTTEN)).unwrap();
        assert_eq!(guess(&guesses, "alice", HOME, 4, now.plus(FORGOTTEN)), now.plus(FORGOTTEN), "forgotten");
    }

    #[test]
    fn k09_a_guesser_elsewhere_keeps_a_person_waiting_for_half_a_minute_at_most() {
        let guesses = Guesses::default();
        let mut now = NOW;
        for n in 0..200 {
            now = guess(&guesses, "alice", peer(n), 1, now);
        }
        let wait = guesses.begin("alice", HOME, now).unwrap_err();
        assert_eq!(wait, NAME.longest);
        guesses.begin("alice", HOME, now.plus(wait)).unwrap();
        guesses.begin("bob", HOME, now).unwrap();
    }

    #[test]
    fn k09_many_names_from_one_network_are_slowed_down_and_a_password_of_ones_own_does_not_help() {
        let guesses = Guesses::default();
        let mut now = NOW;
        for n in 0..40 {
            now = guess(&guesses, &format!("user{n}"), HOME, 1, now);
            if guesses.begin("mallory", HOME, now).is_ok() {
                guesses.right("mallory", HOME);
            }
        }
        assert!(now.since(NOW) > Duration::from_secs(500), "{now:?}");
        guesses.begin("user0", peer(7), now).unwrap();
    }

    #[test]
    fn the_right_password_makes_up_for_the_wrong_ones_before() {
        let guesses = Guesses::default();
        guess(&guesses, "alice", HOME, 5, NOW);
        assert!(guesses.begin("alice", HOME, NOW).is_err());
        guess(&guesses, "bob", HOME, 4, NOW);
        for name in ["alice", "bob"] {
            guesses.right(name, HOME);
            assert_eq!(guess(&guesses, name, HOME, 5, NOW), NOW, "{name}");
        }
    }

    #[test]
    fn k09_many_at_once_gain_nothing_and_neither_does_another_spelling() {
        let guesses = Guesses::default();
        // None of them is answered yet.
        let spellings = ["alice", "Alice", "ALICE", "aLiCe", "\u{ff21}lice"];
        let begun = spellings.iter().cycle().take(50).filter(|name| guesses.begin(name, HOME, NOW).is_ok());
        assert_eq!(begun.count(), 5);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_those_who_wait_are_forgotten_last() {
        let guesses = Guesses::default();
        guess(&guesses, "alice", HOME, 5, NOW);
        for n in 0..MOST as u32 {
            let _ = guesses.begin(&format!("user{n}"), peer(n), NOW);
        }
        assert!(guesses.counters.lock().unwrap().len() <= MOST);
        assert!(guesses.begin("alice", HOME, NOW).is_err());
    }
}

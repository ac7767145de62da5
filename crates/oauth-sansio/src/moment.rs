//! Time and chance, as values.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::{Secret, Tick, base64url};

/// Seconds since 1970-01-01T00:00:00Z, as OAuth 1 timestamps and JWT dates count them (RFC 7519 section 2).
///
/// Arithmetic saturates: a clock that jumps never wraps an expiry into the past or the future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The time `seconds` after the Unix epoch.
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_unix(self) -> u64 {
        self.0
    }

    /// This time and `span` more; whole seconds count.
    #[must_use]
    pub const fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.as_secs()))
    }

    /// This time and `span` less; whole seconds count.
    #[must_use]
    pub const fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span.as_secs()))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}

/// One reading of the clock and 256 bits of fresh randomness: all that a step may know of the world.
///
/// A moment is spent by use and is not `Clone`, so that no two secrets grow from one seed. Adapters make one per
/// step from the system clock and the operating system's generator; tests write it down.
#[derive(Debug)]
pub struct Moment {
    tick: Tick,
    seed: Wiped,
}

impl Moment {
    /// A moment at `now`: a [`Tick`], or the first one of a second. The seed must come from a cryptographically secure
    /// generator and be used only once.
    pub fn new(now: impl Into<Tick>, seed: [u8; 32]) -> Self {
        Self { tick: now.into(), seed: Wiped(seed) }
    }

    /// The time of this moment.
    pub fn now(&self) -> Timestamp {
        self.tick.second()
    }

    /// The time of this moment, and what has passed of its second.
    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// Spends the moment for its randomness.
    pub fn entropy(self) -> Entropy {
        Entropy { tick: self.tick, random: StdRng::from_seed(self.seed.0) }
    }
}

/// Random bytes, wiped when they are dropped.
struct Wiped([u8; 32]);

impl Drop for Wiped {
    fn drop(&mut self) {
        // As a slice, in one piece: an array is wiped byte by byte.
        self.0.as_mut_slice().zeroize();
    }
}

impl std::fmt::Debug for Wiped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wiped(..)")
    }
}

/// The randomness of one [`Moment`], drawn piece by piece.
pub struct Entropy {
    tick: Tick,
    random: StdRng,
}

impl Entropy {
    /// The next `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    /// An unguessable text: 256 random bits as 43 characters of base64url (RFC 4648 section 5).
    pub fn text(&mut self) -> Secret {
        Secret::new(base64url::encode(&Wiped(self.bytes()).0))
    }

    /// An unguessable token for a store: 43 characters of base64url, the first eight of which grow with time and
    /// the rest of which are 208 random bits.
    ///
    /// A store that keeps rows in the order of [`Digest::of_token`](crate::Digest::of_token) thereby writes new
    /// rows next to each other. The time that a token was made is no secret.
    pub fn token(&mut self) -> Secret {
        self.token_bits().text()
    }

    /// The bits of such a token, for one that is more than their text.
    pub fn token_bits(&mut self) -> TokenBits {
        TokenBits::new(self.bytes(), self.tick)
    }
}

/// What an [unguessable token](Entropy::token) is the text of. Wiped when it is dropped.
#[derive(Debug)]
pub struct TokenBits(Wiped);

impl TokenBits {
    /// Puts the time in front of bits that were derived instead of drawn.
    pub fn new(bits: [u8; 32], at: Tick) -> Self {
        let mut bits = Wiped(bits);
        // 36 bits of seconds reach the year 4147; twelve more tell the tick.
        let [_, _, front @ ..] = at.as_unix().to_be_bytes();
        if let Some(place) = bits.0.first_chunk_mut() {
            *place = front;
        }
        Self(bits)
    }

    /// The bits themselves.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }

    /// Their text: 43 characters of base64url.
    pub fn text(&self) -> Secret {
        Secret::new(base64url::encode(self.as_bytes()))
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entropy(now: impl Into<Tick>, seed: u8) -> Entropy {
        Moment::new(now, [seed; 32]).entropy()
    }

    #[test]
    fn tokens_differ_within_one_moment_and_between_moments() {
        let now = Timestamp::from_unix(1_800_000_000);
        let mut a = entropy(now, 1);
        let mut b = entropy(now, 2);
        let all = [a.token(), a.token(), a.text(), b.token(), b.text()];
        for (i, token) in all.iter().enumerate() {
            assert_eq!(token.expose().len(), 43);
            assert!(all.iter().skip(i + 1).all(|other| other != token));
        }
    }

    #[test]
    fn later_tokens_sort_after_earlier_ones_and_within_a_second_too() {
        let seconds = [0, 1, 2, 255, 256, 65_535, 65_536, 1_800_000_000, 1_800_000_001, 20_000_000_000];
        let ticks = seconds.map(Timestamp::from_unix).map(|second| {
            [0, 1_000_000, 500_000_000, 999_999_999].map(|nanoseconds| Tick::within(second, nanoseconds))
        });
        let tokens = ticks.as_flattened().iter().enumerate().map(|(n, tick)| {
            // The random bits grow smaller, so that it is not they that sort.
            crate::Digest::of_token(TokenBits::new([255 - n as u8; 32], *tick).text().expose())
        });
        assert!(tokens.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_token_starts_with_its_tick_and_all_else_is_random() {
        let tick = Tick::within(Timestamp::from_unix(1_800_000_000), 500_000_000);
        let drawn = entropy(tick, 9).bytes::<32>();
        let token = entropy(tick, 9).token_bits();
        assert_eq!(token.as_bytes()[..6], ((1_800_000_000_u64 << 12) + 2048).to_be_bytes()[2..]);
        assert_eq!(token.as_bytes()[6..], drawn[6..]);
    }

    #[test]
    fn clock_arithmetic_saturates_at_both_ends() {
        let end = Timestamp::from_unix(u64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::from_unix(1).minus(Duration::from_secs(2)), Timestamp::from_unix(0));
        assert_eq!(Timestamp::from_unix(1).since(end), Duration::ZERO);
        assert_eq!(Timestamp::from_unix(9).since(Timestamp::from_unix(4)), Duration::from_secs(5));
    }

    #[test]
    fn a_moment_does_not_print_its_seed() {
        assert!(!format!("{:?}", Moment::new(Timestamp::from_unix(3), [0xab; 32])).contains("171"));
    }
}

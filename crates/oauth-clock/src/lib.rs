//! Where moments come from.
//!
//! **What it is.** The [`Clock`] that drivers take their [`Moment`]s from: [`SystemClock`] for programs,
//! [`ManualClock`] for tests that move time. No other crate of the workspace reads the wall clock or asks the
//! machine for randomness.
//!
//! **What it is not.** It does not wait and it does not measure durations.
//!
//! ```
//! use std::time::Duration;
//! use oauth_clock::{Clock as _, ManualClock};
//! use oauth_sansio::Timestamp;
//!
//! let clock = ManualClock::at(Timestamp::from_unix(1_800_000_000));
//! clock.advance(Duration::from_secs(60));
//! assert_eq!(clock.moment()?.now(), Timestamp::from_unix(1_800_000_060));
//! # Ok::<(), oauth_clock::NoEntropy>(())
//! ```

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use oauth_sansio::{Moment, Tick, Timestamp};
#[expect(clippy::disallowed_types, reason = "the one place that asks the machine for randomness")]
use rand::rngs::SysRng;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// A source of moments.
pub trait Clock: Send + Sync + 'static {
    /// The present moment, with a seed that was never used before.
    ///
    /// # Errors
    /// When the operating system gives no randomness; a driver then answers 503 and mints nothing.
    fn moment(&self) -> Result<Moment, NoEntropy>;
}

/// The operating system gives no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct NoEntropy;

/// The system's clock and generator.
///
/// Seeds come from a generator in the process, one for each thread, which the operating system's generator seeds
/// anew every [`SEEDS_PER_RESEED`] moments: asking the system each time would cost more than the rest of a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// How many moments of one thread grow from one seed of the operating system.
pub const SEEDS_PER_RESEED: u32 = 4096;

impl Clock for SystemClock {
    fn moment(&self) -> Result<Moment, NoEntropy> {
        Ok(Moment::new(now(), seed()?))
    }
}

/// Seconds count, and milliseconds for the order of what is stored, so that it is as good to know when the kernel last
/// looked at its clock, some milliseconds ago, and takes a quarter of the time.
#[cfg(target_os = "linux")]
fn now() -> Tick {
    use rustix::time::{ClockId, clock_gettime};

    let now = clock_gettime(ClockId::RealtimeCoarse);
    let second = Timestamp::from_unix(now.tv_sec.try_into().unwrap_or_default());
    Tick::within(second, now.tv_nsec.try_into().unwrap_or_default())
}

#[cfg(not(target_os = "linux"))]
fn now() -> Tick {
    use std::time::{SystemTime, UNIX_EPOCH};

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    let now = SystemTime::now();
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Tick::within(Timestamp::from_unix(now.as_secs()), now.subsec_nanos())
}

fn seed() -> Result<[u8; 32], NoEntropy> {
    thread_local! {
        static GENERATOR: RefCell<Option<(StdRng, u32)>> = const { RefCell::new(None) };
    }
    GENERATOR.with_borrow_mut(|slot| {
        let (generator, left) = match slot {
            None | Some((_, 0)) => slot.insert((from_system()?, SEEDS_PER_RESEED)),
            Some(seeded) => seeded,
        };
        let mut seed = [0; 32];
        generator.fill_bytes(&mut seed);
        *left -= 1;
        Ok(seed)
    })
}

fn from_system() -> Result<StdRng, NoEntropy> {
    StdRng::try_from_rng(&mut SysRng).map_err(|_| NoEntropy)
}

/// A clock that stands still until it is moved, with seeds that differ but can be foreseen. For tests only.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: AtomicU64,
    seeds: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { now: AtomicU64::new(now.as_unix()), seeds: AtomicU64::new(0) }
    }

    /// Moves the clock forward; whole seconds count.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn moment(&self) -> Result<Moment, NoEntropy> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seeds.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        Ok(Moment::new(Timestamp::from_unix(self.now.load(Ordering::SeqCst)), seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_moments_share_a_seed() {
        let tokens = |clock: &dyn Clock| -> Vec<_> {
            (0..SEEDS_PER_RESEED + 10).map(|_| clock.moment().unwrap().entropy().bytes::<16>()).collect()
        };
        for mut drawn in [tokens(&SystemClock), tokens(&ManualClock::default())] {
            let count = drawn.len();
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), count);
        }
    }

    #[test]
    fn the_system_clock_is_past_the_day_this_was_written() {
        assert!(SystemClock.moment().unwrap().now() > Timestamp::from_unix(1_790_000_000));
    }
}

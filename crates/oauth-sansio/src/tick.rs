//! Time within a second.

use crate::Timestamp;

/// A time to the 4096th of a second: what tokens start with, and when something was spent.
///
/// Everything that a protocol tells or compares is a whole [`Timestamp`]. This is for the order in which a store keeps
/// what was made within one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick {
    second: Timestamp,
    fraction: u16,
}

impl Tick {
    /// How many there are in a second.
    pub const PER_SECOND: u16 = 1 << 12;

    /// The last one that has begun so many nanoseconds after a second has; the second's last one at most.
    pub fn within(second: Timestamp, nanoseconds: u32) -> Self {
        let ticks = u64::from(nanoseconds) * u64::from(Self::PER_SECOND) / 1_000_000_000;
        let last = Self::PER_SECOND - 1;
        Self { second, fraction: u16::try_from(ticks).unwrap_or(last).min(last) }
    }

    /// So many ticks after the Unix epoch.
    pub const fn from_unix(ticks: u64) -> Self {
        let per_second = Self::PER_SECOND as u64;
        Self { second: Timestamp::from_unix(ticks / per_second), fraction: (ticks % per_second) as u16 }
    }

    /// Ticks since the Unix epoch; what is later than they can say is at their end.
    pub const fn as_unix(self) -> u64 {
        let seconds = self.second.as_unix().saturating_mul(Self::PER_SECOND as u64);
        seconds.saturating_add(self.fraction as u64)
    }

    /// The second that it is in.
    pub const fn second(self) -> Timestamp {
        self.second
    }
}

/// The first tick of a second.
impl From<Timestamp> for Tick {
    fn from(second: Timestamp) -> Self {
        Self { second, fraction: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_in_its_second_from_the_first_nanosecond_to_the_last() {
        let second = Timestamp::from_unix(1_800_000_000);
        for (nanoseconds, fraction) in
            [(0, 0), (244_140, 0), (244_141, 1), (999_999_999, 4095), (u32::MAX, 4095)]
        {
            let tick = Tick::within(second, nanoseconds);
            assert_eq!(tick, Tick::from_unix((1_800_000_000 << 12) + fraction), "{nanoseconds}");
            assert_eq!(tick.second(), second);
        }
        assert_eq!(Tick::from(second), Tick::within(second, 0));
    }

    #[test]
    fn the_end_of_time_is_as_late_as_can_be_told() {
        let end = Timestamp::from_unix(u64::MAX);
        assert_eq!([Tick::from(end), Tick::within(end, 999_999_999)].map(Tick::as_unix), [u64::MAX; 2]);
        assert_eq!(Tick::from(end).second(), end);
    }
}

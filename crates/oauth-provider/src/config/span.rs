//! Spans of time, as people write them: `90s`, `10m`, `12h`, `30d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A span of whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(Duration);

/// A text that is no [`Span`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no span of time: write a number with s, m, h or d behind it, as in `10m`, and at most 36500d"
)]
pub struct SpanError(String);

/// What a span may be written in, the largest first.
const UNITS: [(char, u64); 4] = [('d', 24 * 60 * 60), ('h', 60 * 60), ('m', 60), ('s', 1)];

impl Span {
    const LONGEST: u64 = 36_500 * 24 * 60 * 60;

    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// So many days.
    pub const fn days(days: u64) -> Self {
        Self::seconds(days * 24 * 60 * 60)
    }

    /// As the standard library has it.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let read = || {
            let (unit, length) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
            let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(length).filter(|seconds| *seconds <= Self::LONGEST)
        };
        read().map(Self::seconds).ok_or_else(|| SpanError(text.to_owned()))
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

/// In the largest unit that it is a whole number of.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let fits = |(_, length): &(char, u64)| seconds.is_multiple_of(*length) && seconds > 0;
        let (unit, length) = UNITS.into_iter().find(fits).unwrap_or(('s', 1));
        write!(f, "{}{unit}", seconds / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for text in ["0s", "90s", "10m", "36h", "30d", "36500d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("3600s".parse::<Span>().unwrap().to_string(), "1h");
        for wrong in ["", "10", "m", "-1m", "1.5h", "10 m", "10M", "36501d", "99999999999999999999d", "1h30m"]
        {
            assert_eq!(wrong.parse::<Span>(), Err(SpanError(wrong.into())), "{wrong}");
        }
    }
}

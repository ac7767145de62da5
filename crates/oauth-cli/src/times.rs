//! Times in words.

use std::time::{Duration, UNIX_EPOCH};

use oauth_sansio::Timestamp;

/// The last second that has a date of four digits.
const LAST: u64 = 253_402_300_799;

/// A time as a date, and how far it is.
pub(crate) fn told(time: Timestamp, now: Timestamp) -> String {
    match time.as_unix() {
        seconds if seconds > LAST => "after the year 9999".to_owned(),
        seconds => {
            let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            format!("{date}, {}", distance(time, now))
        }
    }
}

/// How far a time is.
pub(crate) fn distance(time: Timestamp, now: Timestamp) -> String {
    match time.as_unix().cmp(&now.as_unix()) {
        std::cmp::Ordering::Equal => "now".to_owned(),
        std::cmp::Ordering::Greater => format!("in {}", span(time.since(now))),
        std::cmp::Ordering::Less => format!("{} ago", span(now.since(time))),
    }
}

/// A span in its largest unit.
pub(crate) fn span(span: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = span.as_secs();
    // Below two of a unit the next smaller one says more.
    let (size, unit) = UNITS.into_iter().find(|(size, _)| seconds >= 2 * size).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words_from_one_end_to_the_other() {
        let now = Timestamp::from_unix(1_800_000_000);
        for (seconds, words) in [
            (1_800_000_000, "Fri, 15 Jan 2027 08:00:00 GMT, now"),
            (1_800_000_001, "Fri, 15 Jan 2027 08:00:01 GMT, in 1 second"),
            (1_799_999_881, "Fri, 15 Jan 2027 07:58:01 GMT, 119 seconds ago"),
            (1_800_007_199, "Fri, 15 Jan 2027 09:59:59 GMT, in 119 minutes"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT, 20833 days ago"),
            (u64::MAX, "after the year 9999"),
        ] {
            assert_eq!(told(Timestamp::from_unix(seconds), now), words);
        }
        assert!(told(Timestamp::from_unix(LAST), now).starts_with("Fri, 31 Dec 9999"));
    }
}

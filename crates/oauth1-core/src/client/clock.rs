//! What a refusal tells of the provider's clock (RFC 5849 section 3.3 wants the two to agree).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Response, StatusCode, header::DATE};
use oauth_sansio::Timestamp;

use super::answer::{problem, told};

/// A day: clocks are wrong by minutes or by time zones. What is said to be further off is not believed.
pub const MAX_CLOCK_OFFSET: i64 = 86_400;

/// The seconds to add to our clock so that it agrees with the provider's, from a refusal at this time: the
/// `oauth_acceptable_timestamps` of a problem report, or the `Date` header. `None` where it says nothing that could be
/// believed, or where something else than the timestamp was refused.
pub fn clock_offset(response: &Response<Bytes>, now: Timestamp) -> Option<i64> {
    if response.status() != StatusCode::UNAUTHORIZED
        || problem(response).is_some_and(|problem| problem != "timestamp_refused")
    {
        return None;
    }
    let theirs = match told(response, "oauth_acceptable_timestamps") {
        Some(range) => middle(&range)?,
        None => date(response)?,
    };
    let offset = i64::try_from(theirs).ok()?.checked_sub_unsigned(now.as_unix())?;
    (-MAX_CLOCK_OFFSET..=MAX_CLOCK_OFFSET).contains(&offset).then_some(offset)
}

/// The middle of `1799999700-1800000300`.
fn middle(range: &str) -> Option<u64> {
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some(first + last.checked_sub(first)? / 2)
}

/// RFC 9110 section 6.6.1.
fn date(response: &Response<Bytes>) -> Option<u64> {
    let date = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
    date.duration_since(SystemTime::UNIX_EPOCH).as_ref().map(Duration::as_secs).ok()
}

//! How long an answer may be kept (RFC 9111 section 4.2).

use std::time::Duration;

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL},
};

use super::Caching;

/// For how long from now on. What the answer says counts within bounds: a floor, so that nobody can have the server ask
/// at each request, and a ceiling, so that what has changed is seen.
pub(super) fn lifetime(headers: &HeaderMap, caching: &Caching) -> Duration {
    let said = said(headers).unwrap_or(caching.unsaid);
    said.clamp(caching.shortest, caching.longest.max(caching.shortest))
}

/// For how long the answer itself says.
pub(crate) fn said(headers: &HeaderMap) -> Option<Duration> {
    max_age(headers).map(|seconds| Duration::from_secs(seconds.saturating_sub(age(headers))))
}

/// The least that is said; nothing at all for what must not be kept.
fn max_age(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives = values.flat_map(|value| value.split(','));
    let seconds = directives.filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Some(0),
            // What is no number is stale (RFC 9111 section 4.2.1).
            "max-age" => Some(value.trim().trim_matches('"').parse().unwrap_or(0)),
            _ => None,
        }
    });
    seconds.min()
}

fn age(headers: &HeaderMap) -> u64 {
    let age = headers.get(AGE).and_then(|value| value.to_str().ok());
    age.and_then(|age| age.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn what_the_answer_says_counts_within_bounds() {
        let caching = Caching::default();
        let (shortest, longest) = (caching.shortest.as_secs(), caching.longest.as_secs());
        for (fields, expected) in [
            (&[][..], caching.unsaid.as_secs()),
            (&[(CACHE_CONTROL, "max-age=600")], 600),
            (&[(CACHE_CONTROL, "public, Max-Age=\"600\"")], 600),
            (&[(CACHE_CONTROL, "max-age=600"), (AGE, "500")], 100),
            (&[(CACHE_CONTROL, "max-age=600"), (AGE, "700")], shortest),
            (&[(CACHE_CONTROL, "max-age=900"), (CACHE_CONTROL, "max-age=600")], 600),
            (&[(CACHE_CONTROL, "max-age=0")], shortest),
            (&[(CACHE_CONTROL, "no-store, max-age=600")], shortest),
            (&[(CACHE_CONTROL, "no-cache")], shortest),
            (&[(CACHE_CONTROL, "max-age=-5")], shortest),
            (&[(CACHE_CONTROL, "max-age=99999999999")], longest),
            (&[(CACHE_CONTROL, "max-age=99999999999999999999999")], shortest),
            (&[(CACHE_CONTROL, "private")], caching.unsaid.as_secs()),
        ] as [(&[(HeaderName, &str)], u64); 13]
        {
            let headers: HeaderMap = HeaderMap::new();
            let headers = fields.iter().fold(headers, |mut headers, (name, value)| {
                headers.append(name, HeaderValue::from_str(value).unwrap());
                headers
            });
            assert_eq!(lifetime(&headers, &caching).as_secs(), expected, "{fields:?}");
        }
    }
}

//! Whether a request comes from a script of our own page (RFC 10017 section 6.1.3.3).

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::BackendError;

/// A header that no page sends by accident: a script of another origin may set it only where it is allowed to, and here
/// nobody is.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-csrf");

/// What the browser itself says of who sent a request.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether our own page sent it. The cookie alone would not say so: `SameSite` takes hosts with a common domain for one
/// site, and what is at one of them may be somebody else's.
pub(super) fn sent(headers: &HeaderMap, header: &HeaderName, origin: &str) -> bool {
    let is_unless_absent =
        |name, expected: &str| headers.get_all(name).iter().all(|value: &HeaderValue| value == expected);
    headers.contains_key(header)
        && is_unless_absent(header::ORIGIN, origin)
        && is_unless_absent(FETCH_SITE, "same-origin")
}

/// A header that proves it.
///
/// # Errors
/// [`BackendError::Header`] for one that browsers send by themselves, or let any page set (Fetch, section 2.2.2), or that
/// proxies add.
pub(super) fn checked(name: HeaderName) -> Result<HeaderName, BackendError> {
    const PREFIXES: [&str; 5] = ["accept", "content-", "proxy-", "sec-", "x-forwarded-"];
    let is_proof =
        !ANYBODYS.contains(&name) && !PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix));
    is_proof.then_some(name).ok_or(BackendError::Header)
}

static ANYBODYS: [HeaderName; 17] = [
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::COOKIE,
    header::DATE,
    header::DNT,
    header::EXPECT,
    header::FORWARDED,
    header::HOST,
    header::ORIGIN,
    header::PRAGMA,
    header::RANGE,
    header::REFERER,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
    header::VIA,
];

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://app.example";

    fn is_sent(headers: &[(&'static str, &'static str)]) -> bool {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        sent(&headers.iter().map(pair).collect(), &HEADER, ORIGIN)
    }

    #[test]
    fn l28_only_a_script_of_our_own_page_is_listened_to() {
        let csrf = ("x-csrf", "1");
        assert!(is_sent(&[csrf]));
        assert!(is_sent(&[csrf, ("origin", ORIGIN), ("sec-fetch-site", "same-origin")]));
        for other in [
            ("origin", "https://evil.example"),
            ("origin", "https://app.example.evil.example"),
            ("origin", "https://other.app.example"),
            ("origin", "http://app.example"),
            ("origin", "https://app.example:8443"),
            ("origin", "null"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
        ] {
            assert!(!is_sent(&[csrf, other]), "{other:?}");
        }
        assert!(!is_sent(&[csrf, ("origin", ORIGIN), ("sec-fetch-site", "cross-site")]));
        assert!(!is_sent(&[("origin", ORIGIN), ("sec-fetch-site", "same-origin")]), "without the header");
    }

    #[test]
    fn l28_what_any_page_may_send_proves_nothing() {
        for name in
            ["accept", "content-type", "range", "origin", "user-agent", "sec-fetch-site", "x-forwarded-for"]
        {
            assert_eq!(checked(HeaderName::from_static(name)), Err(BackendError::Header), "{name}");
        }
        assert_eq!(checked(HEADER), Ok(HEADER));
    }
}

//! What a browser brings in its cookies (RFC 6265 section 5.4).

use http::{HeaderMap, header::COOKIE};

/// All of them, names and values, in the order in which they came.
pub fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim_matches(' ').split_once('='))
}

/// The value of one. When it came twice, one of the two was planted by someone, so neither counts; an empty one is none.
///
/// ```
/// use oauth_sansio::{cookies, http::{HeaderMap, HeaderValue, header::COOKIE}};
///
/// let brought = |line| HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(line))]);
/// assert_eq!(cookies::one(&brought("a=1; b=2"), "b"), Some("2"));
/// assert_eq!(cookies::one(&brought("b=1; b=2"), "b"), None);
/// ```
pub fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = pairs(headers).filter(|(other, _)| *other == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value),
        _ => None,
    }
}

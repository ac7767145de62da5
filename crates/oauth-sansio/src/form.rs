//! `application/x-www-form-urlencoded`, as RFC 6749 appendix B and RFC 5849 section 3.4.1.3 read it.

use std::borrow::Cow;

use http::{HeaderMap, header::CONTENT_TYPE};
use memchr::{memchr, memchr2};

use crate::percent::{self, DecodeError};

/// How large a form may be. Checked before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes of the whole form.
    pub bytes: usize,
    /// Number of parameters.
    pub parameters: usize,
    /// Bytes of one name, encoded.
    pub name: usize,
    /// Bytes of one value, encoded.
    pub value: usize,
}

impl Default for Limits {
    /// 64 KiB, 100 parameters, names of 128 bytes, values of 16 KiB.
    fn default() -> Self {
        Self { bytes: 64 * 1024, parameters: 100, name: 128, value: 16 * 1024 }
    }
}

/// Why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The bytes are not UTF-8 before decoding.
    #[error("the form is not UTF-8")]
    Utf8,
    /// A name or value does not decode.
    #[error("a parameter does not decode: {0}")]
    Encoding(#[from] DecodeError),
    /// More bytes than [`Limits::bytes`].
    #[error("the form is too long")]
    TooLong,
    /// More parameters than [`Limits::parameters`].
    #[error("the form has too many parameters")]
    TooMany,
    /// A name longer than [`Limits::name`] or a value longer than [`Limits::value`].
    #[error("a parameter is too long")]
    ParameterTooLong,
    /// A parameter that may come once came again.
    #[error("a parameter is repeated")]
    Repeated,
}

/// A parsed form: names and values, decoded once, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    /// Parses a body or a query.
    ///
    /// A parameter without `=` has an empty value; an empty piece between two `&` is no parameter; `;` separates
    /// nothing.
    ///
    /// ```
    /// use oauth_sansio::form::{Form, Limits};
    ///
    /// let form = Form::parse(b"grant_type=refresh_token&scope=a+b%26c", &Limits::default())?;
    /// assert_eq!(form.one("scope")?, Some("a b&c"));
    /// # Ok::<(), oauth_sansio::form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// On anything over a limit, on a stray `%`, on bytes that are not UTF-8.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, FormError> {
        if bytes.len() > limits.bytes {
            return Err(FormError::TooLong);
        }
        let mut rest = std::str::from_utf8(bytes).map_err(|_| FormError::Utf8)?;
        let is_plain = memchr2(b'%', b'+', bytes).is_none();
        let decode = |text| if is_plain { Ok(Cow::Borrowed(text)) } else { decode(text) };
        let mut pairs = Vec::with_capacity(8.min(limits.parameters));
        while !rest.is_empty() {
            let (piece, behind) = cut(rest, b'&').unwrap_or((rest, ""));
            rest = behind;
            if piece.is_empty() {
                continue;
            }
            if pairs.len() == limits.parameters {
                return Err(FormError::TooMany);
            }
            let (name, value) = halves(piece).unwrap_or((piece, ""));
            if name.len() > limits.name || value.len() > limits.value {
                return Err(FormError::ParameterTooLong);
            }
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter that may come at most once. An empty value counts as absent
    /// (RFC 6749 section 3.1).
    ///
    /// # Errors
    /// [`FormError::Repeated`] when it came more than once, equal or not.
    pub fn one(&self, name: &str) -> Result<Option<&str>, FormError> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(FormError::Repeated),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Every value of a parameter, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_ref())
    }

    /// All parameters, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Whether any name comes more than once (RFC 6749 section 3.1 forbids it).
    pub fn has_repeats(&self) -> bool {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Cow<'a, str>)> for Form<'a> {
    /// A form of parameters that came in another way.
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Appends `name=value` to a form or to a URL with a query, with `&` in front unless it is the first.
///
/// A `?` at the end is taken for the one that begins the query: behind a query from elsewhere, which may end in a `?`
/// of its own, write the `&` yourself.
///
/// ```
/// let mut body = String::new();
/// oauth_sansio::form::append(&mut body, "scope", "read photos");
/// oauth_sansio::form::append(&mut body, "state", "1&2");
/// assert_eq!(body, "scope=read+photos&state=1%262");
/// ```
pub fn append(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() && !out.ends_with(['?', '&']) {
        out.push('&');
    }
    encode_into(out, name);
    out.push('=');
    encode_into(out, value);
}

/// A form of these parameters.
pub fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        append(&mut out, name.as_ref(), value.as_ref());
    }
    out
}

/// Appends one name or value: letters, digits and `*-._` stay, a space becomes `+`, the rest is escaped.
pub fn encode_into(out: &mut String, text: &str) {
    const PLAIN: [bool; 256] = percent::plain(b"*-._");
    percent::write_runs(out, text, &PLAIN, |byte| if byte == b' ' { "+" } else { percent::escape(byte) });
}

/// Reads one name or value: `+` is a space.
///
/// # Errors
/// On a stray `%` and on bytes that are not UTF-8.
pub fn decode(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    match memchr2(b'%', b'+', text.as_bytes()) {
        None => Ok(Cow::Borrowed(text)),
        Some(_) => percent::unescape(text, true).map(Cow::Owned),
    }
}

/// What stands before and behind the first of these ASCII characters.
fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let (before, behind) = text.split_at_checked(memchr(at, text.as_bytes())?)?;
    Some((before, behind.get(1..)?))
}

/// Name and value. A name is short, so it is read byte by byte.
fn halves(piece: &str) -> Option<(&str, &str)> {
    let (name, value) = piece.split_at_checked(piece.bytes().position(|byte| byte == b'=')?)?;
    Some((name, value.get(1..)?))
}

/// Whether a `Content-Type` names this format, whatever its case and parameters (RFC 9110 section 8.3.1).
pub fn is_form(content_type: &str) -> bool {
    let (essence, _) = cut(content_type, b';').unwrap_or((content_type, ""));
    essence.trim_matches([' ', '\t']).eq_ignore_ascii_case(MEDIA_TYPE)
}

/// Whether any `Content-Type` of a message names this format. Whoever signs a form, verifies it or reads it for either
/// asks this, so that none of them takes for a form what another does not.
pub fn is_declared(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_TYPE).iter().any(|value| value.to_str().is_ok_and(is_form))
}

/// The media type of a form.
pub const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Form<'_>, FormError> {
        Form::parse(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn names_without_values_and_empty_pieces() {
        let form = parse("&a&b=&=c&d==e;f&&").unwrap();
        let pairs: Vec<_> = form.pairs().collect();
        assert_eq!(pairs, [("a", ""), ("b", ""), ("", "c"), ("d", "=e;f")]);
        assert_eq!(form.one("b").unwrap(), None);
    }

    #[test]
    fn z01_a_form_over_a_limit_is_refused_before_it_is_decoded() {
        let limits = Limits { bytes: 40, parameters: 2, name: 4, value: 6 };
        let parse = |text: &str| Form::parse(text.as_bytes(), &limits).map(drop);
        assert_eq!(parse("a=1&b=2"), Ok(()));
        assert_eq!(parse("a=1&b=2&c=3"), Err(FormError::TooMany));
        assert_eq!(parse("abcde=1"), Err(FormError::ParameterTooLong));
        assert_eq!(parse("a=1234567"), Err(FormError::ParameterTooLong));
        assert_eq!(parse(&"&".repeat(41)), Err(FormError::TooLong));
        assert_eq!(Form::parse(b"a=\xff", &limits), Err(FormError::Utf8));
        assert_eq!(parse("a=%ff"), Err(FormError::Encoding(DecodeError::Utf8)));
        assert_eq!(parse("a=%f"), Err(FormError::Encoding(DecodeError::Escape)));
    }

    #[test]
    fn a_hundred_thousand_parameters_are_refused() {
        assert_eq!(parse(&"a&".repeat(30_000)), Err(FormError::TooMany));
        assert_eq!(parse(&"a&".repeat(100_000)), Err(FormError::TooLong));
    }

    #[test]
    fn repeats_are_seen_through_different_encodings() {
        let form = parse("client%5Fid=a&client_id=a").unwrap();
        assert!(form.has_repeats());
        assert_eq!(form.one("client_id"), Err(FormError::Repeated));
        assert!(!parse("a=1&b=1").unwrap().has_repeats());
    }

    #[test]
    fn media_type_is_read_as_a_media_type() {
        for yes in [MEDIA_TYPE, "Application/X-WWW-Form-Urlencoded ; charset=utf-8"] {
            assert!(is_form(yes));
        }
        for no in ["", "application/json", "application/x-www-form-urlencoded2", "text/x; application/x"] {
            assert!(!is_form(no));
        }
    }

    #[test]
    fn one_of_several_content_types_is_enough_to_be_a_form() {
        let declared = |types: &[&'static str]| {
            let header = |value: &&'static str| (CONTENT_TYPE, http::HeaderValue::from_static(value));
            is_declared(&types.iter().map(header).collect())
        };
        assert!(declared(&[MEDIA_TYPE]) && declared(&["application/json", MEDIA_TYPE]));
        assert!(!declared(&[]) && !declared(&["application/json"]));
    }

    proptest::proptest! {
        #[test]
        fn parsing_undoes_encoding(pairs in proptest::collection::vec((".{1,8}", ".{0,20}"), 0..6)) {
            let text = encode(pairs.iter().map(|(n, v)| (n, v)));
            let form = parse(&text).unwrap();
            let read: Vec<_> = form.pairs().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            proptest::prop_assert_eq!(read, pairs);
        }

        #[test]
        fn any_bytes_parse_or_are_refused(bytes: Vec<u8>) {
            let _ = Form::parse(&bytes, &Limits::default());
        }
    }
}

//! `Authorization: OAuth …`, to the letter of RFC 5849 section 3.5.1.
//!
//! The general grammar of RFC 9110 allows more: values without quotes, empty list elements, space around `=`. A
//! signed request is written by a program, and what two parsers may read in two ways is refused.

use std::borrow::Cow;

use oauth_sansio::auth::{MAX_HEADER_BYTES, MAX_PARAMETERS, scheme_of};

use super::{
    ReadError,
    class::{self, EQUALS, Kinds, UNQUOTABLE},
    text::Text,
};

/// The parameters of an `Authorization: OAuth …` header, decoded, for whoever wants to look at one by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationHeader {
    /// The `realm`, which is not signed.
    pub realm: Option<String>,
    /// All other parameters, in the order they came.
    pub parameters: Vec<(String, String)>,
}

impl AuthorizationHeader {
    /// Reads a header value; `None` when its scheme is not `OAuth`.
    ///
    /// # Errors
    /// When the value does not follow the grammar, repeats a parameter, or does not decode.
    pub fn parse(value: &[u8]) -> Result<Option<Self>, ReadError> {
        let Some(mut header) = Reader::new(value)? else { return Ok(None) };
        let (mut parameters, mut realm) = (Vec::<(String, String)>::new(), None);
        while let Some(next) = header.next()? {
            match next {
                Next::Realm(text) if realm.is_none() => realm = Some(text.into_owned()),
                Next::Realm(_) => return Err(ReadError::Repeated),
                Next::Parameter(name, value) => {
                    let (mut decoded, mut decoded_value) = (String::new(), String::new());
                    name.decode_into(&mut decoded)?;
                    value.decode_into(&mut decoded_value)?;
                    if parameters.iter().any(|(name, _)| *name == decoded) {
                        return Err(ReadError::Repeated);
                    }
                    parameters.push((decoded, decoded_value));
                }
            }
        }
        Ok(Some(Self { realm, parameters }))
    }
}

/// Names only: the values are credentials.
impl std::fmt::Debug for AuthorizationHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationHeader").field("realm", &self.realm).finish_non_exhaustive()
    }
}

/// Reads one parameter after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    read: usize,
}

/// What a header holds.
pub(super) enum Next<'a> {
    /// The realm, a quoted string of HTTP (RFC 9110 section 5.6.4).
    Realm(Cow<'a, str>),
    /// A name and a value in percent-encoding.
    Parameter(Text<'a>, Text<'a>),
}

impl<'a> Reader<'a> {
    /// A reader, or `None` when the scheme is not `OAuth`.
    pub(super) fn new(value: &'a [u8]) -> Result<Option<Self>, ReadError> {
        let scheme = scheme_of(std::str::from_utf8(value.get(..6).unwrap_or(value)).unwrap_or_default());
        if !scheme.eq_ignore_ascii_case("OAuth") {
            return Ok(None);
        }
        if value.len() > MAX_HEADER_BYTES {
            return Err(ReadError::TooLarge);
        }
        let rest = value.get(scheme.len()..).unwrap_or_default();
        let mut reader = Self { rest, read: 0 };
        // RFC 9110 section 11.4: one or more spaces, and no other white space.
        if reader.take_while(|byte| byte == b' ').is_empty() || reader.rest.is_empty() {
            return Err(ReadError::MalformedHeader);
        }
        Ok(Some(reader))
    }

    /// The next parameter; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Next<'a>>, ReadError> {
        if self.read > 0 {
            self.white_space();
            if self.rest.is_empty() {
                return Ok(None);
            }
            self.eat(b',')?;
            self.white_space();
        }
        self.read += 1;
        if self.read > MAX_PARAMETERS {
            return Err(ReadError::TooLarge);
        }
        let (name, name_kinds) = self.until(EQUALS | UNQUOTABLE);
        if name.is_empty() || !(name_kinds == 0 || name.iter().all(|byte| is_name(*byte))) {
            return Err(ReadError::MalformedHeader);
        }
        self.eat(b'=')?;
        self.eat(b'"')?;
        if name.eq_ignore_ascii_case(b"realm") {
            return self.quoted_rest().map(|realm| Some(Next::Realm(realm)));
        }
        // A percent-encoded value is printable; a space must have been `%20` (RFC 5849 section 3.6).
        let (value, value_kinds) = self.until(UNQUOTABLE);
        self.eat(b'"')?;
        Ok(Some(Next::Parameter(Text::percent(name, name_kinds), Text::percent(value, value_kinds))))
    }

    /// A quoted string behind its opening quote.
    fn quoted_rest(&mut self) -> Result<Cow<'a, str>, ReadError> {
        let plain = self.take_while(is_quoted);
        let mut text = Cow::Borrowed(utf8(plain)?);
        while self.eat(b'"').is_err() {
            self.eat(b'\\')?;
            let (escaped, rest) = self.rest.split_first().ok_or(ReadError::MalformedHeader)?;
            if !matches!(escaped, b'"' | b'\\') && !is_quoted(*escaped) {
                return Err(ReadError::MalformedHeader);
            }
            // The escaped byte and what follows it are read together: it may begin a character of several bytes.
            let len = 1 + rest.iter().position(|byte| !is_quoted(*byte)).unwrap_or(rest.len());
            let (run, rest) = self.rest.split_at_checked(len).ok_or(ReadError::MalformedHeader)?;
            text.to_mut().push_str(utf8(run)?);
            self.rest = rest;
        }
        Ok(text)
    }

    fn white_space(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    fn eat(&mut self, byte: u8) -> Result<(), ReadError> {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                Ok(())
            }
            _ => Err(ReadError::MalformedHeader),
        }
    }

    fn until(&mut self, stop: Kinds) -> (&'a [u8], Kinds) {
        let (taken, kinds, rest) = class::until(stop, self.rest);
        self.rest = rest;
        (taken, kinds)
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !accept(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    std::str::from_utf8(bytes).map_err(|_| ReadError::MalformedHeader)
}

/// A percent-encoded name is a `token` of RFC 9110 section 5.6.2.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `qdtext` (RFC 9110 section 5.6.4).
fn is_quoted(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\\' | 0x7f) && (byte >= 0x20 || byte == b'\t')
}

//! The signature base string (RFC 5849 section 3.4.1).

use std::{borrow::Cow, cmp::Ordering};

use oauth_sansio::percent::DecodeError;
use smallvec::SmallVec;

use super::{
    Origin,
    text::{Text, pairs},
    writer::Writer,
};

/// The parameters of a request on their way into its base string.
///
/// They are borrowed as they are; sorting moves references, and the text is written once, at the end.
///
/// ```
/// use oauth1_core::signature::{BaseString, Origin};
/// use url::Url;
///
/// let mut base = BaseString::default();
/// base.form(b"b=1&a=x+y");
/// base.parameter("oauth_nonce", "7d8f3e4a");
/// let origin = Origin::new(&Url::parse("http://EXAMPLE.COM:80")?)?;
/// let text = base.write("get", &origin, "/request")?;
/// assert_eq!(text, "GET&http%3A%2F%2Fexample.com%2Frequest&a%3Dx%2520y%26b%3D1%26oauth_nonce%3D7d8f3e4a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct BaseString<'a> {
    parameters: SmallVec<[Parameter<'a>; 72]>,
}

impl<'a> BaseString<'a> {
    /// Adds a parameter that is not encoded.
    pub fn parameter(&mut self, name: &'a str, value: &'a str) {
        self.push(Text::plain(name), Text::plain(value));
    }

    /// Adds the parameters of a query or of a form body (RFC 5849 section 3.4.1.3.1).
    ///
    /// A parameter without `=` has an empty value; an empty piece between two `&` is no parameter.
    pub fn form(&mut self, bytes: &'a [u8]) {
        self.take(bytes);
    }

    /// As [`form`](Self::form); tells whether one of the names is the protocol's.
    pub(super) fn take(&mut self, form: &'a [u8]) -> bool {
        self.expect(form, usize::MAX);
        pairs(form).fold(false, |found, (name, value)| self.push(name, value) | found)
    }

    /// Writes the base string of a request to `path` at `origin`, sorted and encoded (RFC 5849 sections 3.4.1.1 and
    /// 3.4.1.3.2). A parameter called `oauth_signature` is left out.
    ///
    /// # Errors
    /// When a form has a `%` that is not followed by two hexadecimal digits.
    pub fn write(mut self, method: &str, origin: &Origin, path: &str) -> Result<String, DecodeError> {
        self.write_over(String::new(), 0, method, |out| origin.write_base_uri(out, path))
    }

    /// As [`write`](Self::write), in the memory of another text and with some to spare.
    pub(super) fn write_over(
        &mut self,
        memory: String,
        spare: usize,
        method: &str,
        write_uri: impl FnOnce(&mut Writer),
    ) -> Result<String, DecodeError> {
        let parameters: usize =
            self.parameters.iter().map(|p| p.name.len_hint() + p.value.len_hint() + 6).sum();
        let room = parameters + method.len() + 256 + spare;
        let mut out = Writer::over(memory.into_bytes(), room);
        // RFC 5849 section 3.4.1.1: the method in upper case, the base string URI, the parameters.
        out.once(upper_case(method).as_bytes());
        out.bare(b"&");
        write_uri(&mut out);
        out.bare(b"&");
        // RFC 5849 section 3.4.1.3.2: by encoded name, then by encoded value.
        self.parameters.sort_unstable();
        let mut first = true;
        for parameter in &self.parameters {
            if !first {
                out.escape(b'&');
            }
            first = false;
            parameter.name.write_twice(&mut out);
            out.escape(b'=');
            parameter.value.write_twice(&mut out);
        }
        String::from_utf8(out.finish()?).map_err(|_| DecodeError::Utf8)
    }

    /// Makes room for the parameters of a form at once, but for no more than so many.
    pub(super) fn expect(&mut self, form: &[u8], most: usize) {
        self.parameters.reserve((memchr::memchr_iter(b'&', form).count() + 1).min(most));
    }

    /// Adds a parameter; tells whether its name is the protocol's (RFC 5849 section 3.2).
    pub(super) fn push(&mut self, name: Text<'a>, value: Text<'a>) -> bool {
        let parameter = Parameter::new(name, value);
        let is_protocol = parameter.is_protocol();
        // RFC 5849 section 3.4.1.3.1: the signature does not sign itself.
        if !(is_protocol && name.is(b"oauth_signature")) {
            self.parameters.push(parameter);
        }
        is_protocol
    }

    /// Whether a name that begins with `prefix` comes twice.
    pub(super) fn repeats(&mut self, prefix: &[u8]) -> bool {
        self.parameters.sort_unstable();
        self.parameters.windows(2).any(|pair| match pair {
            [a, b] => {
                a.prefix == b.prefix && a.name.starts_with(prefix) && a.name.octets().eq(b.name.octets())
            }
            _ => false,
        })
    }
}

fn upper_case(method: &str) -> Cow<'_, str> {
    match method.bytes().any(|byte| byte.is_ascii_lowercase()) {
        true => method.to_ascii_uppercase().into(),
        false => method.into(),
    }
}

/// Only how many parameters there are: they may hold anything.
impl std::fmt::Debug for BaseString<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BaseString").field("parameters", &self.parameters.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
struct Parameter<'a> {
    /// The first sixteen bytes of the encoded name: what nearly every comparison needs.
    prefix: u128,
    name: Text<'a>,
    value: Text<'a>,
}

impl<'a> Parameter<'a> {
    fn new(name: Text<'a>, value: Text<'a>) -> Self {
        Self { prefix: name.prefix(), name, value }
    }

    /// Whether the name begins with `oauth_`, which no encoding changes.
    fn is_protocol(&self) -> bool {
        const PREFIX: u128 = u128::from_be_bytes(*b"oauth_\0\0\0\0\0\0\0\0\0\0");
        (self.prefix ^ PREFIX) >> 80 == 0
    }
}

impl Ord for Parameter<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.prefix
            .cmp(&other.prefix)
            .then_with(|| self.name.encoded().cmp(other.name.encoded()))
            .then_with(|| self.value.encoded().cmp(other.value.encoded()))
    }
}

impl PartialOrd for Parameter<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Parameter<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Parameter<'_> {}

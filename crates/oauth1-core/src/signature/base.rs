//! The signature base string (RFC 5849 section 3.4.1).

use std::cmp::Ordering;

use oauth_sansio::percent::DecodeError;
use smallvec::SmallVec;

use super::{
    Origin,
    text::{self, Text},
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
/// base.form(b"b=1&a=x+y")?;
/// base.parameter("oauth_nonce", "7d8f3e4a");
/// let origin = Origin::new(&Url::parse("http://EXAMPLE.COM:80")?)?;
/// let text = base.write("get", &origin, "/request");
/// assert_eq!(text, "GET&http%3A%2F%2Fexample.com%2Frequest&a%3Dx%2520y%26b%3D1%26oauth_nonce%3D7d8f3e4a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct BaseString<'a> {
    parameters: SmallVec<[Parameter<'a>; 24]>,
}

impl<'a> BaseString<'a> {
    /// Adds a parameter that is not encoded.
    pub fn parameter(&mut self, name: &'a str, value: &'a str) {
        self.push(Text::plain(name), Text::plain(value));
    }

    /// Adds the parameters of a query or of a form body (RFC 5849 section 3.4.1.3.1).
    ///
    /// A parameter without `=` has an empty value; an empty piece between two `&` is no parameter.
    ///
    /// # Errors
    /// On a `%` that is not followed by two hexadecimal digits.
    pub fn form(&mut self, bytes: &'a [u8]) -> Result<(), DecodeError> {
        for (name, value) in pieces(bytes) {
            self.push(Text::form(name)?, Text::form(value)?);
        }
        Ok(())
    }

    /// Writes the base string of a request to `path` at `origin`, sorted and encoded (RFC 5849 sections 3.4.1.1 and
    /// 3.4.1.3.2). A parameter called `oauth_signature` is left out.
    pub fn write(mut self, method: &str, origin: &Origin, path: &str) -> String {
        self.write_with_room(method, origin, path, 0)
    }

    /// As [`write`](Self::write), with room for so many bytes behind it.
    pub(super) fn write_with_room(
        &mut self,
        method: &str,
        origin: &Origin,
        path: &str,
        room: usize,
    ) -> String {
        let parameters = self.parameters.iter().map(|p| p.name.len_hint() + p.value.len_hint() + 6);
        let uri = origin.as_str().len() + path.len();
        let mut out =
            Vec::with_capacity(parameters.sum::<usize>() + method.len() + uri + uri / 4 + 16 + room);
        self.write_into(&mut out, method, origin, path);
        // Only ASCII was written.
        String::from_utf8(out).unwrap_or_default()
    }

    /// As [`write`](Self::write), in place of what is in `out`.
    pub(super) fn write_over(&mut self, out: &mut String, method: &str, origin: &Origin, path: &str) {
        let mut bytes = std::mem::take(out).into_bytes();
        bytes.clear();
        self.write_into(&mut bytes, method, origin, path);
        *out = String::from_utf8(bytes).unwrap_or_default();
    }

    fn write_into(&mut self, out: &mut Vec<u8>, method: &str, origin: &Origin, path: &str) {
        // RFC 5849 section 3.4.1.1: the method in upper case, the base string URI, the parameters.
        let start = out.len();
        text::write_once(out, method.as_bytes());
        out.iter_mut().skip(start).for_each(u8::make_ascii_uppercase);
        out.push(b'&');
        origin.write_base_uri(out, path);
        out.push(b'&');
        // RFC 5849 section 3.4.1.3.2: by encoded name, then by encoded value.
        self.parameters.sort_unstable();
        let mut first = true;
        for parameter in &self.parameters {
            if !first {
                out.extend_from_slice(b"%26");
            }
            first = false;
            parameter.name.write_twice(out);
            out.extend_from_slice(b"%3D");
            parameter.value.write_twice(out);
        }
    }

    pub(super) fn push(&mut self, name: Text<'a>, value: Text<'a>) {
        // RFC 5849 section 3.4.1.3.1: the signature does not sign itself.
        if !name.is(b"oauth_signature") {
            self.parameters.push(Parameter::new(name, value));
        }
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

/// Only how many parameters there are: they may hold anything.
impl std::fmt::Debug for BaseString<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BaseString").field("parameters", &self.parameters.len()).finish_non_exhaustive()
    }
}

/// The names and values of a form, still encoded.
pub(super) fn pieces(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()).map(|piece| {
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
    })
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
        let mut prefix = [0; 16];
        for (to, from) in prefix.iter_mut().zip(name.encoded()) {
            *to = from;
        }
        Self { prefix: u128::from_be_bytes(prefix), name, value }
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

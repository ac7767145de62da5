//! One name or value as it arrived, and its way into a base string.
//!
//! Nothing is decoded into memory of its own: the bytes that arrived are read as what they stand for and written as
//! what RFC 5849 section 3.6 asks for, once or twice encoded.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};
use oauth_sansio::percent::DecodeError;
use smallvec::SmallVec;

use super::{
    class::{self, ESCAPE, Kinds},
    writer::{Code, ONCE, Writer, code, digit},
};

/// Bytes and the encoding they are in. Whether the escapes among them are well-formed shows when they are written.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// The bytes stand for themselves and are all unreserved, so that no encoding changes them.
    Bare,
    /// The bytes stand for themselves.
    Plain,
    /// `%XX` is an octet.
    Percent,
    /// `%XX` is an octet and `+` is a space.
    Form,
}

impl<'a> Text<'a> {
    /// A text that is known to be unreserved throughout.
    pub(super) const fn bare(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), encoding: Encoding::Bare }
    }

    pub(super) fn plain(text: &'a str) -> Self {
        Self::unescaped(text.as_bytes())
    }

    /// Percent-encoded, as in the `Authorization` header; `kinds` are those of the bytes.
    pub(super) fn percent(bytes: &'a [u8], kinds: Kinds) -> Self {
        let encoding = match kinds {
            0 => Encoding::Bare,
            kinds if kinds & ESCAPE == 0 => Encoding::Plain,
            _ => Encoding::Percent,
        };
        Self { bytes, encoding }
    }

    /// Form-encoded, as in a query or a form body.
    pub(super) fn form(bytes: &'a [u8]) -> Self {
        match memchr2(b'%', b'+', bytes) {
            Some(_) => Self { bytes, encoding: Encoding::Form },
            None => Self::unescaped(bytes),
        }
    }

    fn unescaped(bytes: &'a [u8]) -> Self {
        let (_, kinds, _) = class::until(0, bytes);
        Self { bytes, encoding: if kinds == 0 { Encoding::Bare } else { Encoding::Plain } }
    }

    /// Bytes as they arrived.
    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    /// About how many bytes this becomes in a base string.
    pub(super) fn len_hint(self) -> usize {
        match self.encoding {
            Encoding::Bare => self.bytes.len(),
            _ => 2 * self.bytes.len() + 8,
        }
    }

    /// Whether this stands for exactly these octets.
    pub(super) fn is(self, octets: &[u8]) -> bool {
        match self.encoding {
            Encoding::Bare | Encoding::Plain => self.bytes == octets,
            _ => self.octets().eq(octets.iter().copied()),
        }
    }

    /// Whether this stands for something that begins with these octets.
    pub(super) fn starts_with(self, octets: &[u8]) -> bool {
        match self.encoding {
            Encoding::Bare | Encoding::Plain => self.bytes.starts_with(octets),
            _ => self.octets().take(octets.len()).eq(octets.iter().copied()),
        }
    }

    /// What this stands for.
    pub(super) fn octets(self) -> impl Iterator<Item = u8> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let (octet, tail) = match (self.encoding, rest) {
                (_, []) => return None,
                (Encoding::Percent | Encoding::Form, [b'%', high, low, tail @ ..]) => {
                    (digit(*high) << 4 | digit(*low) & 15, tail)
                }
                (Encoding::Form, [b'+', tail @ ..]) => (b' ', tail),
                (_, [byte, tail @ ..]) => (*byte, tail),
            };
            rest = tail;
            Some(octet)
        })
    }

    /// What this stands for, as bytes in a row. A name that has escapes in it is rare.
    pub(super) fn decoded(self) -> Cow<'a, [u8]> {
        match self.encoding {
            Encoding::Bare | Encoding::Plain => Cow::Borrowed(self.bytes),
            Encoding::Percent | Encoding::Form => Cow::Owned(self.octets().collect()),
        }
    }

    /// What this stands for, percent-encoded once.
    pub(super) fn encoded(self) -> impl Iterator<Item = u8> {
        self.octets().flat_map(|octet| {
            let Code { text, len } = code(&ONCE, octet);
            text.into_iter().take(len)
        })
    }

    /// The first sixteen bytes of what this stands for, percent-encoded once: what most comparisons need.
    pub(super) fn prefix(self) -> u128 {
        let mut prefix = [0; 16];
        match (self.encoding, self.bytes.first_chunk()) {
            (Encoding::Bare, Some(head)) => prefix = *head,
            (Encoding::Bare, None) => prefix.iter_mut().zip(self.bytes).for_each(|(to, from)| *to = *from),
            _ => prefix.iter_mut().zip(self.encoded()).for_each(|(to, from)| *to = from),
        }
        u128::from_be_bytes(prefix)
    }

    /// Appends what this stands for.
    ///
    /// # Errors
    /// On a stray `%`, and when it is not UTF-8.
    pub(super) fn decode_into(self, out: &mut String) -> Result<(), DecodeError> {
        let decoded: SmallVec<[u8; 256]>;
        let bytes = match self.encoding {
            Encoding::Bare | Encoding::Plain => self.bytes,
            Encoding::Percent | Encoding::Form => {
                check_escapes(self.bytes)?;
                decoded = self.octets().collect();
                &decoded
            }
        };
        out.push_str(std::str::from_utf8(bytes).map_err(|_| DecodeError::Utf8)?);
        Ok(())
    }

    /// Appends what this stands for, percent-encoded once.
    pub(super) fn write_once(self, out: &mut Writer) {
        match self.encoding {
            Encoding::Bare => out.bare(self.bytes),
            _ => self.octets().for_each(|octet| out.once(&[octet])),
        }
    }

    /// Appends what this stands for, percent-encoded twice: `%` itself becomes `%25` (RFC 5849 section 3.4.1.1).
    pub(super) fn write_twice(self, out: &mut Writer) {
        match self.encoding {
            Encoding::Bare => out.bare(self.bytes),
            Encoding::Plain => out.twice(self.bytes),
            Encoding::Percent | Encoding::Form => {
                out.decoded_twice(self.bytes, self.encoding == Encoding::Form);
            }
        }
    }
}

/// The names and values of a form (RFC 5849 section 3.4.1.3.1).
///
/// A parameter without `=` has an empty value; an empty piece between two `&` is no parameter.
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = (Text<'_>, Text<'_>)> {
    pieces(form).filter(|piece| !piece.is_empty()).map(|piece| match memchr(b'=', piece) {
        Some(at) => {
            let (name, value) = piece.split_at_checked(at).unwrap_or((piece, &[]));
            (Text::form(name), Text::form(value.get(1..).unwrap_or_default()))
        }
        None => (Text::form(piece), Text::bare("")),
    })
}

/// Every `%` must have two hexadecimal digits behind it.
fn check_escapes(bytes: &[u8]) -> Result<(), DecodeError> {
    let is_escape = |piece: &[u8]| match piece {
        [high, low, ..] => digit(*high) | digit(*low) < 16,
        _ => false,
    };
    match bytes.split(|byte| *byte == b'%').skip(1).all(is_escape) {
        true => Ok(()),
        false => Err(DecodeError::Escape),
    }
}

fn pieces(form: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr_iter(b'&', form).chain([form.len()]);
    ends.scan(0, |start, end| {
        let piece = form.get(*start..end);
        *start = end + 1;
        piece
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(text: &[u8]) -> Text<'_> {
        Text::percent(text, class::until(0, text).1)
    }

    fn twice(text: Text<'_>) -> Result<String, DecodeError> {
        let mut out = Writer::over(Vec::new(), 0);
        text.write_twice(&mut out);
        out.finish().map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn every_encoding_of_a_text_is_written_alike() {
        for text in [Text::plain("r b+%é~"), Text::form(b"%72+b%2B%25%C3%a9%7E")] {
            assert_eq!(twice(text).unwrap(), "r%2520b%252B%2525%25C3%25A9~");
            assert_eq!(text.encoded().collect::<Vec<_>>(), b"r%20b%2B%25%C3%A9~");
        }
        assert_eq!(twice(percent(b"a+b%20")).unwrap(), "a%252Bb%2520");
    }

    #[test]
    fn every_octet_survives_its_escape() {
        for octet in 0..=255u8 {
            for escaped in [format!("%{octet:02X}"), format!("%{octet:02x}")] {
                assert_eq!(Text::form(escaped.as_bytes()).octets().collect::<Vec<_>>(), [octet]);
                assert_eq!(percent(escaped.as_bytes()).octets().collect::<Vec<_>>(), [octet]);
            }
        }
    }

    #[test]
    fn a_stray_percent_sign_is_refused() {
        for text in [&b"%"[..], b"%4", b"a%zz", b"%41%", b"%%41", b"%+1"] {
            assert_eq!(twice(Text::form(text)), Err(DecodeError::Escape));
            assert_eq!(twice(percent(text)), Err(DecodeError::Escape));
        }
    }

    #[test]
    fn pieces_of_a_form() {
        let read: Vec<(Vec<u8>, Vec<u8>)> = pairs(b"&a&b=&=c&d==e;f&&g+=%26")
            .map(|(name, value)| (name.octets().collect(), value.octets().collect()))
            .collect();
        let text = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        assert_eq!(read, [text("a", ""), text("b", ""), text("", "c"), text("d", "=e;f"), text("g ", "&")]);
    }
}

//! One name or value as it arrived, and its way into a base string.
//!
//! Nothing is decoded into memory of its own: the bytes that arrived are read as what they stand for and written as
//! what RFC 5849 section 3.6 asks for, once or twice encoded, in one pass.

use oauth_sansio::percent::{self, DecodeError};

/// Bytes and the encoding they are in. The escapes among them are known to be well-formed.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// The bytes stand for themselves.
    Plain,
    /// `%XX` is an octet.
    Percent,
    /// `%XX` is an octet and `+` is a space.
    Form,
}

impl<'a> Text<'a> {
    pub(super) fn plain(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), encoding: Encoding::Plain }
    }

    /// Percent-encoded, as in the `Authorization` header.
    pub(super) fn percent(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let has_escapes = has_escapes(bytes)?;
        Ok(Self { bytes, encoding: if has_escapes { Encoding::Percent } else { Encoding::Plain } })
    }

    /// Form-encoded, as in a query or a form body.
    pub(super) fn form(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let encoded = has_escapes(bytes)? || bytes.contains(&b'+');
        Ok(Self { bytes, encoding: if encoded { Encoding::Form } else { Encoding::Plain } })
    }

    /// Bytes as they arrived.
    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    /// About how many bytes this becomes in a base string.
    pub(super) fn len_hint(self) -> usize {
        self.bytes.len() + self.bytes.len() / 2
    }

    /// Whether this stands for exactly these octets.
    pub(super) fn is(self, octets: &[u8]) -> bool {
        match self.encoding {
            Encoding::Plain => self.bytes == octets,
            _ => self.octets().eq(octets.iter().copied()),
        }
    }

    /// Whether this stands for something that begins with these octets.
    pub(super) fn starts_with(self, octets: &[u8]) -> bool {
        match self.encoding {
            Encoding::Plain => self.bytes.starts_with(octets),
            _ => self.octets().take(octets.len()).eq(octets.iter().copied()),
        }
    }

    /// What this stands for.
    pub(super) fn octets(self) -> Octets<'a> {
        Octets { rest: self.bytes, encoding: self.encoding }
    }

    /// What this stands for, percent-encoded once.
    pub(super) fn encoded(self) -> impl Iterator<Item = u8> {
        self.octets().flat_map(|octet| {
            let [percent, high, low] = escape(octet);
            let len = if is_unreserved(octet) { 1 } else { 3 };
            [if len == 1 { octet } else { percent }, high, low].into_iter().take(len)
        })
    }

    /// Appends what this stands for; it must be UTF-8.
    pub(super) fn decode_into(self, out: &mut String) -> Result<(), DecodeError> {
        if self.encoding == Encoding::Plain {
            out.push_str(std::str::from_utf8(self.bytes).map_err(|_| DecodeError::Utf8)?);
            return Ok(());
        }
        let decoded: smallvec::SmallVec<[u8; 256]> = self.octets().collect();
        out.push_str(std::str::from_utf8(&decoded).map_err(|_| DecodeError::Utf8)?);
        Ok(())
    }

    /// Appends what this stands for, percent-encoded twice: `%` itself becomes `%25` (RFC 5849 section 3.4.1.1).
    pub(super) fn write_twice(self, out: &mut Vec<u8>) {
        let mut octets = self.octets();
        loop {
            out.extend_from_slice(octets.unreserved_run());
            let Some(octet) = octets.next() else { return };
            if is_unreserved(octet) {
                out.push(octet);
            } else {
                let [_, high, low] = escape(octet);
                out.extend_from_slice(&[b'%', b'2', b'5', high, low]);
            }
        }
    }
}

/// Appends bytes percent-encoded once.
pub(super) fn write_once(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut octets = Octets { rest: bytes, encoding: Encoding::Plain };
    loop {
        out.extend_from_slice(octets.unreserved_run());
        let Some(octet) = octets.next() else { return };
        out.extend_from_slice(&escape(octet));
    }
}

/// The octets that an encoded text stands for.
#[derive(Clone, Copy)]
pub(super) struct Octets<'a> {
    rest: &'a [u8],
    encoding: Encoding,
}

impl<'a> Octets<'a> {
    /// Takes the unreserved bytes that come next: they are the same in every encoding.
    fn unreserved_run(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !is_unreserved(*byte)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        run
    }
}

impl Iterator for Octets<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (octet, rest) = match (self.encoding, self.rest) {
            (_, []) => return None,
            (Encoding::Percent | Encoding::Form, [b'%', high, low, rest @ ..]) => {
                (digit(*high) << 4 | digit(*low), rest)
            }
            (Encoding::Form, [b'+', rest @ ..]) => (b' ', rest),
            (_, [byte, rest @ ..]) => (*byte, rest),
        };
        self.rest = rest;
        Some(octet)
    }
}

/// Whether there are escapes.
///
/// # Errors
/// When one of them is not `%` and two hexadecimal digits.
fn has_escapes(bytes: &[u8]) -> Result<bool, DecodeError> {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        rest = match rest.get(at + 1..) {
            Some([high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            _ => return Err(DecodeError::Escape),
        };
    }
    Ok(rest.len() != bytes.len())
}

/// The value of a hexadecimal digit.
const fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10) & 15,
    }
}

/// `%XX` with upper-case digits (RFC 5849 section 3.6).
const fn escape(octet: u8) -> [u8; 3] {
    const fn digit(nibble: u8) -> u8 {
        nibble + if nibble < 10 { b'0' } else { b'A' - 10 }
    }
    [b'%', digit(octet >> 4), digit(octet & 15)]
}

/// [`percent::is_unreserved`] as one look-up.
pub(super) fn is_unreserved(byte: u8) -> bool {
    static UNRESERVED: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
        while byte < 256 {
            table[byte] = percent::is_unreserved(byte as u8);
            byte += 1;
        }
        table
    };
    UNRESERVED.get(usize::from(byte)).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twice(text: Text<'_>) -> String {
        let mut out = Vec::new();
        text.write_twice(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_encoding_of_a_text_is_written_alike() {
        for text in [Text::plain("r b+%é~"), Text::form(b"%72+b%2B%25%C3%a9%7E").unwrap()] {
            assert_eq!(twice(text), "r%2520b%252B%2525%25C3%25A9~");
            assert_eq!(text.encoded().collect::<Vec<_>>(), b"r%20b%2B%25%C3%A9~");
        }
        assert_eq!(twice(Text::percent(b"a+b%20").unwrap()), "a%252Bb%2520");
    }

    #[test]
    fn every_octet_survives_its_escape() {
        for octet in 0..=255u8 {
            let escaped = escape(octet);
            let lower = escaped.map(|byte| byte.to_ascii_lowercase());
            assert_eq!(Text::form(&escaped).unwrap().octets().collect::<Vec<_>>(), [octet]);
            assert_eq!(Text::percent(&lower).unwrap().octets().collect::<Vec<_>>(), [octet]);
            assert_eq!(is_unreserved(octet), percent::is_unreserved(octet));
        }
    }

    #[test]
    fn a_stray_percent_sign_is_refused() {
        for text in [&b"%"[..], b"%4", b"a%zz", b"%41%", b"%%41", b"%+1"] {
            assert!(Text::form(text).is_err() && Text::percent(text).is_err());
        }
    }
}

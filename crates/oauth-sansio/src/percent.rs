//! Percent-encoding: RFC 3986 section 2 with the unreserved set, as RFC 5849 section 3.6 asks for it.

use std::borrow::Cow;

/// Bytes that a percent-encoded text does not stand for any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A `%` without two hexadecimal digits behind it.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    Escape,
    /// The bytes behind the escapes are not UTF-8.
    #[error("the decoded bytes are not UTF-8")]
    Utf8,
}

/// Whether a byte stays as it is: `ALPHA / DIGIT / "-" / "." / "_" / "~"` (RFC 3986 section 2.3).
pub const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Appends `text` in percent-encoding.
///
/// ```
/// let mut out = String::from("q=");
/// oauth_sansio::percent::encode_into(&mut out, "r b/ü");
/// assert_eq!(out, "q=r%20b%2F%C3%BC");
/// ```
pub fn encode_into(out: &mut String, text: &str) {
    const UNRESERVED: [bool; 256] = plain(b"-._~");
    write_runs(out, text, &UNRESERVED, escape);
}

/// Which bytes stay as they are: letters, digits and these marks. To look a byte up takes less than to compare it.
#[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
pub(crate) const fn plain(mut marks: &[u8]) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    while let [mark, behind @ ..] = marks {
        plain[*mark as usize] = true;
        marks = behind;
    }
    plain
}

/// Appends `text`: what is plain in runs, each other byte as its escape.
pub(crate) fn write_runs(
    out: &mut String,
    text: &str,
    plain: &[bool; 256],
    escape: impl Fn(u8) -> &'static str,
) {
    out.reserve(text.len());
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if plain.get(usize::from(byte)) != Some(&true) {
            // Inside a character of several bytes nothing is plain, and `get` gives nothing.
            out.push_str(text.get(start..at).unwrap_or_default());
            out.push_str(escape(byte));
            start = at + 1;
        }
    }
    out.push_str(text.get(start..).unwrap_or_default());
}

/// `text` in percent-encoding, borrowed when nothing had to change.
pub fn encode(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_unreserved) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    encode_into(&mut out, text);
    Cow::Owned(out)
}

/// Reads percent-encoding strictly. A `+` is a plus.
///
/// # Errors
/// On a stray `%` and on bytes that are not UTF-8.
pub fn decode(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    if !text.as_bytes().contains(&b'%') {
        return Ok(Cow::Borrowed(text));
    }
    unescape(text, false).map(Cow::Owned)
}

/// `%XX` with upper-case digits (RFC 5849 section 3.6).
pub(crate) fn escape(byte: u8) -> &'static str {
    let at = usize::from(byte) * 3;
    ESCAPES.get(at..at + 3).unwrap_or_default()
}

/// `%00%01%02` up to `%FF`: looked up, an escape costs no more than a plain byte.
const ESCAPES: &str = {
    const BYTES: [u8; 768] = {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut bytes = [b'%'; 768];
        let mut byte = 0;
        while byte < 256 {
            let (_, [high, low, ..]) = bytes.split_at_mut(byte * 3 + 1) else { break };
            #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
            let digits = (DIGITS[byte >> 4], DIGITS[byte & 15]);
            (*high, *low) = digits;
            byte += 1;
        }
        bytes
    };
    match str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

pub(crate) fn unescape(text: &str, plus_is_space: bool) -> Result<String, DecodeError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = bytes.next().and_then(hex).ok_or(DecodeError::Escape)?;
                let low = bytes.next().and_then(hex).ok_or(DecodeError::Escape)?;
                high << 4 | low
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| DecodeError::Utf8)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unreserved_stay_plain() {
        let ascii: String = (0..=127u8).map(char::from).collect();
        let plain: String = ascii.chars().filter(|c| is_unreserved(*c as u8)).collect();
        assert_eq!(plain, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
        assert_eq!(encode(&ascii).matches('%').count(), 128 - plain.len());
    }

    #[test]
    fn stray_percent_signs_and_broken_utf8_are_refused() {
        for text in ["%", "%2", "%zz", "a%2", "%%20", "%+1", "% 1"] {
            assert_eq!(decode(text), Err(DecodeError::Escape), "{text}");
        }
        for text in ["%ff", "%C3", "%ED%A0%80", "%C0%80"] {
            assert_eq!(decode(text), Err(DecodeError::Utf8), "{text}");
        }
        assert_eq!(decode("a+b%00%c3%BC").unwrap(), "a+b\0ü");
    }

    proptest::proptest! {
        #[test]
        fn decoding_undoes_encoding(text in ".*") {
            let encoded = encode(&text);
            proptest::prop_assert_eq!(decode(&encoded).unwrap(), text.as_str());
        }

        #[test]
        fn any_text_decodes_or_is_refused(text in ".*") {
            let _ = decode(&text);
        }
    }
}

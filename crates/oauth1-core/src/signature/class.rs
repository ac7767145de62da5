//! What kinds of bytes a text is made of, learned in the same pass that finds its end.

use oauth_sansio::percent::is_unreserved;

/// Kinds of bytes, one bit each; an unreserved byte has none (RFC 3986 section 2.3).
pub(super) type Kinds = u8;

/// Everything that is not unreserved.
pub(super) const RESERVED: Kinds = 1;
/// `%`
pub(super) const ESCAPE: Kinds = 1 << 1;
/// `=`
pub(super) const EQUALS: Kinds = 1 << 2;
/// What a value in an `Authorization` header cannot hold: the quote at its end, backslash, space, control
/// characters, and everything outside ASCII.
pub(super) const UNQUOTABLE: Kinds = 1 << 3;

/// The bytes before the first of the kinds in `stop`, what kinds they are, and the rest.
#[inline]
pub(super) fn until(stop: Kinds, bytes: &[u8]) -> (&[u8], Kinds, &[u8]) {
    let mut seen = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let kinds = kinds(*byte);
        if kinds & stop != 0 {
            let (taken, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            return (taken, seen, rest);
        }
        seen |= kinds;
    }
    (bytes, seen, &[])
}

#[inline]
fn kinds(byte: u8) -> Kinds {
    KINDS.get(usize::from(byte)).copied().unwrap_or(RESERVED)
}

static KINDS: [Kinds; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b'%' => RESERVED | ESCAPE,
            b'=' => RESERVED | EQUALS,
            b'"' | b'\\' | 0..=b' ' | 0x7f.. => RESERVED | UNQUOTABLE,
            _ if is_unreserved(byte) => 0,
            _ => RESERVED,
        };
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_of_its_kinds() {
        for byte in 0..=255u8 {
            let of = |kind| kinds(byte) & kind != 0;
            assert_eq!(of(RESERVED), !is_unreserved(byte), "{byte}");
            assert_eq!(of(ESCAPE), byte == b'%');
            assert_eq!(of(EQUALS), byte == b'=');
            assert_eq!(of(UNQUOTABLE), !byte.is_ascii_graphic() || byte == b'"' || byte == b'\\');
        }
    }

    #[test]
    fn a_text_ends_before_the_first_stop() {
        assert_eq!(until(EQUALS, b"a%+b=c"), (&b"a%+b"[..], RESERVED | ESCAPE, &b"=c"[..]));
        assert_eq!(until(EQUALS, b"ab"), (&b"ab"[..], 0, &b""[..]));
    }
}

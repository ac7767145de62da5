//! Percent-encoding as it should be (RFC 5849 section 3.6), and as it goes wrong.

use oauth_sansio::percent::is_unreserved;

/// A way to encode octets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Reserved characters that stay as they are.
    pub(super) keep: &'static str,
    /// Whether `~` is encoded.
    pub(super) tilde: bool,
    /// Whether a space becomes `+`.
    pub(super) plus: bool,
    /// Whether the digits are lower-case.
    pub(super) lower: bool,
}

impl Encoding {
    /// The right one.
    pub(super) const RIGHT: Self = Self { keep: "", tilde: false, plus: false, lower: false };

    pub(super) fn write(self, octets: &[u8]) -> String {
        let mut out = String::with_capacity(octets.len() * 2);
        for octet in octets {
            let kept = self.keep.as_bytes().contains(octet) || is_unreserved(*octet);
            match octet {
                b' ' if self.plus => out.push('+'),
                b'~' if self.tilde => self.escape(*octet, &mut out),
                octet if kept => out.push(char::from(*octet)),
                octet => self.escape(*octet, &mut out),
            }
        }
        out
    }

    fn escape(self, octet: u8, out: &mut String) {
        let (upper, lower) = (b"0123456789ABCDEF", b"0123456789abcdef");
        let digits = if self.lower { lower } else { upper };
        out.push('%');
        for digit in [octet >> 4, octet & 15] {
            out.extend(digits.get(usize::from(digit)).map(|digit| char::from(*digit)));
        }
    }
}

/// Reads percent-encoding; what is none stays as it is.
pub(super) fn decode(text: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, escape(tail)) {
            (b'%', Some((octet, tail))) => {
                out.push(octet);
                rest = tail;
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            _ => out.push(*first),
        }
    }
    out
}

/// The octet that two digits stand for, and what follows them.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

/// The names and values of a query or form, as they stand there.
pub(super) fn pieces(form: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()).map(|piece| {
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_octets_are_encoded_in_upper_case_unless_told_otherwise() {
        assert_eq!(Encoding::RIGHT.write("a +~é*".as_bytes()), "a%20%2B~%C3%A9%2A");
        let wrong = Encoding { keep: "*", tilde: true, plus: true, lower: true };
        assert_eq!(wrong.write("a +~é*".as_bytes()), "a+%2b%7e%c3%a9*");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(decode(b"a+%2B%zz%4%", true), b"a +%zz%4%");
        assert_eq!(decode(b"a+%c3%A9", false), "a+é".as_bytes());
    }

    #[test]
    fn a_piece_without_an_equals_sign_has_no_value() {
        let expected: [(&[u8], &[u8]); 3] = [(b"a", b"b=c"), (b"d", b""), (b"e", b"")];
        assert_eq!(pieces(b"a=b=c&&d&e=").collect::<Vec<_>>(), expected);
    }
}

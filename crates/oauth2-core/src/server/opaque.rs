//! The look of an opaque token: a prefix by which a scanner finds one that leaked, 256 bits, and a checksum by which the
//! server refuses a mistyped or invented one before it asks the store.

use oauth_sansio::{Digest, Secret, TokenBits, base64url};

/// Writes the bits of a token between its prefix and its checksum.
pub(super) fn dress(prefix: &str, bits: &TokenBits) -> Secret {
    let mut text = String::with_capacity(prefix.len() + 43 + Digest::CHECKSUM);
    text.push_str(prefix);
    base64url::append(&mut text, bits.as_bytes());
    let checksum = checksum(text.as_bytes());
    text.extend(checksum.map(char::from));
    Secret::new(text)
}

/// Whether a text has the prefix, and the checksum of a token that was made here.
pub(super) fn is_whole(prefix: &str, token: &str) -> bool {
    let Some((body, sum)) =
        token.len().checked_sub(Digest::CHECKSUM).and_then(|at| token.split_at_checked(at))
    else {
        return false;
    };
    body.starts_with(prefix) && sum.as_bytes() == checksum(body.as_bytes())
}

/// CRC-32 in base 62: it catches mistakes, and is no proof of anything.
fn checksum(text: &[u8]) -> [u8; Digest::CHECKSUM] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(text);
    let mut out = [b'0'; Digest::CHECKSUM];
    for digit in out.iter_mut().rev() {
        *digit = DIGITS.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    out
}

#[cfg(test)]
mod tests {
    use oauth_sansio::{Moment, Timestamp};

    use super::*;

    #[test]
    fn a_token_is_known_by_its_prefix_and_its_checksum() {
        let now = Timestamp::from_unix(1_800_000_000);
        let token = dress("oat_", &Moment::new(now, [1; 32]).entropy().token_bits());
        assert!(token.expose().starts_with("oat_") && token.expose().len() == 4 + 43 + 6);
        assert!(is_whole("oat_", token.expose()));
        assert!(!is_whole("ort_", token.expose()));
        for at in 0..token.expose().len() {
            let mut other = token.expose().as_bytes().to_vec();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert!(!is_whole("oat_", str::from_utf8(&other).unwrap()), "{at}");
        }
        for short in ["", "oat_", "é", "oat_é"] {
            assert!(!is_whole("oat_", short));
        }
    }
}

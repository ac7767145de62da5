//! What a store may see of a secret, and the alphabet that secrets are written in.

use std::ops::BitAnd as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256, block_api::compress256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::{Tick, Timestamp};

/// Thirty-two bytes that name a secret without giving it away (RFC 6819 section 5.1.4.1.3).
///
/// Equality takes constant time. Ordering and hashing do not: they serve as keys of tables, where what is compared
/// is the digest of something unguessable.
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// SHA-256 of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let mut short = OneBlock::new();
        match short.push(bytes) {
            Some(()) => Self(short.digest()),
            None => Self(Sha256::digest(bytes).into()),
        }
    }

    /// SHA-256 of several parts, each with its length in front, so that no two lists of parts share a digest.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut short = OneBlock::new();
        let mut push = |part: &&[u8]| {
            short.push(&(part.len() as u64).to_be_bytes())?;
            short.push(part)
        };
        if parts.iter().all(|part| push(part).is_some()) {
            return Self(short.digest());
        }
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The key under which a token is stored: SHA-256 of the token, its first six bytes replaced by the
    /// time-ordered ones that a token made by [`Entropy::token`](crate::Entropy::token) starts with.
    ///
    /// A prefix of any length may stand before such a token, with [`CHECKSUM`](Self::CHECKSUM) characters behind it.
    /// 208 bits of the hash remain, so finding a second token for a key stays out of reach, whatever text is presented.
    pub fn of_token(token: &str) -> Self {
        let digest = Self::of(token);
        let prefix = token.len().saturating_sub(43 + Self::CHECKSUM);
        let token = token.as_bytes().get(prefix..).unwrap_or_default();
        let front = token.get(..8).and_then(base64url::decode_array::<6>);
        front.map_or(digest, |front| digest.behind(front))
    }

    /// The same with a time in front, as a token has it, for what is no token: so that a store keeps together what belongs to
    /// one time. It must be a time that the digest is of as well.
    #[must_use]
    pub fn behind_time(self, time: Timestamp) -> Self {
        let [_, _, front @ ..] = Tick::from(time).as_unix().to_be_bytes();
        self.behind(front)
    }

    fn behind(mut self, front: [u8; 6]) -> Self {
        if let Some(place) = self.0.first_chunk_mut() {
            *place = front;
        }
        self
    }

    /// How many characters stand behind a token that has a prefix.
    pub const CHECKSUM: usize = 6;

    /// A digest read back from a store.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a store keeps them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A message that fits into one block of SHA-256, as most identifiers and tokens do: to hash it takes the block alone,
/// while a hasher that must be ready for more takes twice as long.
struct OneBlock {
    block: [u8; 64],
    length: u8,
}

impl OneBlock {
    /// What is left of the block for the message (FIPS 180-4 section 5.1.1).
    const MOST: usize = 64 - 9;

    const fn new() -> Self {
        Self { block: [0; 64], length: 0 }
    }

    /// `None` when it does not fit.
    fn push(&mut self, part: &[u8]) -> Option<()> {
        let start = usize::from(self.length);
        let end = start.checked_add(part.len()).filter(|end| *end <= Self::MOST)?;
        self.block.get_mut(start..end)?.copy_from_slice(part);
        self.length = end as u8;
        Some(())
    }

    fn digest(mut self) -> [u8; 32] {
        // FIPS 180-4 section 5.3.3
        let mut state = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        // One bit behind the message, its length in bits at the end.
        if let Some(end) = self.block.get_mut(usize::from(self.length)) {
            *end = 0x80;
        }
        let [.., high, low] = &mut self.block;
        [*high, *low] = (u16::from(self.length) * 8).to_be_bytes();
        compress256(&mut state, std::slice::from_ref(&self.block));
        let mut digest = [0; 32];
        for (place, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *place = word.to_be_bytes();
        }
        digest
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        let ((ours, _), (theirs, _)) = (self.0.as_chunks(), other.0.as_chunks());
        let pairs = ours.iter().zip(theirs);
        let equal = pairs.map(|(ours, theirs)| u64::from_ne_bytes(*ours).ct_eq(&u64::from_ne_bytes(*theirs)));
        equal.fold(Choice::from(1), Choice::bitand).into()
    }
}

/// The last bytes are enough to tell most digests apart; the first may be a time.
impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let (words, _) = self.0.as_chunks();
        state.write_u64(words.last().map_or(0, |word| u64::from_ne_bytes(*word)));
    }
}

/// The first bytes only: enough to tell two rows apart in a log.
impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [.., a, b, c, d] = self.0;
        write!(f, "Digest(..{a:02x}{b:02x}{c:02x}{d:02x})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        base64url::decode_array(text.as_bytes())
            .map(Self)
            .ok_or_else(|| D::Error::custom("not 32 bytes of base64url"))
    }
}

/// The two alphabets, read several bytes at once where the processor can.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod engines {
    use std::sync::LazyLock;

    use base64::engine::{
        Simd,
        general_purpose::{NO_PAD, PAD},
    };

    pub(super) static STANDARD: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));
    pub(super) static URL_SAFE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod engines {
    pub(super) use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as URL_SAFE};
}

/// base64 with padding (RFC 4648 section 4).
pub mod base64 {
    use base64::Engine as _;

    use super::engines::STANDARD;

    /// Reads text strictly: with its padding, without white space or stray bits at the end.
    pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
        STANDARD.decode(text).ok()
    }
}

/// base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
pub mod base64url {
    use base64::{Engine as _, encoded_len};
    use zeroize::Zeroize as _;

    use super::engines::URL_SAFE;

    /// Writes bytes as text.
    pub fn encode(bytes: &[u8]) -> String {
        // The engine would ask for memory that is zeroed, which costs more than all the rest.
        let mut text = vec![b'A'; encoded_len(bytes.len(), false).unwrap_or_default()];
        let length = URL_SAFE.encode_slice(bytes, &mut text).unwrap_or_default();
        text.truncate(length);
        String::from_utf8(text).unwrap_or_default()
    }

    /// Writes bytes as text behind what is there.
    pub fn append(out: &mut String, bytes: &[u8]) {
        let mut encoded = [0; 64];
        for chunk in bytes.chunks(48) {
            let length = URL_SAFE.encode_slice(chunk, &mut encoded).unwrap_or_default();
            let text = encoded.get(..length).and_then(|text| str::from_utf8(text).ok());
            out.push_str(text.unwrap_or_default());
        }
        // As a slice, in one piece: an array is wiped byte by byte.
        encoded.as_mut_slice().zeroize();
    }

    /// Reads text strictly: no padding, no white space, no stray bits at the end.
    pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
        URL_SAFE.decode(text).ok()
    }

    /// As [`decode`], of so many bytes and no other number: they need no memory.
    pub fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        (decode_into(text, &mut bytes)? == N).then_some(bytes)
    }

    /// As [`decode`], into a place that is there: tells how many bytes stand in it. The place must have room for as many
    /// as [`room`] says.
    pub fn decode_into(text: &[u8], place: &mut [u8]) -> Option<usize> {
        URL_SAFE.decode_slice(text, place).ok()
    }

    /// The bytes that a text of this length needs at most.
    pub const fn room(length: usize) -> usize {
        length.div_ceil(4) * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_sha_256_whatever_the_length() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[..length];
            assert_eq!(Digest::of(bytes).0, <[u8; 32]>::from(Sha256::digest(bytes)), "{length}");
            let framed = [&(length as u64).to_be_bytes(), bytes].concat();
            assert_eq!(Digest::of_parts(&[bytes]), Digest::of(framed), "{length}");
        }
    }

    #[test]
    fn text_of_any_length_is_read_back() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..bytes.len() {
            let text = base64url::encode(&bytes[..length]);
            assert_eq!(base64url::decode(text.as_bytes()).unwrap(), &bytes[..length]);
            let mut behind = "~".to_owned();
            base64url::append(&mut behind, &bytes[..length]);
            assert_eq!(behind, format!("~{text}"));
        }
    }

    #[test]
    fn an_array_is_read_back_from_text_of_its_length_alone() {
        let text = base64url::encode(&[7; 32]);
        assert_eq!(base64url::decode_array(text.as_bytes()), Some([7; 32]));
        assert_eq!(base64url::decode_array::<31>(text.as_bytes()), None);
        assert_eq!(base64url::decode_array::<33>(text.as_bytes()), None);
        assert_eq!(base64url::decode_array::<0>(b""), Some([]));
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(Digest::of_parts(&[b"ab", b"c"]), Digest::of_parts(&[b"a", b"bc"]));
        assert_ne!(Digest::of_parts(&[b"ab"]), Digest::of_parts(&[b"ab", b""]));
    }

    #[test]
    fn foreign_tokens_keep_their_whole_hash() {
        for token in ["", "short", "not base64url!!", "%%%%%%%%%%%"] {
            assert_eq!(Digest::of_token(token), Digest::of(token));
        }
    }

    #[test]
    fn a_prefix_and_a_checksum_do_not_hide_the_time() {
        let token = crate::Moment::new(crate::Timestamp::from_unix(1_800_000_000), [3; 32]);
        let token = token.entropy().token();
        let (bare, dressed) = (token.expose().to_owned(), format!("oat_{}abcdef", token.expose()));
        assert_eq!(Digest::of_token(&bare).0[..6], Digest::of_token(&dressed).0[..6]);
        assert_ne!(Digest::of_token(&bare), Digest::of_token(&dressed));
    }

    #[test]
    fn a_digest_behind_a_time_sorts_by_it_and_keeps_the_rest_of_its_hash() {
        let behind = |name: &str, second| Digest::of(name).behind_time(Timestamp::from_unix(second));
        let all = [("d", 0), ("c", 1), ("b", 1_800_000_000), ("a", 1_800_000_001)];
        assert!(all.map(|(name, second)| behind(name, second)).is_sorted());
        assert_eq!(behind("a", 9).0[6..], Digest::of("a").0[6..]);
        assert_ne!(behind("a", 9), behind("b", 9));
    }

    #[test]
    fn tokens_that_share_a_selector_still_differ() {
        let (a, b) = (Digest::of_token("AAAAAAAAx"), Digest::of_token("AAAAAAAAy"));
        assert_ne!(a, b);
        assert_eq!(a.as_bytes()[..6], [0; 6]);
    }

    #[test]
    fn a_digest_survives_storage() {
        let digest = Digest::of("token");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"AAAA\"").is_err());
    }

    #[test]
    fn base64url_refuses_padding_white_space_and_stray_bits() {
        assert_eq!(base64url::decode(b"A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
        for text in [&b"A-z_4ME="[..], b"A-z_4MF", b"A-z_4M E", b"A+z/4ME"] {
            assert!(base64url::decode(text).is_none());
            // Long texts are read several bytes at once.
            for before in [32, 64, 68] {
                assert!(base64url::decode(&[&b"A".repeat(before), text].concat()).is_none());
            }
        }
        for at in 0..96 {
            for wrong in [b'=', b'+', b'/', b'\n', 0x80] {
                let mut text = b"A".repeat(96);
                text[at] = wrong;
                assert!(base64url::decode(&text).is_none(), "{at}");
            }
        }
    }
}

//! Writes percent-encoding fast: every octet is one look-up and one store of eight bytes, of which some count.

use oauth_sansio::percent::{DecodeError, is_unreserved};

/// A text in the making. Its memory is filled beyond what is written, so that a store needs no look at its length.
pub(super) struct Writer {
    bytes: Vec<u8>,
    written: usize,
    /// Something that was to be decoded has a stray `%`.
    stray: bool,
}

impl Writer {
    /// Begins a text in the memory of another, with room for about so many bytes.
    pub(super) fn over(mut bytes: Vec<u8>, room: usize) -> Self {
        // What is there is written over; only what is not there yet has to be filled.
        if bytes.len() < room + 16 {
            bytes.resize(room + 16, 0);
        }
        Self { bytes, written: 0, stray: false }
    }

    /// The text, which is ASCII.
    ///
    /// # Errors
    /// When something that was to be decoded has a stray `%`.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, DecodeError> {
        self.bytes.truncate(self.written);
        if self.stray { Err(DecodeError::Escape) } else { Ok(self.bytes) }
    }

    /// Appends ASCII as it is.
    pub(super) fn bare(&mut self, ascii: &[u8]) {
        let end = self.written + ascii.len();
        if self.bytes.len() < end {
            self.bytes.resize(2 * end + 64, 0);
        }
        if let Some(place) = self.bytes.get_mut(self.written..end) {
            place.copy_from_slice(ascii);
        }
        self.written = end;
    }

    /// Appends one character, percent-encoded once.
    #[inline]
    pub(super) fn escape(&mut self, character: u8) {
        self.put([code(&ONCE, character)].into_iter());
    }

    /// Appends octets, percent-encoded once.
    pub(super) fn once(&mut self, octets: &[u8]) {
        self.put(octets.iter().map(|octet| code(&ONCE, *octet)));
    }

    /// Appends octets, percent-encoded twice.
    pub(super) fn twice(&mut self, octets: &[u8]) {
        self.put(octets.iter().map(|octet| code(&TWICE, *octet)));
    }

    /// Appends what an encoded text stands for, percent-encoded twice.
    pub(super) fn decoded_twice(&mut self, text: &[u8], plus_is_space: bool) {
        let table = if plus_is_space { &FORM } else { &TWICE };
        let (mut rest, mut digits) = (text, 0);
        self.put(std::iter::from_fn(|| {
            let (next, tail) = match rest {
                [b'%', high, low, tail @ ..] => {
                    let (high, low) = (digit(*high), digit(*low));
                    digits |= high | low;
                    (code(&TWICE, high << 4 | low & 15), tail)
                }
                [byte, tail @ ..] => (code(table, *byte), tail),
                [] => return None,
            };
            rest = tail;
            Some(next)
        }));
        self.stray |= digits >= 16 || matches!(text, [.., b'%'] | [.., b'%', _]);
    }

    #[inline]
    fn put(&mut self, codes: impl Iterator<Item = Code>) {
        let mut at = self.written;
        for code in codes {
            let Code { text, len } = code;
            match self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                Some(place) => *place = text,
                None => self.put_after_growth(at, text),
            }
            at += len;
        }
        self.written = at;
    }

    #[cold]
    fn put_after_growth(&mut self, at: usize, text: [u8; 8]) {
        self.bytes.resize(2 * self.bytes.len() + 64, 0);
        if let Some(place) = self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = text;
        }
    }
}

/// What is formatted into a base string is percent-encoded once.
impl std::fmt::Write for Writer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.once(text.as_bytes());
        Ok(())
    }
}

/// The value of a hexadecimal digit; of anything else, more than fifteen.
#[inline]
pub(super) fn digit(digit: u8) -> u8 {
    DIGITS.get(usize::from(digit)).copied().unwrap_or(u8::MAX)
}

/// What an octet is written as: eight bytes, of which the first few count.
pub(super) struct Code {
    pub(super) text: [u8; 8],
    pub(super) len: usize,
}

/// Codes as numbers, so that one load brings a whole one: the text from the lowest byte on, its length in the
/// highest.
pub(super) type Table = [u64; 256];

#[inline]
pub(super) fn code(table: &Table, octet: u8) -> Code {
    let code = table.get(usize::from(octet)).copied().unwrap_or_default();
    Code { text: code.to_le_bytes(), len: (code >> 56) as usize }
}

/// `%XX` (RFC 5849 section 3.6).
pub(super) static ONCE: Table = table(false, b'+');
/// `%25XX`: the percent sign is encoded again (RFC 5849 section 3.4.1.1).
static TWICE: Table = table(true, b'+');
/// As [`TWICE`], for a form, in which a `+` stands for a space.
static FORM: Table = table(true, b' ');

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn table(twice: bool, plus: u8) -> Table {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let octet = if at == b'+' as usize { plus } else { at as u8 };
        let (high, low) = (DIGITS[(octet >> 4) as usize], DIGITS[(octet & 15) as usize]);
        table[at] = u64::from_le_bytes(match (is_unreserved(octet), twice) {
            (true, _) => [octet, 0, 0, 0, 0, 0, 0, 1],
            (false, false) => [b'%', high, low, 0, 0, 0, 0, 3],
            (false, true) => [b'%', b'2', b'5', high, low, 0, 0, 5],
        });
        at += 1;
    }
    table
}

static DIGITS: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut value = 0;
    #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while value < 16 {
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

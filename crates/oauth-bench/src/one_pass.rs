//! Percent-encoding in one pass, which every limit has in it that writes parameters: a look at a table for each byte, and one
//! write.

use oauth_sansio::percent;

pub(crate) struct OnePass {
    /// Each byte, percent-encoded, and how many bytes of that count.
    codes: Vec<([u8; 4], usize)>,
}

impl OnePass {
    pub(crate) fn new() -> Self {
        let code = |byte: u8| {
            let escaped = format!("%{byte:02X}\0").into_bytes();
            let text = if percent::is_unreserved(byte) { vec![byte, 0, 0, 0] } else { escaped };
            (text.try_into().expect("four bytes"), if percent::is_unreserved(byte) { 1 } else { 3 })
        };
        Self { codes: (0..=255).map(code).collect() }
    }

    /// How much room so many bytes need at most: four are written for each, of which one or three count.
    pub(crate) const fn room(length: usize) -> usize {
        length * 3 + 4
    }

    /// Writes a text to a place and tells where it ends.
    pub(crate) fn write(&self, text: &str, out: &mut [u8], mut at: usize) -> usize {
        for byte in text.bytes() {
            let (code, length) = self.codes[usize::from(byte)];
            out[at..at + 4].copy_from_slice(&code);
            at += length;
        }
        at
    }
}

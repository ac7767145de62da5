//! The tokens of RFC 9110 section 5.6, read from left to right in linear time.

use std::borrow::Cow;

use super::HeaderError;

/// A place in a header value.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `char` if it comes next.
    pub(super) fn eat(&mut self, char: char) -> bool {
        let tail = self.rest.strip_prefix(char);
        self.rest = tail.unwrap_or(self.rest);
        tail.is_some()
    }

    /// `OWS = *( SP / HTAB )`; tells whether there was any.
    pub(super) fn white_space(&mut self) -> bool {
        !self.take_while(|byte| matches!(byte, b' ' | b'\t')).is_empty()
    }

    /// `1*SP`, which alone may stand between a scheme and what follows it (RFC 9110 section 11.4).
    pub(super) fn spaces(&mut self) -> bool {
        !self.take_while(|byte| byte == b' ').is_empty()
    }

    /// `token = 1*tchar` (RFC 9110 section 5.6.2).
    pub(super) fn token(&mut self) -> Result<&'a str, HeaderError> {
        let token = self.take_while(is_tchar);
        if token.is_empty() { Err(HeaderError::Malformed) } else { Ok(token) }
    }

    /// `token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 9110 section 11.2).
    pub(super) fn token68(&mut self) -> Result<&'a str, HeaderError> {
        let whole = self.rest;
        // Tokens are long: the bytes of a block are looked at side by side, before what is left is one for one.
        let (blocks, _) = whole.as_bytes().as_chunks::<16>();
        let is_taken = |block: &&[u8; 16]| block.iter().fold(true, |all, byte| all & is_token68(*byte));
        self.take(blocks.iter().take_while(is_taken).count() * 16);
        self.take_while(is_token68);
        let body = whole.get(..whole.len() - self.rest.len()).unwrap_or_default();
        if body.is_empty() {
            return Err(HeaderError::Malformed);
        }
        let padding = self.take_while(|byte| byte == b'=');
        whole.get(..body.len() + padding.len()).ok_or(HeaderError::Malformed)
    }

    /// `auth-param = token BWS "=" BWS ( token / quoted-string )` (RFC 9110 section 11.2).
    pub(super) fn parameter(&mut self) -> Result<(&'a str, Cow<'a, str>), HeaderError> {
        let name = self.token()?;
        self.white_space();
        if !self.eat('=') {
            return Err(HeaderError::Malformed);
        }
        self.white_space();
        let value = if self.eat('"') { self.quoted_rest()? } else { Cow::Borrowed(self.token()?) };
        Ok((name, value))
    }

    /// A `quoted-string` behind its opening quote (RFC 9110 section 5.6.4).
    fn quoted_rest(&mut self) -> Result<Cow<'a, str>, HeaderError> {
        let plain = self.take_while(is_qdtext);
        if self.eat('"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            if self.eat('"') {
                return Ok(Cow::Owned(text));
            }
            if !self.eat('\\') {
                return Err(HeaderError::Malformed);
            }
            let mut chars = self.rest.chars();
            text.push(chars.next().filter(|char| is_quotable(*char)).ok_or(HeaderError::Malformed)?);
            self.rest = chars.as_str();
            text.push_str(self.take_while(is_qdtext));
        }
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !accept(byte)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn take(&mut self, end: usize) -> &'a str {
        // Every class is ASCII, or takes whole characters (`is_qdtext`), so the cut is between characters.
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        taken
    }
}

/// `tchar` (RFC 9110 section 5.6.2).
pub(super) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/"`: without branches, so that several can be looked at at once.
pub(super) fn is_token68(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // From the hyphen to the nine nothing else lies between.
    let is_digit = byte.wrapping_sub(b'-') <= b'9' - b'-';
    is_letter | is_digit | (byte == b'_') | (byte == b'~') | (byte == b'+')
}

/// `qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text` (RFC 9110 section 5.6.4).
fn is_qdtext(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\\' | 0x7f) && (byte >= 0x20 || byte == b'\t')
}

/// What may stand behind the backslash of a `quoted-pair` (RFC 9110 section 5.6.4).
pub(super) fn is_quotable(char: char) -> bool {
    char == '\t' || !char.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token68_is_of_its_characters_and_ends_before_the_first_other_one() {
        let listed = b"-._~+/";
        for byte in 0..=u8::MAX {
            assert_eq!(is_token68(byte), byte.is_ascii_alphanumeric() || listed.contains(&byte), "{byte}");
        }
        for length in 1..130 {
            let token = "a".repeat(length);
            let text = format!("{token} b");
            let mut scan = Scan::new(&text);
            assert_eq!(scan.token68().ok(), Some(token.as_str()));
            assert_eq!(scan.rest, " b");
        }
    }
}

//! The document that tells of tokens (RFC 6749 section 5.1). No other is written as often, so it is written by hand.

/// A JSON object, member by member.
pub(super) struct Body(String);

impl Body {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(256))
    }

    /// A member whose text needs no escape: a token, which has none but the characters of base64url, those of its prefix
    /// and dots, or a list of scopes (RFC 6749 appendices A.4 and A.12).
    pub(super) fn text(&mut self, name: &str, value: &str) {
        debug_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~' if byte != b'"' && byte != b'\\')));
        self.name(name);
        self.0.push('"');
        self.0.push_str(value);
        self.0.push('"');
    }

    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        self.digits(value);
    }

    /// A member that is JSON already.
    pub(super) fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push_str(value);
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.is_empty() { "{\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn digits(&mut self, number: u64) {
        if number >= 10 {
            self.digits(number / 10);
        }
        self.0.push(char::from(b'0' + (number % 10) as u8));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_body_is_the_json_of_its_members() {
        let mut body = Body::new();
        body.text("scope", "a !#[]~");
        for (name, number) in [("none", 0), ("ten", 10), ("most", u64::MAX)] {
            body.number(name, number);
        }
        body.json("list", "[1]");
        let read: Value = serde_json::from_str(&body.end()).unwrap();
        assert_eq!(read, json!({ "scope": "a !#[]~", "none": 0, "ten": 10, "most": u64::MAX, "list": [1] }));
    }
}

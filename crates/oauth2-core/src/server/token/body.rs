//! The document that tells of tokens (RFC 6749 section 5.1). No other is written as often, so it is written by hand, into
//! as much memory as it takes.

use bytes::Bytes;

/// The value of a member.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// A text that needs no escape: a token, which has none but the characters of base64url, those of its prefix and dots,
    /// or a list of scopes (RFC 6749 appendices A.4 and A.12).
    Text(&'a str),
    Number(u64),
    /// JSON already.
    Json(&'a str),
}

/// A JSON object of those members that are there.
pub(super) fn object(members: &[(&str, Option<Value<'_>>)]) -> Bytes {
    let members = || members.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    // Two braces and a comma less than there are members, which have two quotes and a colon each.
    let length = members().fold(1, |length, (name, value)| length + name.len() + value.length() + 4);
    let mut out = Vec::with_capacity(length);
    for (name, value) in members() {
        out.extend_from_slice(if out.is_empty() { b"{\"" } else { b",\"" });
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        value.write(&mut out);
    }
    out.push(b'}');
    debug_assert_eq!(out.len(), length);
    out.into()
}

impl Value<'_> {
    fn length(self) -> usize {
        match self {
            Self::Text(text) => text.len() + 2,
            Self::Number(number) => number.checked_ilog10().unwrap_or_default() as usize + 1,
            Self::Json(json) => json.len(),
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                debug_assert!(text.bytes().all(|b| matches!(b, b' '..=b'~' if b != b'"' && b != b'\\')));
                out.push(b'"');
                out.extend_from_slice(text.as_bytes());
                out.push(b'"');
            }
            Self::Number(number) => digits(out, number),
            Self::Json(json) => out.extend_from_slice(json.as_bytes()),
        }
    }
}

fn digits(out: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        digits(out, number / 10);
    }
    out.push(b'0' + (number % 10) as u8);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_the_json_of_its_members() {
        let body = object(&[
            ("scope", Some(Value::Text("a !#[]~"))),
            ("none", Some(Value::Number(0))),
            ("ten", Some(Value::Number(10))),
            ("absent", None),
            ("most", Some(Value::Number(u64::MAX))),
            ("list", Some(Value::Json("[1]"))),
        ]);
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(read, json!({ "scope": "a !#[]~", "none": 0, "ten": 10, "most": u64::MAX, "list": [1] }));
    }
}

//! Reading `authorization_details` (RFC 9396 section 2): a JSON array of objects, each with a `type`.

use oauth_sansio::form::Form;
use serde_json::Value;

use super::DetailsError;
use crate::{
    document::parse_value,
    server::{JsonText, Reason, parameters::optional},
};

/// Bytes of the text.
const MAX_BYTES: usize = 8 * 1024;
/// Objects in the array.
const MAX_OBJECTS: usize = 16;
/// Arrays and objects inside one another; the outermost counts.
const MAX_DEPTH: usize = 8;

/// The parameter, if it is there and asks for something.
pub(in crate::server) fn read(form: &Form<'_>) -> Result<Option<JsonText>, Reason> {
    match optional(form, "authorization_details")? {
        Some(text) => Ok(parse(text)?),
        None => Ok(None),
    }
}

/// For a grant that opens nothing in detail: whoever asks for some is told so, and gets no token that opens less than was
/// asked for without a word (RFC 9396 section 5).
pub(in crate::server) fn refuse(form: &Form<'_>) -> Result<(), Reason> {
    match read(form)? {
        Some(_) => Err(DetailsError::TypeNotAllowed.into()),
        None => Ok(()),
    }
}

/// The one text of an array that has the right shape; `None` for an empty one.
pub(crate) fn parse(text: &str) -> Result<Option<JsonText>, DetailsError> {
    if text.len() > MAX_BYTES || depth(text) > MAX_DEPTH {
        return Err(DetailsError::TooLarge);
    }
    let Ok(Value::Array(items)) = parse_value(text) else { return Err(DetailsError::Malformed) };
    if items.len() > MAX_OBJECTS {
        return Err(DetailsError::TooLarge);
    }
    let has_type = |item: &Value| item.get("type").is_some_and(Value::is_string);
    if !items.iter().all(has_type) {
        return Err(DetailsError::Malformed);
    }
    Ok((!items.is_empty()).then(|| JsonText::of(&Value::Array(items))))
}

/// How deep the text is nested, if it is JSON at all: counted without reading it.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                open += 1;
                deepest = deepest.max(open);
            }
            b']' | b'}' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

//! A JSON document that a peer sent: read once, borrowed from the body where it can be, repeats refused.

use std::{borrow::Cow, fmt, marker::PhantomData};

use bytes::Bytes;
use http::{HeaderMap, Response, header::CONTENT_TYPE};
use oauth_sansio::Outgoing;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use smallvec::SmallVec;

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The HTTP status is not one that such a document comes with. A redirect is never followed.
    #[error("the HTTP status does not fit")]
    Status,
    /// The media type is not `application/json`.
    #[error("the media type is not application/json")]
    ContentType,
    /// The body has too many bytes or too many members.
    #[error("the document is too large")]
    TooLarge,
    /// The body is not JSON (RFC 8259).
    #[error("the document is not JSON")]
    Json,
    /// The body is JSON, but not an object.
    #[error("the document is not a JSON object")]
    NotAnObject,
    /// Two members have one name.
    #[error("a member is repeated")]
    Repeated,
    /// A member that must be there is not.
    #[error("the member `{0}` is missing")]
    Missing(&'static str),
    /// A member is of another JSON type.
    #[error("the member `{0}` is of the wrong type")]
    Type(&'static str),
    /// A member is of the right type, but its value is none that the standard allows.
    #[error("the member `{0}` has a value that is not allowed")]
    Value(&'static str),
    /// A success and an error at once.
    #[error("the document tells of success and of an error")]
    Contradictory,
}

/// Members of one document. Far above any seen, low enough to compare each with each.
const MAX_MEMBERS: usize = 256;

/// The members of a JSON object. No name comes twice, in it or in any object inside it.
pub(crate) struct Object<'a>(Members<'a>);

/// As many as most documents have need no memory of their own.
type Members<'a> = SmallVec<[(Cow<'a, str>, Json<'a>); 10]>;

/// An object that was read, before it is known whether a name comes twice.
pub(crate) struct Unchecked<'a> {
    members: Members<'a>,
    /// Whether an object inside it has a name twice.
    repeats_inside: bool,
}

/// A member's value: the two common kinds, and whatever else there is.
pub(crate) enum Json<'a> {
    Text(Cow<'a, str>),
    Integer(u64),
    Other(Value),
}

impl<'a> Object<'a> {
    /// Reads a JSON object.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, DocumentError> {
        // Looking at all bytes at once is faster than at each text for itself.
        let text = std::str::from_utf8(body).map_err(|_| DocumentError::Json)?;
        let object: Unchecked<'a> = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => DocumentError::NotAnObject,
            _ => DocumentError::Json,
        })?;
        object.checked()
    }

    /// Members that came in another form.
    pub(crate) fn from_pairs(
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, DocumentError> {
        let members = pairs.map(|(name, value)| (name, Json::Text(value))).collect();
        Unchecked { members, repeats_inside: false }.checked()
    }

    /// Takes a member out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json<'a>> {
        let at = self.0.iter().position(|(one, _)| one == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes out a text.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, DocumentError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(DocumentError::Type(name)),
        }
    }

    /// Takes out a truth value.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, DocumentError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Other(Value::Bool(flag))) => Ok(Some(flag)),
            Some(_) => Err(DocumentError::Type(name)),
        }
    }

    /// Takes out a list of texts.
    pub(crate) fn list(&mut self, name: &'static str) -> Result<Option<Vec<String>>, DocumentError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Other(Value::Array(items))) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Ok(text),
                    _ => Err(DocumentError::Type(name)),
                })
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(DocumentError::Type(name)),
        }
    }

    /// Whether a member is there, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(one, _)| one == name)
    }

    /// The members without those that are `null`.
    pub(crate) fn without_nulls(mut self) -> Self {
        self.0.retain(|(_, value)| !matches!(value, Json::Other(Value::Null)));
        self
    }

    /// The members that nobody took.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.0.into_iter().map(|(name, value)| (name.into_owned(), value.into())).collect()
    }
}

impl<'a> Unchecked<'a> {
    /// The object, when each name is there once.
    pub(crate) fn checked(self) -> Result<Object<'a>, DocumentError> {
        if self.members.len() > MAX_MEMBERS {
            return Err(DocumentError::TooLarge);
        }
        let mut rest = self.members.as_slice();
        while let Some(((name, _), tail)) = rest.split_first() {
            if tail.iter().any(|(other, _)| other == name) {
                return Err(DocumentError::Repeated);
            }
            rest = tail;
        }
        if self.repeats_inside { Err(DocumentError::Repeated) } else { Ok(Object(self.members)) }
    }
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Text(text) => Self::String(text.into_owned()),
            Json::Integer(integer) => integer.into(),
            Json::Other(value) => value,
        }
    }
}

/// Reads any JSON in which no object has a name twice.
pub(crate) fn parse_value(text: &str) -> Result<Value, DocumentError> {
    match serde_json::from_str(text) {
        Ok(Found(Some(value))) => Ok(value.into()),
        Ok(Found(None)) => Err(DocumentError::Repeated),
        Err(_) => Err(DocumentError::Json),
    }
}

/// Refuses a body that is larger than any request of ours allows.
pub(crate) fn check_size(response: &Response<Bytes>) -> Result<(), DocumentError> {
    if response.body().len() > Outgoing::DEFAULT_MAX_RESPONSE_BYTES {
        return Err(DocumentError::TooLarge);
    }
    Ok(())
}

/// Refuses a media type that is not JSON, whatever its case and parameters (RFC 9110 section 8.3.1).
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), DocumentError> {
    let essence = content_type(headers).split(';').next().unwrap_or_default();
    if essence.trim_matches([' ', '\t']).eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(DocumentError::ContentType)
}

/// `Content-Type`, or nothing.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl<'de: 'a, 'a> Deserialize<'de> for Unchecked<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Unchecked::deserialize(deserializer)?.checked().map_err(D::Error::custom)
    }
}

struct ObjectVisitor<'a>(PhantomData<Unchecked<'a>>);

impl<'de: 'a, 'a> Visitor<'de> for ObjectVisitor<'a> {
    type Value = Unchecked<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unchecked<'a>, A::Error> {
        let mut members = Members::new();
        let mut repeats_inside = false;
        while let Some(Found(Some(Json::Text(name)))) = map.next_key()? {
            // One too many is kept, for the check that follows.
            if members.len() > MAX_MEMBERS {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            match map.next_value()? {
                Found(Some(value)) => members.push((name, value)),
                Found(None) => repeats_inside = true,
            }
        }
        Ok(Unchecked { members, repeats_inside })
    }
}

/// A value; `None` when an object in it has a name twice.
struct Found<'a>(Option<Json<'a>>);

impl<'de> Deserialize<'de> for Found<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Found<'de>, E> {
        Ok(Found(Some(Json::Text(Cow::Borrowed(text)))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Found<'de>, E> {
        Ok(Found(Some(Json::Text(Cow::Owned(text.to_owned())))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found<'de>, E> {
        Ok(Found(Some(Json::Integer(number))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Found<'de>, E> {
        Ok(other(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Found<'de>, E> {
        Ok(other(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Found<'de>, E> {
        Ok(other(flag))
    }

    fn visit_unit<E>(self) -> Result<Found<'de>, E> {
        Ok(other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found<'de>, A::Error> {
        let mut items = Some(Vec::new());
        while let Some(Found(item)) = seq.next_element()? {
            match (&mut items, item) {
                (Some(items), Some(item)) => items.push(Value::from(item)),
                _ => items = None,
            }
        }
        Ok(Found(items.map(|items| Json::Other(Value::Array(items)))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut members = Some(Map::new());
        while let Some((name, Found(value))) = map.next_entry::<String, _>()? {
            let is_new = match (&mut members, value) {
                (Some(members), Some(value)) => members.insert(name, Value::from(value)).is_none(),
                _ => false,
            };
            members = members.filter(|_| is_new);
        }
        Ok(Found(members.map(|members| Json::Other(Value::Object(members)))))
    }
}

fn other<'a>(value: impl Into<Value>) -> Found<'a> {
    Found(Some(Json::Other(value.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_borrowed_from_the_body() {
        let mut object = Object::parse(br#"{"a":"x","b":"\u0079","c":7}"#).unwrap();
        assert!(matches!(object.take("a"), Some(Json::Text(Cow::Borrowed("x")))));
        assert!(matches!(object.take("b"), Some(Json::Text(Cow::Owned(y))) if y == "y"));
        assert!(matches!(object.take("c"), Some(Json::Integer(7))));
    }

    #[test]
    fn repeats_are_seen_through_escapes() {
        for body in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            r#"{"x":[0,{"y":{"a":1,"a":null}},"z"],"w":{}}"#,
        ] {
            assert!(matches!(Object::parse(body.as_bytes()), Err(DocumentError::Repeated)), "{body}");
        }
    }

    #[test]
    fn too_many_members_are_refused_without_keeping_them() {
        let members = |n: usize| -> String {
            let members: Vec<_> = (0..n).map(|i| format!("\"m{i}\":[{i}]")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(Object::parse(members(MAX_MEMBERS).as_bytes()).is_ok());
        assert!(matches!(Object::parse(members(MAX_MEMBERS * 20).as_bytes()), Err(DocumentError::TooLarge)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_parse_or_are_refused(bytes: Vec<u8>) {
            let _ = Object::parse(&bytes);
        }
    }
}

//! A JSON document that a peer sent: read once, borrowed from the body where it can be, repeats refused.

use std::{borrow::Cow, fmt, marker::PhantomData};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header::CONTENT_TYPE};
use oauth_sansio::Outgoing;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
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

/// Where the members of an object are put while it is read, each as it comes: what is not returned is not moved.
pub(crate) trait Members<'a> {
    /// Puts one in; whether it is the first of its name.
    fn put(&mut self, name: Cow<'a, str>, value: Json<'a>) -> bool;

    /// Takes one out.
    fn take(&mut self, name: &str) -> Option<Json<'a>>;

    /// Whether one is there, whatever its value.
    fn has(&self, name: &str) -> bool;

    /// Takes out a text.
    fn text(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, DocumentError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(DocumentError::Type(name)),
        }
    }
}

/// The members of any JSON object. No name comes twice, in it or in any object inside it.
///
/// As many as most documents have need no memory of their own.
#[derive(Default)]
pub(crate) struct Object<'a>(SmallVec<[(Cow<'a, str>, Json<'a>); 10]>);

/// An object that was read as JSON, and what else may be wrong with it.
pub(crate) struct Unchecked<'a>(pub(crate) Result<Object<'a>, DocumentError>);

/// A member's value: the common kinds, and whatever else there is.
pub(crate) enum Json<'a> {
    Text(Cow<'a, str>),
    Integer(u64),
    Object(Box<Object<'a>>),
    Other(Value),
}

/// Reads a JSON object.
pub(crate) fn read<'a>(body: &'a [u8], members: &mut dyn Members<'a>) -> Result<(), DocumentError> {
    // Looking at all bytes at once is faster than at each text for itself.
    let text = std::str::from_utf8(body).map_err(|_| DocumentError::Json)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(Fill(members)).and_then(|read| json.end().map(|()| read));
    match read {
        Ok(read) => read,
        Err(error) if error.is_data() => Err(DocumentError::NotAnObject),
        Err(_) => Err(DocumentError::Json),
    }
}

impl<'a> Members<'a> for Object<'a> {
    fn put(&mut self, name: Cow<'a, str>, value: Json<'a>) -> bool {
        let is_first = !self.has(&name);
        self.0.push((name, value));
        is_first
    }

    fn take(&mut self, name: &str) -> Option<Json<'a>> {
        let at = self.0.iter().position(|(one, _)| is_name(one, name))?;
        Some(self.0.swap_remove(at).1)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(one, _)| is_name(one, name))
    }
}

impl<'a> Object<'a> {
    /// Reads a JSON object.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, DocumentError> {
        let mut object = Self::default();
        read(body, &mut object)?;
        Ok(object)
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

    /// The members without those that are `null`.
    pub(crate) fn without_nulls(mut self) -> Self {
        self.0.retain(|(_, value)| !matches!(value, Json::Other(Value::Null)));
        self
    }

    /// The members that nobody took.
    pub(crate) fn rest(&mut self) -> Map<String, Value> {
        self.0.drain(..).map(|(name, value)| (name.into_owned(), value.into())).collect()
    }
}

/// Whether two names are one. Most that are not differ in their length or their first byte, which is all that is looked at
/// then.
fn is_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().first() == other.as_bytes().first() && one == other
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Text(text) => Self::String(text.into_owned()),
            Json::Integer(integer) => integer.into(),
            Json::Object(mut object) => Self::Object(object.rest()),
            Json::Other(value) => value,
        }
    }
}

/// Reads any JSON in which no object has a name twice.
pub(crate) fn parse_value(text: &str) -> Result<Value, DocumentError> {
    match serde_json::from_str(text) {
        Ok(Found(value)) => value.map(Value::from),
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
    const JSON: &[u8] = b"application/json";
    let label = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = || label.split(|byte| *byte == b';').next().unwrap_or_default();
    // Most write it like this.
    if label == JSON || essence().trim_ascii().eq_ignore_ascii_case(JSON) {
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
        let mut object = Object::default();
        let read = deserializer.deserialize_map(Fill(&mut object))?;
        Ok(Self(read.map(|()| object)))
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Unchecked::deserialize(deserializer)?.0.map_err(D::Error::custom)
    }
}

/// Reads members to where they stay: an object is too large to be handed from one to the next.
struct Fill<'o, 'a>(&'o mut dyn Members<'a>);

impl<'de: 'a, 'a> Visitor<'de> for Fill<'_, 'a> {
    /// What is wrong with an object is told when the document was seen to be JSON.
    type Value = Result<(), DocumentError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut read, mut count) = (Ok(()), 0);
        while let Some(Name(name)) = map.next_key()? {
            count += 1;
            if read.is_err() || count > MAX_MEMBERS {
                map.next_value::<IgnoredAny>()?;
                read = read.and(Err(DocumentError::TooLarge));
                continue;
            }
            let Found(value) = map.next_value()?;
            read = value.and_then(|value| match self.0.put(name, value) {
                true => Ok(()),
                false => Err(DocumentError::Repeated),
            });
        }
        Ok(read)
    }
}

/// The name of a member.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A value, or what is wrong with an object in it.
struct Found<'a>(Result<Json<'a>, DocumentError>);

impl<'de: 'a, 'a> Deserialize<'de> for Found<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor(PhantomData))
    }
}

struct JsonVisitor<'a>(PhantomData<Json<'a>>);

impl<'de: 'a, 'a> Visitor<'de> for JsonVisitor<'a> {
    type Value = Found<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Found<'a>, E> {
        Ok(Found(Ok(Json::Text(Cow::Borrowed(text)))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Found<'a>, E> {
        Ok(Found(Ok(Json::Text(Cow::Owned(text.to_owned())))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found<'a>, E> {
        Ok(Found(Ok(Json::Integer(number))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Found<'a>, E> {
        Ok(other(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Found<'a>, E> {
        Ok(other(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Found<'a>, E> {
        Ok(other(flag))
    }

    fn visit_unit<E>(self) -> Result<Found<'a>, E> {
        Ok(other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found<'a>, A::Error> {
        let mut items = Ok(Vec::new());
        while let Some(Found::<'a>(item)) = seq.next_element()? {
            match (&mut items, item) {
                (Ok(items), Ok(item)) => items.push(Value::from(item)),
                (Ok(_), Err(error)) => items = Err(error),
                (Err(_), _) => {}
            }
        }
        Ok(Found(items.map(|items| Json::Other(Value::Array(items)))))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Found<'a>, A::Error> {
        let mut object = Box::<Object<'a>>::default();
        let read = Fill(&mut *object).visit_map(map)?;
        Ok(Found(read.map(|()| Json::Object(object))))
    }
}

fn other<'a>(value: impl Into<Value>) -> Found<'a> {
    Found(Ok(Json::Other(value.into())))
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

    #[test]
    fn an_object_inside_is_held_to_the_same_rules() {
        let inside = |n: usize| -> String {
            let members: Vec<_> = (0..n).map(|i| format!("\"m{i}\":{i}")).collect();
            format!("{{\"a\":[{{{}}}],\"b\":1}}", members.join(","))
        };
        assert!(Object::parse(inside(MAX_MEMBERS).as_bytes()).is_ok());
        let large = inside(MAX_MEMBERS + 1);
        assert!(matches!(Object::parse(large.as_bytes()), Err(DocumentError::TooLarge)));

        let mut object = Object::parse(br#"{"a":{"b":{"c":"x"}}}"#).unwrap();
        let Some(Json::Object(mut inner)) = object.take("a") else { panic!() };
        assert_eq!(Value::from(inner.take("b").unwrap()), serde_json::json!({ "c": "x" }));
    }

    #[test]
    fn what_is_no_json_is_told_before_what_is_wrong_in_it() {
        for body in [r#"{"a":1,"a":1"#, r#"{"a":{"b":1,"b":1},"c"}"#, r#"{"a":1,"a":1} x"#] {
            assert!(matches!(Object::parse(body.as_bytes()), Err(DocumentError::Json)), "{body}");
        }
        assert!(matches!(Object::parse(b"[]"), Err(DocumentError::NotAnObject)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_parse_or_are_refused(bytes: Vec<u8>) {
            let _ = Object::parse(&bytes);
        }
    }
}

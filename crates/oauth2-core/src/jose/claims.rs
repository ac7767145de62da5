//! The claims of a JWT (RFC 7519 section 4): read once, each name once, each of its type.

use std::borrow::Cow;

use oauth_sansio::Timestamp;
use serde_json::{Map, Value};

use crate::document::{DocumentError, Json, Members, Object};

/// The members of a payload that was verified.
pub struct Claims<'a>(Object<'a>);

/// What is wrong with claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ClaimError {
    /// The payload is no JSON object with each member once.
    #[error("the claims are malformed")]
    Malformed,
    /// A claim that must be there is not.
    #[error("the claim `{0}` is missing")]
    Missing(&'static str),
    /// A claim is of another type than the standard says.
    #[error("the claim `{0}` is of the wrong type")]
    Type(&'static str),
    /// A claim is longer than anybody needs.
    #[error("the claim `{0}` is too long")]
    TooLong(&'static str),
}

/// `aud`: one recipient or several (RFC 7519 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience<'a> {
    /// A text.
    One(Cow<'a, str>),
    /// An array of texts.
    Several(Vec<String>),
}

impl Audience<'_> {
    /// Whether it names this recipient, byte for byte.
    pub fn names(&self, recipient: &str) -> bool {
        match self {
            Self::One(one) => one == recipient,
            Self::Several(all) => all.iter().any(|one| one == recipient),
        }
    }
}

impl<'a> Claims<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`ClaimError::Malformed`].
    pub fn parse(payload: &'a [u8]) -> Result<Self, ClaimError> {
        Object::parse(payload).map(Self).map_err(|_: DocumentError| ClaimError::Malformed)
    }

    /// Takes out a text.
    ///
    /// # Errors
    /// [`ClaimError::Type`].
    pub fn text(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, ClaimError> {
        match self.0.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(ClaimError::Type(name)),
        }
    }

    /// Takes out a text that must be there and not be empty.
    ///
    /// # Errors
    /// [`ClaimError::Missing`], [`ClaimError::Type`].
    pub fn required(&mut self, name: &'static str) -> Result<Cow<'a, str>, ClaimError> {
        match self.text(name)? {
            None => Err(ClaimError::Missing(name)),
            Some(text) if text.is_empty() => Err(ClaimError::Type(name)),
            Some(text) => Ok(text),
        }
    }

    /// Takes out a date: seconds since 1970, the next whole one where it has a fraction (RFC 7519 section 2). A date
    /// before 1970 is the first second; one beyond every clock is the last.
    ///
    /// # Errors
    /// [`ClaimError::Type`].
    pub fn date(&mut self, name: &'static str) -> Result<Option<Timestamp>, ClaimError> {
        match self.0.take(name) {
            None => Ok(None),
            Some(Json::Integer(seconds)) => Ok(Some(Timestamp::from_unix(seconds))),
            Some(Json::Other(Value::Number(number))) => match number.as_f64() {
                // The conversion saturates at both ends.
                Some(seconds) if seconds.is_finite() => Ok(Some(Timestamp::from_unix(seconds.ceil() as u64))),
                _ => Err(ClaimError::Type(name)),
            },
            Some(_) => Err(ClaimError::Type(name)),
        }
    }

    /// Takes out `aud`.
    ///
    /// # Errors
    /// [`ClaimError::Type`].
    pub fn audience(&mut self) -> Result<Option<Audience<'a>>, ClaimError> {
        const NAME: &str = "aud";
        match self.0.take(NAME) {
            None => Ok(None),
            Some(Json::Text(one)) => Ok(Some(Audience::One(one))),
            Some(Json::Other(Value::Array(items))) => {
                let texts = items.into_iter().map(|item| match item {
                    Value::String(text) => Ok(text),
                    _ => Err(ClaimError::Type(NAME)),
                });
                texts.collect::<Result<_, _>>().map(|all| Some(Audience::Several(all)))
            }
            Some(_) => Err(ClaimError::Type(NAME)),
        }
    }

    /// Takes out an object, whose members are as these.
    ///
    /// # Errors
    /// [`ClaimError::Type`].
    pub fn object(&mut self, name: &'static str) -> Result<Option<Self>, ClaimError> {
        match self.0.take(name) {
            None => Ok(None),
            Some(Json::Object(members)) => Ok(Some(Self(*members))),
            Some(_) => Err(ClaimError::Type(name)),
        }
    }

    /// Takes out whatever is there.
    pub fn value(&mut self, name: &str) -> Option<Value> {
        self.0.take(name).map(Value::from)
    }

    /// Whether a claim is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.has(name)
    }

    /// The claims that nobody took.
    pub fn rest(mut self) -> Map<String, Value> {
        self.0.rest()
    }
}

//! The parameters of an answer: a form, as RFC 5849 says, or a JSON object, as some providers have it.

use std::fmt;

use oauth_sansio::form::{Form, FormError, Limits};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::AnswerError;

/// Names and values in the order they came.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body. Its media type plays no part: providers name many. A form with credentials in it does not begin
    /// with a brace.
    pub(super) fn parse(body: &[u8]) -> Result<Self, AnswerError> {
        // A name may be as long as a value: what is neither form nor JSON is best said to lack its parameters.
        let limits = Limits { name: Limits::default().value, ..Limits::default() };
        let body = body.trim_ascii();
        if body.len() > limits.bytes {
            return Err(FormError::TooLong.into());
        }
        if body.starts_with(b"{") {
            return serde_json::from_slice(body).map_err(|_| AnswerError::Json);
        }
        let form = Form::parse(body, &limits)?;
        Ok(Self(form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }

    /// Takes out a parameter that comes at most once, empty or not.
    pub(super) fn take(&mut self, name: &'static str) -> Result<Option<String>, AnswerError> {
        let mut found = self.0.extract_if(.., |(one, _)| one == name).map(|(_, value)| value);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(AnswerError::Repeated(name)),
            (value, None) => Ok(value),
        }
    }

    /// The first value of a parameter.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// What nobody took.
    pub(super) fn rest(self) -> Vec<(String, String)> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Reads members one by one: a map would keep the last of two that have one name.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            match value {
                Value::Null => {}
                Value::String(text) => members.push((name, text)),
                other => members.push((name, other.to_string())),
            }
        }
        Ok(Fields(members))
    }
}

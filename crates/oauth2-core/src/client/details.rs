//! What is asked for in detail (RFC 9396), and what was granted of it.

use oauth_sansio::form;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use super::{DeviceRequest, Error, Misuse, TokenExchange, call::Call};

/// `authorization_details`: objects that each have a `type` (RFC 9396 section 2).
///
/// ```
/// use oauth2_core::client::AuthorizationDetails;
/// use serde_json::json;
///
/// let details = AuthorizationDetails::default()
///     .with("payment", json!({ "amount": 100, "payee": "Bob" }))?
///     .with("accounts", json!({ "actions": ["read_balances"] }))?;
/// assert_eq!(details.of_type("payment").next().unwrap()["amount"], 100);
/// # Ok::<(), oauth2_core::client::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AuthorizationDetails(Vec<Map<String, Value>>);

impl AuthorizationDetails {
    /// Bytes of what is asked for, as JSON: it may have to go into an address.
    pub const MAX_BYTES: usize = 8 * 1024;

    /// One more object: its type, and its other members as a JSON object.
    ///
    /// # Errors
    /// [`Misuse::AuthorizationDetails`] when the members are no object or have a `type`, or when it all grows too large.
    pub fn with(mut self, kind: &str, members: Value) -> Result<Self, Error> {
        let Value::Object(mut members) = members else { return Err(Misuse::AuthorizationDetails.into()) };
        let had = members.insert(TYPE.to_owned(), kind.into());
        self.0.push(members);
        match had.is_none() && !kind.is_empty() && self.to_json().len() <= Self::MAX_BYTES {
            true => Ok(self),
            false => Err(Misuse::AuthorizationDetails.into()),
        }
    }

    /// The objects.
    pub fn iter(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.0.iter()
    }

    /// The objects of a type.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = &Map<String, Value>> {
        self.0.iter().filter(move |object| object.get(TYPE).is_some_and(|one| one == kind))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it goes over the wire.
    pub(super) fn to_json(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }

    /// From what a server says; `None` when it has another shape.
    pub(super) fn read(value: Value) -> Option<Self> {
        let Value::Array(items) = value else { return None };
        let objects = items.into_iter().map(|item| match item {
            Value::Object(object) if object.get(TYPE).is_some_and(Value::is_string) => Some(object),
            _ => None,
        });
        objects.collect::<Option<_>>().map(Self)
    }
}

const TYPE: &str = "type";

impl Call {
    fn add_details(&mut self, details: &AuthorizationDetails) {
        if !details.is_empty() {
            form::append(&mut self.body, "authorization_details", &details.to_json());
        }
    }
}

impl TokenExchange {
    /// Asks for tokens with these details, of what was granted or, for a client itself, of what it may have
    /// (RFC 9396 section 6).
    pub fn with_authorization_details(mut self, details: &AuthorizationDetails) -> Self {
        self.call.add_details(details);
        self
    }
}

impl DeviceRequest {
    /// Asks for something in detail (RFC 9396 section 4).
    pub fn with_authorization_details(mut self, details: &AuthorizationDetails) -> Self {
        self.call.add_details(details);
        self
    }
}

impl<'de> Deserialize<'de> for AuthorizationDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("no authorization details"))
    }
}

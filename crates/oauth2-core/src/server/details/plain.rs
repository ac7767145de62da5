//! A type of authorization details that is described by its members alone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Details, DetailsError, DetailsType};

/// A type whose objects have these members, of these kinds, and no others.
///
/// ```
/// use oauth2_core::server::{DetailsType as _, JsonKind, PlainDetails};
///
/// let accounts = PlainDetails::new("account_information")
///     .with("actions", JsonKind::Texts)
///     .with_optional("locations", JsonKind::Texts);
/// let asked = serde_json::json!({ "type": "account_information", "actions": ["read_balances"] });
/// assert_eq!(accounts.check(asked.as_object().unwrap()), Ok(()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainDetails {
    name: String,
    /// The kind of each member, and whether it must be there.
    members: BTreeMap<String, (JsonKind, bool)>,
}

/// What a member is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonKind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Flag,
    /// An array of texts.
    Texts,
    /// An array of anything.
    Array,
    /// An object of anything.
    Object,
}

impl JsonKind {
    /// Whether a value is of this kind.
    pub fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Flag, Value::Bool(_))
            | (Self::Array, Value::Array(_))
            | (Self::Object, Value::Object(_)) => true,
            (Self::Texts, Value::Array(items)) => items.iter().all(Value::is_string),
            _ => false,
        }
    }
}

impl PlainDetails {
    /// A type that has no member but `type`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), members: BTreeMap::new() }
    }

    /// Adds a member that must be there.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, kind: JsonKind) -> Self {
        self.members.insert(name.into(), (kind, true));
        self
    }

    /// Adds a member that may be there.
    #[must_use]
    pub fn with_optional(mut self, name: impl Into<String>, kind: JsonKind) -> Self {
        self.members.insert(name.into(), (kind, false));
        self
    }
}

impl DetailsType for PlainDetails {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self, details: &Details) -> Result<(), DetailsError> {
        for (name, value) in details.iter().filter(|(name, _)| *name != "type") {
            let (kind, _) = self.members.get(name).ok_or(DetailsError::MemberUnknown)?;
            if !kind.fits(value) {
                return Err(DetailsError::MemberType);
            }
        }
        let is_there =
            |(name, (_, required)): (&String, &(JsonKind, bool))| !required || details.contains_key(name);
        if self.members.iter().all(is_there) { Ok(()) } else { Err(DetailsError::MemberMissing) }
    }
}

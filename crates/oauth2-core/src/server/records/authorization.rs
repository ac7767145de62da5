//! What was granted, to whom and how: one value that everything which grows from a grant shares.

use std::fmt;

use oauth_sansio::{Digest, Family, Login};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Scopes, server::ClientId};

/// What was granted. The code, the refresh tokens and the access tokens of one grant share it, unless one was narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Authorization {
    /// The client it was granted to.
    pub client_id: ClientId,
    /// The resource owner; `None` when the client acts for itself.
    pub subject: Option<String>,
    /// What it opens.
    pub scopes: Scopes,
    /// Where it may be used: the audience of its access tokens (RFC 8707 section 2). Empty when nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What it opens in detail: a JSON array (RFC 9396 section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonText>,
    /// How the resource owner logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Box<Login>>,
    /// Who acts for the subject (RFC 8693 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Box<Actor>>,
    /// What all of it is revoked with.
    pub family: Family,
}

impl Authorization {
    /// A grant of these scopes and nothing else; `subject` is the resource owner, or nobody but the client.
    pub fn new(
        client_id: impl Into<ClientId>,
        subject: Option<String>,
        scopes: Scopes,
        family: Family,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            subject,
            scopes,
            resources: Vec::new(),
            details: None,
            login: None,
            actor: None,
            family,
        }
    }
}

/// A party that acts for another one, and whom it acts through (RFC 8693 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// Its identifier.
    pub sub: String,
    /// Who knows it by that identifier, where it is not this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Who acted before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// How many parties the chain has.
    pub fn depth(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).count()
    }
}

/// What a token is bound to: whoever presents it must prove that he holds this (RFC 7800 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// A DPoP key, by its thumbprint: `jkt` (RFC 9449 section 6.1).
    Dpop(Digest),
    /// A client certificate, by its thumbprint: `x5t#S256` (RFC 8705 section 3.1).
    Certificate(Digest),
}

/// A JSON document as one text, so that rows compare and hash. It was written here, never copied from outside.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JsonText(Box<str>);

impl JsonText {
    /// The text of a value.
    pub fn of(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value again; `Value::Null` should a store have spoilt the text.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

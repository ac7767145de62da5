//! Tokens that came, as they are told.

use oauth_sansio::Timestamp;
use oauth2_core::client::Tokens;
use serde_json::{Map, Value, json};

use crate::{
    tell::{ODD, line, printable},
    times,
};

/// What there is to know of tokens without the tokens.
pub(crate) fn tell_came(tokens: &Tokens, now: Timestamp) -> String {
    let mut out = line("type", tokens.token_type.as_deref().unwrap_or("Bearer"));
    out += &match tokens.expires_at {
        Some(end) => line("expires", &times::told(end, now)),
        None => line("expires", "the server does not say"),
    };
    if let Some(scope) = &tokens.scope {
        out += &line("scope", scope.as_str());
    }
    if !tokens.refused_scope.is_empty() {
        out += &format!("{ODD}not granted:{ODD:#} {}\n", printable(tokens.refused_scope.as_str()));
    }
    let names: Vec<_> = tokens.extra.keys().map(|name| printable(name)).collect();
    if !names.is_empty() {
        out += &line("came along", &names.join(", "));
    }
    out
}

/// The whole answer, secrets and all: for commands that are asked for tokens.
pub(crate) fn to_json(tokens: &Tokens, now: Timestamp) -> Value {
    let mut members: Map<String, Value> = tokens.extra.clone();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    };
    put("access_token", json!(tokens.access_token.expose()));
    put("token_type", json!(tokens.token_type));
    put("expires_at", json!(tokens.expires_at.map(Timestamp::as_unix)));
    put("expires_in", json!(tokens.expires_at.map(|end| end.since(now).as_secs())));
    put("refresh_token", json!(tokens.refresh_token.as_ref().map(|token| token.expose())));
    put("scope", json!(tokens.scope.as_ref().map(|scope| scope.as_str())));
    Value::Object(members)
}

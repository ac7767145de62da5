//! What is to be said of the documents that servers, APIs and clients publish.

mod authorization_server;
mod client;
mod protected_resource;

pub(crate) use authorization_server::check as authorization_server;
pub(crate) use client::check as client;
pub(crate) use protected_resource::check as protected_resource;

use serde_json::Value;

use crate::tell::line;

/// The members of a document, each on its line, lists in one.
pub(crate) fn members(document: &Value) -> String {
    let members = document.as_object().into_iter().flatten();
    members.map(|(name, value)| line(name, &text(value))).collect()
}

/// A value as a person reads it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

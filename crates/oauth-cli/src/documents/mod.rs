//! What is to be said of the documents that servers, APIs and clients publish.

mod authorization_server;
mod client;
mod protected_resource;

pub(crate) use authorization_server::check as authorization_server;
pub(crate) use client::check as client;
pub(crate) use protected_resource::check as protected_resource;

use serde_json::Value;

use crate::tell::{TITLE, printable};

/// The members of a document, each on its line, lists in one.
pub(crate) fn members(document: &Value) -> String {
    let members = || document.as_object().into_iter().flatten();
    /// Longer names are not waited for.
    const WIDEST: usize = 46;
    let lengths = members().map(|(name, _)| printable(name).chars().count());
    let width = lengths.filter(|length| *length <= WIDEST).max().unwrap_or_default();
    let line = |(name, value): (&String, &Value)| {
        format!("{TITLE}{:<width$}{TITLE:#} {}\n", printable(name), printable(&text(value)))
    };
    members().map(line).collect()
}

/// A value as a person reads it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

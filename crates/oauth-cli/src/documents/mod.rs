//! What is to be said of the documents that servers, APIs and clients publish.

mod authorization_server;
mod client;
mod protected_resource;

pub(crate) use authorization_server::check as authorization_server;
pub(crate) use client::check as client;
pub(crate) use protected_resource::check as protected_resource;

use oauth2_core::metadata::MetadataError;
use serde_json::Value;

use crate::{
    check::Checks,
    tell::{TITLE, printable},
};

/// What is checked of a document before anything it says counts, in words.
struct Words {
    form: &'static str,
    believed: &'static str,
    /// That it is the one that was asked for, and what says which that is.
    asked: (&'static str, &'static str),
}

/// Whether a document can be read and believed; `judge` says what is odd about one that can be read.
fn believe<M>(
    words: &Words,
    parsed: Result<M, MetadataError>,
    is_asked: bool,
    validate: impl FnOnce(&M) -> Result<(), MetadataError>,
    judge: impl FnOnce(&M, &mut Checks),
) -> (Checks, Option<M>) {
    let mut checks = Checks::default();
    let metadata = match parsed {
        Ok(metadata) => metadata,
        Err(error) => {
            checks.fails(words.form, error.to_string());
            checks.unchecked(words.believed, "the document cannot be read");
            return (checks, None);
        }
    };
    checks.holds(words.form);
    if !is_asked {
        checks.unchecked(words.asked.0, words.asked.1);
    }
    checks.result(words.believed, validate(&metadata));
    judge(&metadata, &mut checks);
    (checks, Some(metadata))
}

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

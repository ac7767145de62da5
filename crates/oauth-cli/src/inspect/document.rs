//! A document that somebody publishes.

use oauth2_core::metadata::Transport;
use serde_json::Value;

use super::{Found, Kind, Options};
use crate::{documents, remote::transport_of};

/// Checks it.
pub(super) fn look(options: &Options, kind: Kind, text: &str) -> Found {
    let members: Value = serde_json::from_str(text).unwrap_or_default();
    // Whoever asks for an address on this machine takes documents of it.
    let transport = |asked: &Option<String>| match asked {
        Some(address) => transport_of(address),
        None => Transport::Https,
    };
    let checks = match kind {
        Kind::Resource => {
            let asked = &options.resource;
            documents::protected_resource(text.as_bytes(), asked.as_deref(), transport(asked)).0
        }
        Kind::Client => documents::client(text.as_bytes(), options.client_id.as_deref()),
        _ => {
            let asked = &options.issuer;
            documents::authorization_server(text.as_bytes(), asked.as_deref(), transport(asked)).0
        }
    };
    let told = documents::members(&without_secrets(&members));
    Found { checks, told, members: without_secrets(&members) }
}

/// Somebody may have published one, and it need not be told on.
fn without_secrets(members: &Value) -> Value {
    let mut members = members.clone();
    for name in ["client_secret", "registration_access_token"] {
        if let Some(secret) = members.get_mut(name) {
            *secret = Value::from("…");
        }
    }
    members
}

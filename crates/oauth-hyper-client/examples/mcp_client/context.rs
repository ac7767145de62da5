//! What an application has been given beforehand.

use std::sync::Arc;

use oauth_sansio::Secret;
use oauth2_core::client::AssertionKey;
use oauth2_core::jose::{Algorithm, LocalSigner};
use serde_json::Value;

use crate::Result;

/// What an application has been given beforehand.
#[derive(Default)]
pub(crate) struct Context {
    /// As whom it is known, at which issuer, with which secret.
    pub(crate) client_id: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    /// What it signs assertions with.
    pub(crate) key: Option<AssertionKey>,
    /// It acts for itself.
    pub(crate) is_machine: bool,
    /// What the platform that it runs on says of it (RFC 7523).
    pub(crate) workload: Option<Secret>,
    /// The person's login at the enterprise: token endpoint, client there, ID token.
    pub(crate) enterprise: Option<(String, String, Secret)>,
    /// Tokens shall be bound to a key.
    pub(crate) is_bound: bool,
    /// The server may have no metadata at all.
    pub(crate) is_old: bool,
}

impl Context {
    pub(crate) fn read() -> Result<Self> {
        let given: Value = match std::env::var("MCP_CONFORMANCE_CONTEXT") {
            Ok(text) => serde_json::from_str(&text)?,
            Err(_) => Value::Null,
        };
        let scenario = std::env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default();
        let text = |name: &str| given[name].as_str().map(str::to_owned);
        let key = match text("private_key_pem") {
            Some(pem) => {
                let signer = LocalSigner::from_pem(&pem, Algorithm::Es256, "")?;
                Some(AssertionKey::new(Arc::new(signer)))
            }
            None => None,
        };
        let enterprise = match (text("idp_token_endpoint"), text("idp_client_id"), text("idp_id_token")) {
            (Some(endpoint), Some(client), Some(token)) => Some((endpoint, client, token.into())),
            _ => None,
        };
        Ok(Self {
            is_machine: scenario.contains("client-credentials"),
            is_bound: scenario.contains("dpop"),
            is_old: scenario.contains("2025-03-26"),
            client_id: text("client_id"),
            issuer: text("issuer"),
            client_secret: text("client_secret").map(Secret::new),
            workload: text("valid_jwt").map(Secret::new),
            key,
            enterprise,
        })
    }
}

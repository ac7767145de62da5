//! Authorization server metadata (RFC 8414).

use serde::Serialize;

/// What an authorization server says of itself (RFC 8414 section 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuthorizationServerMetadata {
    /// The issuer identifier.
    pub issuer: String,
}

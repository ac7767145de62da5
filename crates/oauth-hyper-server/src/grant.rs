//! What a protected API learns of a request that was let through.

use std::sync::Arc;

/// Which protocol the request spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// OAuth 1.0a (RFC 5849).
    OAuth1,
    /// OAuth 2 with a bearer token (RFC 6750).
    OAuth2,
}

/// What was proven about a request, whichever protocol proved it. Found in the request's extensions.
///
/// It holds no token: an API that calls another one is a client of that one, and gets its own
/// (RFC 9700 section 4.9.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The protocol that was spoken.
    pub protocol: Protocol,
    /// The client that sent the request.
    pub client_id: Arc<str>,
    /// The resource owner that it acts for; `None` when it acts for itself.
    pub subject: Option<String>,
    /// What it may do: scopes of OAuth 2, realms of OAuth 1.
    pub scopes: Vec<String>,
}

impl Grant {
    /// Whether a scope was granted, compared whole.
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

//! What a protected API learns of a request that was let through.

use std::sync::Arc;

use oauth_sansio::Timestamp;
use oauth2_core::{Scopes, resource, server::JsonText};
use serde::{Deserialize, Serialize};

pub use oauth2_core::resource::Principal;

/// Which protocol the request spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OAuth 1.0a (RFC 5849).
    OAuth1,
    /// OAuth 2 (RFC 6750, RFC 9449).
    OAuth2,
}

/// What was proven about a request, whichever protocol proved it. Found in the request's extensions; a clone is another
/// handle to the same.
///
/// It holds no token: an API that calls another one is a client of that one, and gets its own
/// (RFC 9700 section 4.9.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant(Proven);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Proven {
    OAuth1(Arc<Signed>),
    OAuth2(Arc<resource::Grant>),
}

/// What OAuth 1 proves.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Signed {
    pub(crate) client_id: Arc<str>,
    pub(crate) principal: Principal,
    pub(crate) realms: Vec<String>,
}

impl Grant {
    /// The protocol that was spoken.
    pub fn protocol(&self) -> Protocol {
        match &self.0 {
            Proven::OAuth1(_) => Protocol::OAuth1,
            Proven::OAuth2(_) => Protocol::OAuth2,
        }
    }

    /// The authorization server that issued the token, where it is named: always, unless it is the one whose store is
    /// shared.
    pub fn issuer(&self) -> Option<&str> {
        self.oauth2().and_then(|grant| grant.issuer.as_deref())
    }

    /// The client that sent the request.
    pub fn client_id(&self) -> &str {
        match &self.0 {
            Proven::OAuth1(signed) => &signed.client_id,
            Proven::OAuth2(grant) => &grant.client_id,
        }
    }

    /// Whom the client acts for. A client may be named like a user: the two are never one (RFC 9700 section 4.15).
    pub fn principal(&self) -> &Principal {
        match &self.0 {
            Proven::OAuth1(signed) => &signed.principal,
            Proven::OAuth2(grant) => &grant.principal,
        }
    }

    /// The resource owner that it acts for; `None` when it acts for itself. One server's owners are not another's: with
    /// several, look at the [`issuer`](Self::issuer), too.
    pub fn subject(&self) -> Option<&str> {
        match self.principal() {
            Principal::User(subject) => Some(subject),
            Principal::Client => None,
        }
    }

    /// What it may do: scopes of OAuth 2, realms of OAuth 1.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let (realms, scopes) = match &self.0 {
            Proven::OAuth1(signed) => (signed.realms.as_slice(), None),
            Proven::OAuth2(grant) => (&[][..], Some(grant.scopes.iter())),
        };
        realms.iter().map(String::as_str).chain(scopes.into_iter().flatten())
    }

    /// Whether a scope was granted, compared whole.
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// Whether all of these were.
    pub fn allows_all(&self, scopes: &Scopes) -> bool {
        scopes.iter().all(|scope| self.allows(scope))
    }

    /// For whom the token is; empty when it is for nobody in particular.
    pub fn audience(&self) -> &[String] {
        self.oauth2().map_or(&[], |grant| &grant.audience)
    }

    /// What was granted in detail: a JSON array (RFC 9396 section 9).
    pub fn authorization_details(&self) -> Option<&JsonText> {
        self.oauth2().and_then(|grant| grant.details.as_ref())
    }

    /// How strong the login of the owner was (RFC 9470 section 6).
    pub fn acr(&self) -> Option<&str> {
        self.oauth2().and_then(|grant| grant.acr.as_deref())
    }

    /// When the owner logged in.
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.oauth2().and_then(|grant| grant.auth_time)
    }

    /// All that a token of OAuth 2 stands for.
    pub fn oauth2(&self) -> Option<&resource::Grant> {
        match &self.0 {
            Proven::OAuth1(_) => None,
            Proven::OAuth2(grant) => Some(grant),
        }
    }
}

impl From<Signed> for Grant {
    fn from(signed: Signed) -> Self {
        Self(Proven::OAuth1(Arc::new(signed)))
    }
}

impl From<Arc<resource::Grant>> for Grant {
    fn from(grant: Arc<resource::Grant>) -> Self {
        Self(Proven::OAuth2(grant))
    }
}

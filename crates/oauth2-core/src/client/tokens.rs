//! What a client gets, and how it uses it (RFC 6749 sections 5.1 and 7.1, RFC 6750 section 2.1).

use std::borrow::Cow;

use http::{HeaderValue, Request, header::AUTHORIZATION};
use oauth_sansio::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AuthorizationDetails, Error, Misuse};
use crate::Scopes;

/// An access token and what came with it. Plain serde data; written out, it contains secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The access token.
    #[serde(with = "oauth_sansio::secret::exposed")]
    pub access_token: Secret,
    /// How it is used; compare it without regard to case. `None` only from a server that said nothing and is read
    /// leniently; it is then taken for a bearer token.
    pub token_type: Option<Cow<'static, str>>,
    /// When it ends, by the clock of the moment in which it came; `None` when the server did not say.
    pub expires_at: Option<Timestamp>,
    /// A new refresh token, or the one that was used when the answer brought none.
    #[serde(with = "oauth_sansio::secret::exposed_option")]
    pub refresh_token: Option<Secret>,
    /// What was granted: the server's word, or else what was asked for (RFC 6749 section 5.1). `None` when neither
    /// says: the server's default, or after a refresh the scope as before.
    pub scope: Option<Scopes>,
    /// What was asked for and not granted. Look at it: a user may have ticked a box off.
    pub refused_scope: Scopes,
    /// What was granted in detail (RFC 9396 section 7), where the server says so. It may be other than what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
    /// All other members, as they came. Some may be secret.
    pub extra: Map<String, Value>,
}

impl Tokens {
    /// Whether the token is bound to a key, which must be proven with each use ([`DpopKey::authorize`](super::DpopKey)).
    pub fn is_bound_to_a_key(&self) -> bool {
        self.token_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("DPoP"))
    }

    /// Puts the access token into a request, in the `Authorization` header and nowhere else (RFC 6750 section 2.1).
    ///
    /// # Errors
    /// [`Misuse::TokenType`] when the token is no bearer token: one of another type must not be used by a client
    /// that does not understand it (RFC 6749 section 7.1).
    pub fn authorize<B>(&self, request: &mut Request<B>) -> Result<(), Error> {
        // RFC 6749 section 5.1: the type is compared without regard to case.
        if !self.token_type.as_deref().unwrap_or("Bearer").eq_ignore_ascii_case("Bearer") {
            return Err(Misuse::TokenType.into());
        }
        let token = self.access_token.expose();
        let mut value = String::with_capacity("Bearer ".len() + token.len());
        value.push_str("Bearer ");
        value.push_str(token);
        let mut value = HeaderValue::try_from(value).map_err(|_| Misuse::TokenType)?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }

    /// Whether the access token has ended. One that nobody limited has not.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| now >= expires_at)
    }
}

/// Names of unknown members, never their values: an `id_token` is among them.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("access_token", &self.access_token)
            .field("token_type", &self.token_type)
            .field("expires_at", &self.expires_at)
            .field("refresh_token", &self.refresh_token)
            .field("scope", &self.scope)
            .field("refused_scope", &self.refused_scope)
            .field("authorization_details", &self.authorization_details)
            .field("extra", &self.extra.keys())
            .finish()
    }
}

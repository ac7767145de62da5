//! The refresh token grant (RFC 6749 section 6).

use oauth_sansio::Secret;

use super::{Client, TokenExchange, exchange::Asked};
use crate::Scopes;

impl Client {
    /// Asks for a new access token with the scope of the old one.
    ///
    /// When the answer brings no refresh token, the [`Tokens`](super::Tokens) carry on the one that was used
    /// (RFC 6749 section 6). A refresh token may be good for one use only: send one request at a time.
    pub fn refresh(&self, refresh_token: &Secret) -> TokenExchange {
        let asked = Asked { scope: None, keeps_refresh_token: true };
        TokenExchange::new(self, "refresh_token", false, asked, &[("refresh_token", refresh_token.expose())])
    }

    /// Asks for a new access token with less scope than the old one.
    pub fn refresh_narrowed(&self, refresh_token: &Secret, scope: &Scopes) -> TokenExchange {
        let asked = Asked { scope: Some(scope.clone()), keeps_refresh_token: true };
        let parameters = [("refresh_token", refresh_token.expose()), ("scope", scope.as_str())];
        TokenExchange::new(self, "refresh_token", false, asked, &parameters)
    }
}

//! The client credentials grant (RFC 6749 section 4.4).

use super::{Client, ClientAuthentication, Error, Misuse, TokenExchange, exchange::Asked};
use crate::Scopes;

impl Client {
    /// Asks for access on the client's own behalf; with no scope, for whatever the server gives.
    ///
    /// # Errors
    /// [`Misuse::PublicClient`] when the client does not authenticate (RFC 6749 section 4.4.2).
    pub fn client_credentials(&self, scope: &Scopes) -> Result<TokenExchange, Error> {
        if self.0.authentication == ClientAuthentication::None {
            return Err(Misuse::PublicClient.into());
        }
        let parameters: &[_] = if scope.is_empty() { &[] } else { &[("scope", scope.as_str())] };
        // A second token does no harm: nothing was spent.
        Ok(TokenExchange::new(self, "client_credentials", true, Asked::of(scope), parameters))
    }
}

//! Token credentials (RFC 5849 section 2.3).

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, secret::exposed};
use serde::{Deserialize, Serialize};

use super::{
    Client, Error,
    answer::{self, Answer},
};

/// What requests on a person's behalf are signed with: plain data, to be kept like a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCredentials {
    /// `oauth_token`: the identifier.
    pub token: String,
    /// The secret that goes with it.
    #[serde(with = "exposed")]
    pub secret: Secret,
    /// What else the provider answered, in order: a user's name, an expiry.
    #[serde(default)]
    pub extra: Vec<(String, String)>,
}

/// Exchanges temporary credentials and a verifier for token credentials.
#[derive(Debug)]
pub struct TokenExchange {
    client: Client,
    token: String,
    secret: Secret,
    verifier: Secret,
}

impl TokenExchange {
    pub(super) fn new(client: Client, token: String, secret: Secret, verifier: Secret) -> Self {
        Self { client, token, secret, verifier }
    }
}

impl Exchange for TokenExchange {
    type Done = TokenCredentials;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let (uri, token) = (&self.client.0.token, Some((self.token.as_str(), &self.secret)));
        let verifier = ("oauth_verifier", self.verifier.expose());
        Ok(self.client.credential_request(uri, token, verifier, moment)?)
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let Answer { token, secret, extra, confirmed: _ } = answer::read(&response)?;
        Ok(Progress::Done(TokenCredentials { token, secret, extra }))
    }
}

/// The identifier only.
impl std::fmt::Debug for TokenCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCredentials").field("token", &self.token).finish_non_exhaustive()
    }
}

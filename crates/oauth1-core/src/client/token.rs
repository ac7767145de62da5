//! Token credentials (RFC 5849 section 2.3).

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_sansio::{
    Exchange, Moment, Outgoing, Progress, Secret, Timestamp,
    secret::{exposed, exposed_option},
};
use serde::{Deserialize, Serialize};

use super::{
    AnswerError, Client, Error,
    answer::{self, Answer},
    credential::{CredentialRequest, Parameters},
    fields::Fields,
};

/// What requests on a person's behalf are signed with: plain data, to be kept like a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCredentials {
    /// `oauth_token`: the identifier.
    pub token: String,
    /// The secret that goes with it.
    #[serde(with = "exposed")]
    pub secret: Secret,
    /// When they end, where the provider says (`oauth_expires_in` of "OAuth Session").
    #[serde(default)]
    pub expires: Option<Timestamp>,
    /// When no renewal is possible any more (`oauth_authorization_expires_in`).
    #[serde(default)]
    pub authorization_expires: Option<Timestamp>,
    /// What they are renewed with (`oauth_session_handle`).
    #[serde(default, with = "exposed_option")]
    pub session_handle: Option<Secret>,
    /// What else the provider answered, in order: a user's name.
    #[serde(default)]
    pub extra: Vec<(String, String)>,
}

impl TokenCredentials {
    /// Credentials without end. Both empty, they make requests that carry an empty `oauth_token`, as drafts before RFC 5849
    /// had it where a client acts for itself.
    pub fn new(token: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            secret: secret.into(),
            expires: None,
            authorization_expires: None,
            session_handle: None,
            extra: Vec::new(),
        }
    }

    /// Credentials as they were answered at this time.
    pub(super) fn read(answer: Answer, now: Timestamp) -> Result<Self, AnswerError> {
        let Answer { token, secret, mut rest } = answer;
        Ok(Self {
            token,
            secret,
            expires: end(&mut rest, "oauth_expires_in", now)?,
            authorization_expires: end(&mut rest, "oauth_authorization_expires_in", now)?,
            session_handle: rest.take("oauth_session_handle")?.map(Secret::new),
            extra: rest.rest(),
        })
    }
}

/// The end of so many seconds from now.
pub(super) fn end(
    fields: &mut Fields,
    name: &'static str,
    now: Timestamp,
) -> Result<Option<Timestamp>, AnswerError> {
    let Some(seconds) = fields.take(name)? else { return Ok(None) };
    // Digits alone; a number parser would take a sign, too.
    match seconds.bytes().all(|byte| byte.is_ascii_digit()).then(|| seconds.parse()) {
        Some(Ok(seconds)) => Ok(Some(now.plus(Duration::from_secs(seconds)))),
        _ => Err(AnswerError::Seconds(name)),
    }
}

/// Exchanges temporary credentials and a verifier for token credentials.
#[derive(Debug)]
pub struct TokenExchange {
    client: Client,
    token: String,
    secret: Secret,
    verifier: Option<Secret>,
    extra: Parameters,
}

impl TokenExchange {
    pub(super) fn new(client: Client, token: String, secret: Secret, verifier: Option<Secret>) -> Self {
        Self { client, token, secret, verifier, extra: Parameters::default() }
    }

    /// The same with one more parameter, signed like the others.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push(name, value);
        self
    }
}

impl Exchange for TokenExchange {
    type Done = TokenCredentials;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let Self { client, token, secret, verifier, extra } = &*self;
        Ok(CredentialRequest::token(client, (token, secret), verifier.as_ref(), extra).sign(moment)?)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        Ok(Progress::Done(TokenCredentials::read(answer::read(&response)?, moment.now())?))
    }
}

/// The identifier only.
impl std::fmt::Debug for TokenCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCredentials").field("token", &self.token).finish_non_exhaustive()
    }
}

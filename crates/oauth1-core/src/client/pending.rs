//! An authorization that a person is deciding on (RFC 5849 section 2.2).

use http::Uri;
use oauth_sansio::{
    Secret,
    form::{Form, FormError, Limits},
    secret::exposed,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    AnswerError, Client, TokenExchange,
    answer::{self, Answer},
};

/// Temporary credentials, waiting for the person to come back: plain data, to be kept in the session of the browser
/// that was sent to the provider, and nowhere else. That is what tells a forged callback from a true one (RFC 5849
/// section 4.14).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    token: String,
    #[serde(with = "exposed")]
    secret: Secret,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

/// Why a callback is not the end of this authorization. The [`Pending`] is still good for another one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The person said no.
    #[error("the person refused")]
    Denied,
    /// The provider reports a problem, in its own words.
    #[error("the provider reports {0}")]
    Problem(String),
    /// The callback belongs to another authorization.
    #[error("the callback is for another token")]
    TokenMismatch,
    /// The query cannot be read.
    #[error("the query cannot be read: {0}")]
    Query(#[from] FormError),
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A parameter comes more than once.
    #[error("{0} is repeated")]
    Repeated(&'static str),
}

impl Pending {
    pub(super) fn new(answer: Answer) -> Self {
        let Answer { token, secret, extra, confirmed: _ } = answer;
        Self { token, secret, extra }
    }

    /// The identifier of the temporary credentials.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What else the provider answered, in order.
    pub fn extra(&self) -> &[(String, String)] {
        &self.extra
    }

    /// Where to send the person.
    pub fn authorization_url(&self, client: &Client) -> Url {
        let mut url = client.config().provider.authorization.clone();
        url.query_pairs_mut().append_pair("oauth_token", &self.token);
        url
    }

    /// Reads the request that the person's browser made to the callback: its URI, absolute or from the path on.
    ///
    /// # Errors
    /// When the person refused, or the callback is not the answer to this authorization; nothing is used up then.
    pub fn callback(&self, client: &Client, uri: &Uri) -> Result<TokenExchange, CallbackError> {
        let query = uri.query().unwrap_or_default();
        let form = Form::parse(query.as_bytes(), &Limits::default())?;
        // Whatever else it says, it must be about our token.
        let token = one(&form, "oauth_token")?;
        let denied = one(&form, "denied")?;
        if token.or(denied).is_some_and(|token| token != self.token) {
            return Err(CallbackError::TokenMismatch);
        }
        match one(&form, "oauth_problem")? {
            Some("permission_denied" | "user_refused") => return Err(CallbackError::Denied),
            Some(problem) => {
                return Err(CallbackError::Problem(answer::short(problem).unwrap_or_default()));
            }
            // Some providers answer `denied=<token>`.
            None if denied.is_some() => return Err(CallbackError::Denied),
            None => {}
        }
        token.ok_or(CallbackError::Missing("oauth_token"))?;
        // RFC 5849 section 2.2: both are REQUIRED.
        match one(&form, "oauth_verifier")? {
            None => Err(CallbackError::Missing("oauth_verifier")),
            Some("") => Err(CallbackError::Empty("oauth_verifier")),
            Some(verifier) => Ok(self.verifier(client, verifier)),
        }
    }

    /// Goes on with a verifier that the person has carried over (`oob`).
    pub fn verifier(&self, client: &Client, verifier: &str) -> TokenExchange {
        TokenExchange::new(
            client.clone(),
            self.token.clone(),
            self.secret.clone(),
            Secret::new(verifier.trim()),
        )
    }
}

fn one<'f>(form: &'f Form<'_>, name: &'static str) -> Result<Option<&'f str>, CallbackError> {
    answer::one(form, name).map_err(|_: AnswerError| CallbackError::Repeated(name))
}

/// The identifier only.
impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("token", &self.token).finish_non_exhaustive()
    }
}

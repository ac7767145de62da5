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
    AnswerError, Callback, Client, TokenExchange,
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
    version: Version,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

/// What the provider has shown itself to speak.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Version {
    /// It confirmed the callback.
    #[default]
    OneZeroA,
    /// It did not, and the client takes that: the callback is named where the person decides, unsigned.
    OneZero { callback: Option<Url> },
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
    pub(super) fn new(client: &Client, callback: &Callback, answer: Answer) -> Result<Self, AnswerError> {
        let Answer { token, secret, mut rest } = answer;
        // RFC 5849 section 2.1: the parameter is REQUIRED, and tells a provider of 1.0a from one before it.
        let confirmed = rest.take("oauth_callback_confirmed")?.as_deref() == Some("true");
        let version = match callback {
            _ if confirmed => Version::OneZeroA,
            _ if !client.config().dangerously_accept_oauth_1_0 => {
                return Err(AnswerError::CallbackNotConfirmed);
            }
            Callback::Uri(url) => Version::OneZero { callback: Some(url.clone()) },
            Callback::Established | Callback::OutOfBand => Version::OneZero { callback: None },
        };
        Ok(Self { token, secret, version, extra: rest.rest() })
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
        self.authorization_url_with(client, &[])
    }

    /// Where to send the person, with parameters for this one authorization: what is asked for, for how long, in which
    /// language. They are not signed.
    pub fn authorization_url_with(&self, client: &Client, extra: &[(&str, &str)]) -> Url {
        let provider = &client.config().provider;
        let mut url = provider.authorization.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("oauth_token", &self.token);
        if let Version::OneZero { callback: Some(callback) } = &self.version {
            query.append_pair("oauth_callback", callback.as_str());
        }
        if provider.name_client_at_authorization {
            query.append_pair("oauth_consumer_key", &client.config().consumer_key);
        }
        query.extend_pairs(&provider.extra.authorization).extend_pairs(extra);
        drop(query);
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
            None => self.without_verifier(client),
            Some("") => Err(CallbackError::Empty("oauth_verifier")),
            Some(verifier) => Ok(self.verifier(client, verifier)),
        }
    }

    /// Goes on with a verifier that the person has carried over (`oob`).
    pub fn verifier(&self, client: &Client, verifier: &str) -> TokenExchange {
        self.exchange(client, Some(Secret::new(verifier.trim())))
    }

    /// Goes on when the person says to have agreed, with a provider of OAuth 1.0 without the a that was accepted as
    /// such.
    ///
    /// # Errors
    /// Where the provider speaks OAuth 1.0a, the verifier is missing.
    pub fn without_verifier(&self, client: &Client) -> Result<TokenExchange, CallbackError> {
        // Both must say so: what is kept in a session is no configuration.
        match (&self.version, client.config().dangerously_accept_oauth_1_0) {
            (Version::OneZero { .. }, true) => Ok(self.exchange(client, None)),
            _ => Err(CallbackError::Missing("oauth_verifier")),
        }
    }

    fn exchange(&self, client: &Client, verifier: Option<Secret>) -> TokenExchange {
        TokenExchange::new(client.clone(), self.token.clone(), self.secret.clone(), verifier)
    }
}

/// The value of a parameter, empty or not.
fn one<'f>(form: &'f Form<'_>, name: &'static str) -> Result<Option<&'f str>, CallbackError> {
    let mut values = form.all(name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(CallbackError::Repeated(name)),
        (value, None) => Ok(value),
    }
}

/// The identifier only.
impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("token", &self.token).finish_non_exhaustive()
    }
}

//! The answer to a credential request (RFC 5849 sections 2.1 and 2.3).

use bytes::Bytes;
use http::{Response, StatusCode, header::WWW_AUTHENTICATE};
use oauth_sansio::{Secret, auth::parse_challenges, form::FormError};

use super::{Error, fields::Fields};

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is not a form.
    #[error("it is not a form: {0}")]
    Form(#[from] FormError),
    /// It begins like a JSON object and is none.
    #[error("it is not a JSON object")]
    Json,
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter that must not be empty is.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A parameter comes more than once, equal or not.
    #[error("{0} is repeated")]
    Repeated(&'static str),
    /// A parameter is not a whole number of seconds.
    #[error("{0} is not a whole number of seconds")]
    Seconds(&'static str),
    /// `token_type` is not `Bearer`.
    #[error("it is no bearer token")]
    TokenType,
    /// `oauth_callback_confirmed` is not `true`: the provider has not bound the callback, and a forged one could not
    /// be told from ours (RFC 5849 section 2.1).
    #[error("the provider does not confirm the callback")]
    CallbackNotConfirmed,
}

/// Credentials as they were answered.
pub(super) struct Answer {
    pub(super) token: String,
    pub(super) secret: Secret,
    /// What else there is.
    pub(super) rest: Fields,
}

/// Reads an answer.
pub(super) fn read(response: &Response<Bytes>) -> Result<Answer, Error> {
    check_status(response)?;
    Ok(credentials(Fields::parse(response.body())?)?)
}

/// Refuses an answer that grants nothing.
pub(super) fn check_status(response: &Response<Bytes>) -> Result<(), Error> {
    match response.status() {
        StatusCode::OK => Ok(()),
        status if status.is_redirection() => Err(Error::Redirected(status)),
        status => Err(Error::Refused { status, problem: problem(response) }),
    }
}

fn credentials(mut rest: Fields) -> Result<Answer, AnswerError> {
    let token = rest.take("oauth_token")?.ok_or(AnswerError::Missing("oauth_token"))?;
    if token.is_empty() {
        return Err(AnswerError::Empty("oauth_token"));
    }
    // A shared secret may be empty (RFC 5849 section 3.4.2).
    let secret = rest.take("oauth_token_secret")?.ok_or(AnswerError::Missing("oauth_token_secret"))?;
    Ok(Answer { token, secret: secret.into(), rest })
}

/// `oauth_problem`, from the challenge or from the body: a widespread extension.
pub(super) fn problem(response: &Response<Bytes>) -> Option<String> {
    told(response, "oauth_problem").as_deref().and_then(short)
}

/// What the challenge of a refusal says of something, or its body.
pub(super) fn told(response: &Response<Bytes>, name: &str) -> Option<String> {
    let challenges =
        response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let challenges = parse_challenges(challenges).unwrap_or_default();
    let oauth = challenges.iter().filter(|challenge| challenge.scheme.eq_ignore_ascii_case("OAuth"));
    match oauth.flat_map(|challenge| challenge.parameters()).find(|(one, _)| *one == name) {
        Some((_, value)) => Some((*value).to_string()),
        None => Fields::parse(response.body()).ok()?.first(name).map(str::to_owned),
    }
}

/// A word that may be shown and logged; anything else is dropped.
pub(super) fn short(problem: &str) -> Option<String> {
    let word = !problem.is_empty()
        && problem.len() <= 64
        && problem.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    word.then(|| problem.to_owned())
}

//! The answer to a credential request (RFC 5849 sections 2.1 and 2.3).

use bytes::Bytes;
use http::{Response, StatusCode, header::WWW_AUTHENTICATE};
use oauth_sansio::{
    Secret,
    auth::parse_challenges,
    form::{Form, FormError, Limits},
};

use super::Error;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is not a form.
    #[error("it is not a form: {0}")]
    Form(#[from] FormError),
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter that must not be empty is.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A parameter comes more than once, equal or not.
    #[error("{0} is repeated")]
    Repeated(&'static str),
    /// `oauth_callback_confirmed` is not `true`: the provider has not bound the callback, and a forged one could not
    /// be told from ours (RFC 5849 section 2.1).
    #[error("the provider does not confirm the callback")]
    CallbackNotConfirmed,
}

/// Credentials as they were answered.
pub(super) struct Answer {
    pub(super) token: String,
    pub(super) secret: Secret,
    pub(super) confirmed: bool,
    pub(super) extra: Vec<(String, String)>,
}

/// Reads an answer. Its media type plays no part: providers name many, and the format is always this one.
pub(super) fn read(response: &Response<Bytes>) -> Result<Answer, Error> {
    match response.status() {
        StatusCode::OK => {}
        status if status.is_redirection() => return Err(Error::Redirected(status)),
        status => return Err(Error::Refused { status, problem: problem(response) }),
    }
    Ok(credentials(&form(response)?)?)
}

fn form(response: &Response<Bytes>) -> Result<Form<'_>, AnswerError> {
    // A name may be as long as a value: what is no form at all is best said to lack its parameters.
    let limits = Limits { name: Limits::default().value, ..Limits::default() };
    Ok(Form::parse(response.body().trim_ascii(), &limits)?)
}

fn credentials(form: &Form<'_>) -> Result<Answer, AnswerError> {
    let token = one(form, "oauth_token")?.ok_or(AnswerError::Missing("oauth_token"))?;
    if token.is_empty() {
        return Err(AnswerError::Empty("oauth_token"));
    }
    // A shared secret may be empty (RFC 5849 section 3.4.2).
    let secret = one(form, "oauth_token_secret")?.ok_or(AnswerError::Missing("oauth_token_secret"))?;
    let confirmed = one(form, "oauth_callback_confirmed")? == Some("true");
    let extra = form.pairs().filter(|(name, _)| !matches!(*name, "oauth_token" | "oauth_token_secret"));
    Ok(Answer {
        token: token.to_owned(),
        secret: Secret::new(secret),
        confirmed,
        extra: extra.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    })
}

/// The value of a parameter, empty or not.
pub(super) fn one<'f>(form: &'f Form<'_>, name: &'static str) -> Result<Option<&'f str>, AnswerError> {
    let mut values = form.all(name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(AnswerError::Repeated(name)),
        (value, None) => Ok(value),
    }
}

/// `oauth_problem`, from the challenge or from the body: a widespread extension.
fn problem(response: &Response<Bytes>) -> Option<String> {
    let challenges =
        response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let challenges = parse_challenges(challenges).unwrap_or_default();
    let told = challenges.iter().filter(|challenge| challenge.scheme.eq_ignore_ascii_case("OAuth"));
    let told = told.flat_map(|challenge| challenge.parameters()).find(|(name, _)| *name == "oauth_problem");
    match told {
        Some((_, problem)) => short(problem),
        None => form(response).ok()?.all("oauth_problem").next().and_then(short),
    }
}

/// A word that may be shown and logged; anything else is dropped.
pub(super) fn short(problem: &str) -> Option<String> {
    let word = !problem.is_empty()
        && problem.len() <= 64
        && problem.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    word.then(|| problem.to_owned())
}

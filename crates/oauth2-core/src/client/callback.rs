//! The authorization response, as the browser brings it (RFC 6749 section 4.1.2, RFC 9207).

use http::Uri;
use oauth_sansio::{
    Secret, Timestamp,
    form::{Form, FormError, Limits},
};
use url::Url;

use super::{
    Client, Error, ErrorCode, Misuse, Pending, Refusal, SignedAnswerError, TokenExchange, Untrusted,
};

/// Why a callback is not the answer to an authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The query is too large, or does not decode.
    #[error("the query cannot be read: {0}")]
    Form(FormError),
    /// A parameter of the protocol came twice (RFC 6749 section 3.1).
    #[error("`{0}` is repeated")]
    Repeated(&'static str),
    /// It came to another path than the redirect URI's (RFC 9700 section 4.4.2).
    #[error("it came to another path than the redirect URI's")]
    WrongPath,
    /// There is no `state`.
    #[error("`state` is missing")]
    MissingState,
    /// `state` is not this authorization's (RFC 6749 section 10.12).
    #[error("`state` is of another authorization")]
    StateMismatch,
    /// The user took longer than the client allows.
    #[error("the authorization has expired")]
    Expired,
    /// The server says that it sends `iss`, and it is not there (RFC 9207 section 2.4).
    #[error("`iss` is missing")]
    MissingIss,
    /// The response is of another server: a mix-up attack (RFC 9207 section 2.4).
    #[error("`iss` is another issuer")]
    IssMismatch,
    /// There is neither `code` nor `error`.
    #[error("`code` is missing")]
    MissingCode,
    /// There are both `code` and `error`.
    #[error("`code` and `error` came together")]
    CodeAndError,
    /// A signed answer was asked for (JARM), and this is none that can be believed.
    #[error("the signed answer: {0}")]
    Signed(#[from] SignedAnswerError),
    /// What the provider signs its responses with does not verify ([`profile`](super::profile)).
    #[error("the response is not signed by the provider")]
    Hmac,
    /// The response is about another site of the provider than was asked ([`profile`](super::profile)).
    #[error("the response is of another site")]
    OtherSite,
    /// A parameter of another response type or mode, which was not asked for.
    #[error("`{0}` was not asked for")]
    Unexpected(&'static str),
}

/// A callback that led to no exchange.
///
/// `pending` is `Some` when the callback did not know this authorization's `state`, so anybody may have forged it:
/// keep it, the right one may still come. Whoever knows the state ends the authorization, one way or the other: it
/// was refused, has expired, or somebody lies (a wrong `iss`), and it cannot be tried again.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct CallbackFailed {
    /// What is wrong.
    pub error: Error,
    /// The authorization, when it still waits.
    pub pending: Option<Box<Pending>>,
}

impl CallbackFailed {
    /// The right one may still come.
    pub(super) fn waiting(error: Error, pending: Pending) -> Self {
        Self { error, pending: Some(Box::new(pending)) }
    }
}

impl From<CallbackFailed> for Error {
    fn from(failed: CallbackFailed) -> Self {
        failed.error
    }
}

impl Pending {
    /// Reads what the browser brought to the redirect URI: an absolute URL, or a path and a query.
    ///
    /// `client` must be the one that started the authorization. Nothing is sent before everything is checked.
    ///
    /// # Errors
    /// [`CallbackFailed`], with the authorization in it when it still waits.
    pub fn callback(
        self,
        client: &Client,
        uri: &Uri,
        now: Timestamp,
    ) -> Result<TokenExchange, CallbackFailed> {
        match self.is_own_path(client, uri) {
            true => self.callback_query(client, uri.query().unwrap_or_default(), now),
            false => Err(CallbackFailed::waiting(CallbackError::WrongPath.into(), self)),
        }
    }

    /// Reads the query alone, where the redirect URI is of a scheme that `http::Uri` does not know.
    ///
    /// # Errors
    /// [`CallbackFailed`], with the authorization in it when it still waits.
    pub fn callback_query(
        self,
        client: &Client,
        query: &str,
        now: Timestamp,
    ) -> Result<TokenExchange, CallbackFailed> {
        // JARM section 2.4: what is not signed is not even looked at.
        if self.signed.is_some() {
            let is_signed = query.split('&').any(|pair| pair.starts_with("response="));
            let error = if is_signed {
                Misuse::SignedAnswer.into()
            } else {
                CallbackError::from(SignedAnswerError::NotSigned).into()
            };
            return Err(CallbackFailed::waiting(error, self));
        }
        match Form::parse(query.as_bytes(), &LIMITS) {
            Ok(form) => self.judge(client, &form, now),
            Err(error) => Err(CallbackFailed::waiting(CallbackError::Form(error).into(), self)),
        }
    }

    /// The path only: behind a proxy, scheme and host of a request are not those that the browser saw.
    pub(super) fn is_own_path(&self, client: &Client, uri: &Uri) -> bool {
        match &client.0.redirect_uri {
            Some(own) if *own == self.redirect_uri => client.0.redirect_path.as_deref() == Some(uri.path()),
            // The client was configured anew while the person decided.
            _ => path_of(&self.redirect_uri).as_deref() == Some(uri.path()),
        }
    }

    /// Judges the parameters of an answer, however they came.
    pub(super) fn judge(
        self,
        client: &Client,
        form: &Form<'_>,
        now: Timestamp,
    ) -> Result<TokenExchange, CallbackFailed> {
        if let Err(error) = self.check_state(client, form) {
            return Err(CallbackFailed::waiting(error, self));
        }
        match self.check_answer(client, form, now) {
            Err(error) => Err(CallbackFailed { error, pending: None }),
            Ok(code) => Ok(TokenExchange::code(client, &self, &code)),
        }
    }

    /// Whether the callback is of this authorization at all.
    fn check_state(&self, client: &Client, form: &Form<'_>) -> Result<(), Error> {
        if *self.issuer != *client.0.issuer || *self.client_id != *client.0.client_id {
            return Err(Misuse::OtherClient.into());
        }
        let mut states = form.all("state");
        let state = match (states.next(), states.next()) {
            (None, _) => return Err(CallbackError::MissingState.into()),
            (Some(state), None) => Secret::new(state),
            _ => return Err(CallbackError::Repeated("state").into()),
        };
        // RFC 6749 section 10.12; `Secret` compares in constant time.
        if state != self.state {
            return Err(CallbackError::StateMismatch.into());
        }
        Ok(())
    }

    /// Everything else; gives the code.
    fn check_answer(&self, client: &Client, form: &Form<'_>, now: Timestamp) -> Result<Secret, Error> {
        let one = |name| form.one(name).map_err(|_| CallbackError::Repeated(name));
        if now >= self.expires {
            return Err(CallbackError::Expired.into());
        }
        // RFC 9207 section 2.4, before anything else is believed: simple string comparison, also for errors.
        match one("iss")? {
            Some(iss) if iss != &*self.issuer => return Err(CallbackError::IssMismatch.into()),
            None if client.0.server.iss_parameter_supported => return Err(CallbackError::MissingIss.into()),
            _ => {}
        }
        client.check_authenticity(form)?;
        // RFC 6749 section 4.1.2.1
        let (code, error) = (one("code")?, one("error")?);
        let description = one("error_description")?;
        let uri = one("error_uri")?;
        match (code, error) {
            (None, None) => Err(CallbackError::MissingCode.into()),
            (Some(_), Some(_)) => Err(CallbackError::CodeAndError.into()),
            (None, Some(error)) => Err(Error::Refused(Refusal {
                code: ErrorCode::parse(client.0.server.callback_error(error))
                    .unwrap_or(ErrorCode::Unreadable),
                description: description.map(|text| Untrusted::new(text.into())),
                uri: uri.map(|text| Untrusted::new(text.into())),
                status: None,
                retry_after: None,
            })),
            (Some(code), None) => match FOREIGN.iter().find(|name| form.all(name).next().is_some()) {
                Some(name) => Err(CallbackError::Unexpected(name).into()),
                None => Ok(Secret::new(code)),
            },
        }
    }
}

/// The path of a redirect URI that has one.
pub(super) fn path_of(redirect_uri: &str) -> Option<String> {
    Url::parse(redirect_uri).ok().map(|url| url.path().to_owned())
}

/// What only comes with other response types and modes (RFC 6749 section 4.2.2, JARM section 2.3).
pub(super) const FOREIGN: &[&str] = &["access_token", "token_type", "refresh_token", "id_token", "response"];

/// A query is part of a URL, which servers limit to about this.
pub(super) const LIMITS: Limits = Limits { bytes: 16 * 1024, parameters: 50, name: 64, value: 8 * 1024 };

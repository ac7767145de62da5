//! The authorization response as one signed text (JARM: JWT Secured Authorization Response Mode).

use std::borrow::Cow;

use http::Uri;
use oauth_sansio::{
    Timestamp,
    form::{Form, Limits},
};

use super::{CallbackError, CallbackFailed, Client, Misuse, Pending, TokenExchange, callback};
use crate::jose::{ClaimError, Claims, JwkSet, Jws, JwsError, Limits as JwsLimits, Typ};

/// Why a signed answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedAnswerError {
    /// There is none: the signature was never there, or somebody took it off (JARM section 2.4).
    #[error("the answer is not signed")]
    NotSigned,
    /// The text is none of the server's. [`JwsError::NoKey`] may mean that the server has new keys.
    #[error(transparent)]
    Signature(#[from] JwsError),
    /// It says something in a form that it does not have.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// It is for another client.
    #[error("it is for another client")]
    Audience,
    /// It is too old.
    #[error("it has expired")]
    Expired,
}

/// The parameters of an answer (JARM section 2.1). Beside a signed one they would be anybody's.
const PARAMETERS: [&str; 6] = ["iss", "state", "code", "error", "error_description", "error_uri"];

impl Pending {
    /// Reads what the browser brought to the redirect URI, when the client asked for
    /// [signed answers](super::Config::signed_answers). `keys` are the server's, as
    /// [`Client::server_keys`](super::Client::server_keys) brings them. When no key fits
    /// ([`JwsError::NoKey`]) the server may have new ones: fetch them, and try again
    /// with what comes back.
    ///
    /// # Errors
    /// [`CallbackFailed`], with the authorization in it when it still waits.
    pub fn signed_callback(
        self,
        client: &Client,
        keys: &JwkSet,
        uri: &Uri,
        now: Timestamp,
    ) -> Result<TokenExchange, CallbackFailed> {
        if !self.is_own_path(uri) {
            return Err(CallbackFailed::waiting(CallbackError::WrongPath.into(), self));
        }
        self.signed_callback_query(client, keys, uri.query().unwrap_or_default(), now)
    }

    /// Reads the query alone, where the redirect URI is of a scheme that `http::Uri` does not know.
    ///
    /// # Errors
    /// [`CallbackFailed`], with the authorization in it when it still waits.
    pub fn signed_callback_query(
        self,
        client: &Client,
        keys: &JwkSet,
        query: &str,
        now: Timestamp,
    ) -> Result<TokenExchange, CallbackFailed> {
        if !self.signed {
            return Err(CallbackFailed::waiting(Misuse::NoSignedAnswer.into(), self));
        }
        match open(&self, keys, query, now) {
            // Nobody but the server could have signed it, so what follows is as good as a plain answer is.
            Ok(form) => self.judge(client, &form, now),
            // Anybody may have sent it.
            Err(error) => Err(CallbackFailed::waiting(error.into(), self)),
        }
    }
}

/// The parameters in a signed answer, once it is known to be by the server, for this client, and of now.
fn open(
    pending: &Pending,
    keys: &JwkSet,
    query: &str,
    now: Timestamp,
) -> Result<Form<'static>, CallbackError> {
    let form = Form::parse(query.as_bytes(), &LIMITS).map_err(CallbackError::Form)?;
    let response = match form.all(RESPONSE).collect::<Vec<_>>().as_slice() {
        // A downgrade: whoever took the signature off gets nothing out of it (JARM section 2.4).
        [] => return Err(SignedAnswerError::NotSigned.into()),
        [response] => *response,
        _ => return Err(CallbackError::Repeated(RESPONSE)),
    };
    if let Some(name) = PARAMETERS.iter().find(|name| form.all(name).next().is_some()) {
        return Err(CallbackError::Unexpected(name));
    }
    let claims = verify(pending, keys, response, now)?;
    // JARM section 2.1: it must be there, whatever the metadata says. Which one it is, is looked at once the state is known.
    let has_issuer = matches!(claims.one("iss"), Ok(Some(_)));
    if has_issuer { Ok(claims) } else { Err(CallbackError::MissingIss) }
}

/// What the server has signed, as it would stand in a query.
fn verify(
    pending: &Pending,
    keys: &JwkSet,
    response: &str,
    now: Timestamp,
) -> Result<Form<'static>, SignedAnswerError> {
    let jws = Jws::parse(response, &JwsLimits::default())?;
    // Another kind of JWT by the same key is no answer (RFC 8725 section 3.11).
    jws.expect_typ(&[Typ::Absent, Typ::Is("jwt"), Typ::Is("oauth-authz-resp+jwt")])?;
    // The key fixes the algorithm, and there is none for `none` (JARM section 2.4).
    let mut claims = Claims::parse(jws.verify_by(keys)?)?;
    if !claims.audience()?.is_some_and(|audience| audience.names(&pending.client_id)) {
        return Err(SignedAnswerError::Audience);
    }
    let expires = claims.date("exp")?.ok_or(ClaimError::Missing("exp"))?;
    if now >= expires {
        return Err(SignedAnswerError::Expired);
    }
    // What only comes with other response types is judged as it is in a plain answer.
    let names = PARAMETERS.iter().chain(callback::FOREIGN).copied();
    let parameters = names.map(|name| Ok((name, claims.text(name)?)));
    let parameters = parameters.collect::<Result<Vec<_>, ClaimError>>()?;
    let texts = parameters.into_iter().filter_map(|(name, value)| Some((name, value?.into_owned())));
    Ok(texts.map(|(name, value)| (Cow::Borrowed(name), Cow::Owned(value))).collect())
}

const RESPONSE: &str = "response";

/// A signed answer is longer than a plain one.
const LIMITS: Limits = Limits { bytes: 32 * 1024, value: 16 * 1024, ..callback::LIMITS };

//! The authorization response as one signed text (JARM: JWT Secured Authorization Response Mode).

use std::borrow::Cow;

use http::Uri;
use oauth_sansio::{
    Timestamp,
    form::{Form, Limits},
};

use serde::{Deserialize, Serialize};

use super::{CallbackError, CallbackFailed, Client, Misuse, Pending, TokenExchange, callback};
use crate::jose::{ClaimError, Claims, JwkSet, Jws, JwsError, Limits as JwsLimits, Typ};

/// Which way a signed answer comes (JARM section 2.3). What comes another way than it was asked for is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignedMode {
    /// `query.jwt`, or `jwt`, which is the same for codes: in the query of the redirect URI.
    Query,
    /// `fragment.jwt`: behind the `#`, which a browser keeps to itself. A script of the page at the redirect URI hands it on.
    Fragment,
    /// `form_post.jwt`: in the body of a `POST` to the redirect URI, which another site causes: no cookie comes along that is
    /// `SameSite=Lax` or `Strict`.
    FormPost,
}

impl SignedMode {
    /// What it is called in a request, the name that says more first.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Query => &["query.jwt", "jwt"],
            Self::Fragment => &["fragment.jwt"],
            Self::FormPost => &["form_post.jwt"],
        }
    }
}

/// Why a signed answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedAnswerError {
    /// There is none: the signature was never there, or somebody took it off (JARM section 2.4).
    #[error("the answer is not signed")]
    NotSigned,
    /// It came another way than was asked for.
    #[error("the answer came another way than was asked for")]
    Mode,
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

/// The `state` that a signed answer names, by which an application finds the authorization that it may be of. It is not
/// verified, and good for nothing else; `None` when there is none to be read.
pub fn unverified_state(parameters: &str) -> Option<String> {
    let form = Form::parse(parameters.as_bytes(), &LIMITS).ok()?;
    let jws = Jws::parse(form.one(RESPONSE).ok()??, &JwsLimits::default()).ok()?;
    Some(Claims::parse(jws.unverified()).ok()?.text("state").ok()??.into_owned())
}

/// The parameters of an answer (JARM section 2.1). Beside a signed one they would be anybody's.
const PARAMETERS: [&str; 6] = ["iss", "state", "code", "error", "error_description", "error_uri"];

impl Pending {
    /// Reads what the browser brought to the redirect URI in its query, when the client asked for
    /// [signed answers](super::Config::signed_answers) in it. `keys` are the server's, as
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
        if !self.is_own_path(client, uri) {
            return Err(CallbackFailed::waiting(CallbackError::WrongPath.into(), self));
        }
        self.signed_parameters(client, keys, SignedMode::Query, uri.query().unwrap_or_default(), now)
    }

    /// Reads the parameters alone, by the way in which they came: a query, what stands behind the `#`, or the body of a form.
    ///
    /// # Errors
    /// [`CallbackFailed`], with the authorization in it when it still waits.
    pub fn signed_parameters(
        self,
        client: &Client,
        keys: &JwkSet,
        came: SignedMode,
        parameters: &str,
        now: Timestamp,
    ) -> Result<TokenExchange, CallbackFailed> {
        let opened = match self.signed {
            None => return Err(CallbackFailed::waiting(Misuse::NoSignedAnswer.into(), self)),
            Some(asked) if asked != came => Err(SignedAnswerError::Mode.into()),
            Some(_) => open(&self, keys, parameters, now),
        };
        match opened {
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
    parameters: &str,
    now: Timestamp,
) -> Result<Form<'static>, CallbackError> {
    let form = Form::parse(parameters.as_bytes(), &LIMITS).map_err(CallbackError::Form)?;
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

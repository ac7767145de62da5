//! The authorization endpoint (RFC 6749 section 3.1): from a request to a pending one that waits for the person.
//!
//! What is wrong before the redirect URI is known to be the client's is told to the person; everything after is
//! told to the client, at that URI.

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Browser, Digest, Moment, base64url, form::Form};

use super::{
    Asked as Wishes, AuthorizationServer, Batch, Client, Commit, Facts, GrantType, Load, Pending, Reason,
    Record, Requested, ResponseMode, Step, Wanted,
    parameters::{optional, parse, parse_body, required},
    redirect,
    step::{Lost, Then},
    wire,
};
use crate::{Scopes, pkce::Challenge};

/// A request whose redirect URI has not been looked at.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Asking {
    redirect_uri: Option<String>,
    state: Option<String>,
    asked: Result<Asked, Reason>,
    browser: Option<Browser>,
}

/// What is asked for.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Asked {
    /// `None`: whatever the client may have.
    scopes: Option<Scopes>,
    code_challenge: Challenge,
    /// The key that the code will be bound to (RFC 9449 section 10).
    dpop_jkt: Option<Digest>,
}

pub(super) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok((client_id, asking)) => Step::Load(Load::new(
            server,
            Wanted { client: Some(client_id), ..Wanted::default() },
            Then::Authorize(asking),
        )),
        Err(reason) => Step::Reply(wire::direct_error(reason, "GET, POST")),
    }
}

fn read(server: &AuthorizationServer, request: &Request<Bytes>) -> Result<(String, Asking), Reason> {
    let limits = &server.config().limits;
    // RFC 6749 section 3.1: GET must be supported, POST may be.
    let form = match *request.method() {
        Method::GET => parse(request.uri().query().unwrap_or_default().as_bytes(), &limits.form)?,
        Method::POST => parse_body(request.headers(), request.body(), &limits.form)?,
        _ => return Err(Reason::Method),
    };
    let client_id = required(&form, "client_id")?.to_owned();
    let redirect_uri = optional(&form, "redirect_uri")?.map(str::to_owned);
    let state = read_state(&form, limits.state);
    let asked = read_asked(&form);
    let (state, asked) = match state {
        Ok(state) => (state, asked),
        // Nothing comes back that was not understood.
        Err(reason) => (None, Err(reason)),
    };
    let browser = Browser::of(request.headers(), server.is_secure());
    Ok((client_id, Asking { redirect_uri, state, asked, browser }))
}

fn read_state(form: &Form<'_>, limit: usize) -> Result<Option<String>, Reason> {
    let state = optional(form, "state")?;
    // `1*VSCHAR` (RFC 6749 appendix A.5)
    if state.is_some_and(|state| state.len() > limit || !state.bytes().all(|b| matches!(b, 0x20..=0x7e))) {
        return Err(Reason::Malformed("state"));
    }
    Ok(state.map(str::to_owned))
}

fn read_asked(form: &Form<'_>) -> Result<Asked, Reason> {
    // The implicit and hybrid types bring tokens through the front channel (RFC 9700 section 2.1.2).
    if required(form, "response_type")? != "code" {
        return Err(Reason::ResponseType);
    }
    if optional(form, "response_mode")?.is_some_and(|mode| mode != "query") {
        return Err(Reason::ResponseMode);
    }
    let method = optional(form, "code_challenge_method")?;
    // Every client, confidential or not (RFC 9700 section 2.1.1); without a method it would mean `plain`.
    let challenge = required(form, "code_challenge")?;
    if method != Some(crate::pkce::METHOD) {
        return Err(Reason::ChallengeMethod);
    }
    let code_challenge =
        Challenge::parse(challenge, method).map_err(|_| Reason::Malformed("code_challenge"))?;
    let scopes = optional(form, "scope")?.map(str::parse).transpose();
    let dpop_jkt = optional(form, "dpop_jkt")?.map(read_thumbprint).transpose()?;
    Ok(Asked { scopes: scopes.map_err(|_| Reason::ScopeMalformed)?, code_challenge, dpop_jkt })
}

/// A SHA-256 in base64url (RFC 9449 section 10).
fn read_thumbprint(text: &str) -> Result<Digest, Reason> {
    let bytes = base64url::decode(text.as_bytes()).and_then(|bytes| bytes.try_into().ok());
    bytes.map(Digest::from_bytes).ok_or(Reason::Malformed("dpop_jkt"))
}

pub(super) fn decide(server: &AuthorizationServer, asking: Asking, facts: Facts, moment: Moment) -> Step {
    let Some(client) = facts.client else {
        return Step::Reply(wire::direct_error(Reason::UnknownClient, ""));
    };
    let redirect_uri = match redirect::choose(&client, asking.redirect_uri.as_deref()) {
        Ok(redirect_uri) => redirect_uri,
        Err(reason) => return Step::Reply(wire::direct_error(reason, "")),
    };
    let (Asked { code_challenge, dpop_jkt, .. }, scopes) = match judge(server, &client, asking.asked) {
        Ok(judged) => judged,
        Err(reason) => {
            return Step::Reply(server.error_redirect(&redirect_uri, asking.state.as_deref(), reason));
        }
    };
    let now = moment.now();
    let mut entropy = moment.entropy();
    let handle = entropy.token(now);
    let browser = asking.browser.unwrap_or_else(|| Browser::new(entropy.text(), server.is_secure()));
    let requested = Requested {
        redirect_uri,
        state: asking.state,
        response_mode: ResponseMode::Query,
        scopes,
        resources: Vec::new(),
        details: None,
        code_challenge,
        dpop_jkt,
        asked: Wishes::default(),
    };
    let pending = Pending {
        client_id: client.client_id.clone(),
        requested: requested.into(),
        pushed: None,
        browser: browser.digest(),
        began: now,
        expires: now.plus(server.config().lifetimes.pending),
    };
    let location = redirect::with_parameters(server.consent_url(), [("handle", handle.expose())]);
    let put = Record::Pending(Digest::of_token(handle.expose()), pending.into());
    Step::Commit(Commit {
        batch: Batch { put: vec![put], ..Batch::default() },
        sealed: wire::with_cookie(wire::see_other(location, None), &browser),
        lost: Lost::CannotHappen,
    })
}

/// What the client may have of what it asks for.
fn judge(
    server: &AuthorizationServer,
    client: &Client,
    asked: Result<Asked, Reason>,
) -> Result<(Asked, Scopes), Reason> {
    let asked = asked?;
    if !client.grants.contains(&GrantType::AuthorizationCode) {
        return Err(Reason::GrantNotAllowed);
    }
    let scopes = server.allowed_scopes(client, asked.scopes.as_ref())?;
    Ok((asked, scopes))
}

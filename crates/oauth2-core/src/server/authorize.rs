//! The authorization endpoint (RFC 6749 section 3.1): from a request to a pending one that waits for the person.
//!
//! What is wrong before the redirect URI is known to be the client's is told to the person; everything after is
//! told to the client, at that URI.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Browser, Digest, Loaded, Moment, Timestamp, base64url, form::Form};

use super::{
    Asked as Wishes, AuthorizationServer, Batch, Client, Commit, Facts, Goal, GrantType, ImplicitRequested,
    JsonText, Load, Pending, Pushed, Reason, Record, Requested, ResponseMode, Step, Want, Wanted,
    answer::Destination,
    details, implicit, par,
    parameters::{optional, parse, parse_body, required},
    redirect,
    request_object::Brought,
    resources,
    step::{Lost, Then},
    wire, wishes,
};
use crate::{Scopes, pkce::Challenge};

/// A request whose client is not known yet.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Asking {
    request: Where,
    browser: Option<Browser>,
}

/// Where the request is.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
enum Where {
    /// In the browser's query, or in a signed text there.
    Here(Brought),
    /// It was pushed, and this is the digest of its reference (RFC 9126 section 4).
    Pushed(Digest),
}

/// The parameters of a request, whoever brought them. Its redirect URI has not been looked at.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(super) struct Sent {
    redirect_uri: Option<String>,
    state: Option<String>,
    /// How the answer goes back; in the query, where that was not understood.
    mode: ResponseMode,
    asked: Result<Asked, Reason>,
}

/// What is asked for.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
struct Asked {
    /// `None`: whatever the client may have.
    scopes: Option<Scopes>,
    /// `None`: no code is asked for, but a token.
    code_challenge: Option<Challenge>,
    /// The key that the code will be bound to (RFC 9449 section 10).
    dpop_jkt: Option<Digest>,
    resources: Vec<String>,
    details: Option<JsonText>,
    /// How the person shall be asked.
    wishes: Box<Wishes>,
}

pub(super) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok((wanted, asking)) => Step::Load(Load::new(server, wanted, Then::Authorize(asking))),
        Err(reason) => Step::Reply(wire::direct_error(reason, "GET, POST")),
    }
}

fn read(server: &AuthorizationServer, request: &Request<Bytes>) -> Result<(Wanted, Asking), Reason> {
    let limits = &server.config().limits;
    // RFC 6749 section 3.1: GET must be supported, POST may be.
    let form = match *request.method() {
        Method::GET => parse(request.uri().query().unwrap_or_default().as_bytes(), &limits.form)?,
        Method::POST => parse_body(request.headers(), request.body(), &limits.form)?,
        _ => return Err(Reason::Method),
    };
    let client_id = required(&form, "client_id")?.to_owned();
    let mut wanted = Wanted::client(client_id);
    let request_uri = optional(&form, "request_uri")?;
    let browser = Browser::of(request.headers(), server.is_secure());
    let request = match request_uri {
        None => Where::Here(Brought::read(server, &form)?),
        Some(_) if optional(&form, "request")?.is_some() => return Err(Reason::TwoRequests),
        // Whatever else stands in the query does not count (RFC 9126 section 4).
        Some(request_uri) => {
            let reference = par::reference(request_uri)?;
            wanted.rows.push(Want::Pushed(reference));
            Where::Pushed(reference)
        }
    };
    Ok((wanted, Asking { request, browser }))
}

impl Asking {
    /// The request object.
    pub(super) fn signed(&self) -> Option<&str> {
        match &self.request {
            Where::Here(brought) => brought.signed(),
            Where::Pushed(_) => None,
        }
    }
}

impl Sent {
    /// Reads what does not depend on the client. What is wrong with more than the redirect URI is kept for telling the
    /// client.
    pub(super) fn read(server: &AuthorizationServer, form: &Form<'_>) -> Result<Self, Reason> {
        let redirect_uri = optional(form, "redirect_uri")?.map(str::to_owned);
        let state = read_state(form, server.config().limits.state);
        let (mode, asked) = match read_mode(server, form) {
            Ok(mode) => (mode, read_asked(server, form)),
            Err(reason) => (usual_mode(asks_for_token(server, form)), Err(reason)),
        };
        let (state, asked) = match state {
            Ok(state) => (state, asked),
            // Nothing comes back that was not understood.
            Err(reason) => (None, Err(reason)),
        };
        Ok(Self { redirect_uri, state, mode, asked })
    }

    /// Where the answer may go.
    pub(super) fn redirect_uri(
        &self,
        server: &AuthorizationServer,
        client: &Client,
    ) -> Result<String, Reason> {
        if self.redirect_uri.is_none() && server.config().policy.require_redirect_uri {
            return Err(Reason::RedirectUriMissing);
        }
        let redirect_uri = redirect::choose(client, self.redirect_uri.as_deref())?;
        match is_web(&redirect_uri) || server.config().policy.private_use_schemes {
            true => Ok(redirect_uri),
            false => Err(Reason::RedirectUriUnfit),
        }
    }

    /// Where a refusal is told. An application on the device gets no form, so it is told in the query that there is none.
    pub(super) fn destination<'a>(&'a self, client: &'a Client, redirect_uri: &'a str) -> Destination<'a> {
        let is_lost = self.mode.is_posted() && !is_web(redirect_uri);
        Destination {
            client_id: &client.client_id,
            redirect_uri,
            state: self.state.as_deref(),
            mode: if is_lost { usual_mode(self.is_for_token()) } else { self.mode },
            algorithm: client.demands.authorization_signed_response_alg,
        }
    }

    fn is_for_token(&self) -> bool {
        matches!(&self.asked, Ok(Asked { code_challenge: None, .. }))
    }

    /// What the client may have of what it asks for, whatever that is. What is pushed is for a code.
    fn goal(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        redirect_uri: String,
    ) -> Result<Goal, Reason> {
        if !self.is_for_token() {
            return Ok(Goal::Code(self.requested(server, client, redirect_uri)?.into()));
        }
        let (asked, scopes) = judge(server, client, &self.asked)?;
        implicit::check(server, client, &asked.resources)?;
        if self.mode.is_posted() && !is_web(&redirect_uri) {
            return Err(Reason::ResponseMode);
        }
        let asked = ImplicitRequested {
            redirect_uri,
            state: self.state.clone(),
            response_mode: self.mode,
            response_alg: client.demands.authorization_signed_response_alg,
            scopes,
            resources: asked.resources,
            details: asked.details,
            asked: *asked.wishes,
            lifetime: server.lifetimes(client).access,
        };
        Ok(Goal::InsecureToken(asked.into()))
    }

    /// What the client may have of what it asks for, if that is a code.
    pub(super) fn requested(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        redirect_uri: String,
    ) -> Result<Requested, Reason> {
        let (asked, scopes) = judge(server, client, &self.asked)?;
        let code_challenge = asked.code_challenge.ok_or(Reason::ResponseType)?;
        if self.mode.is_posted() && !is_web(&redirect_uri) {
            return Err(Reason::ResponseMode);
        }
        Ok(Requested {
            redirect_uri,
            state: self.state.clone(),
            response_mode: self.mode,
            response_alg: client.demands.authorization_signed_response_alg,
            scopes,
            resources: asked.resources,
            details: asked.details,
            code_challenge,
            dpop_jkt: asked.dpop_jkt,
            asked: *asked.wishes,
        })
    }
}

pub(super) fn is_web(redirect_uri: &str) -> bool {
    redirect_uri.starts_with("https:") || redirect_uri.starts_with("http:")
}

/// Whether a token shall come through the browser, where that is open.
fn asks_for_token(server: &AuthorizationServer, form: &Form<'_>) -> bool {
    server.config().policy.dangerously_allow_implicit && form.one("response_type") == Ok(Some("token"))
}

/// Codes go in the query, tokens where no server is told of them (RFC 6749 section 4.2.2).
const fn usual_mode(is_for_token: bool) -> ResponseMode {
    if is_for_token { ResponseMode::Fragment } else { ResponseMode::Query }
}

/// The usual one, unless the client wants another that is open and fits (Multiple Response Type Encoding Practices section 2.1).
fn read_mode(server: &AuthorizationServer, form: &Form<'_>) -> Result<ResponseMode, Reason> {
    let named = optional(form, "response_mode")?;
    let for_token = asks_for_token(server, form);
    let mode = match named {
        None => Some(usual_mode(for_token)),
        // JARM section 2.3.4
        Some("jwt") if for_token => Some(ResponseMode::FragmentJwt),
        Some(name) => ResponseMode::named(name),
    };
    let is_open = |mode: &ResponseMode| server.config().response_modes().any(|open| open == *mode);
    let fits =
        |mode: &ResponseMode| !for_token || !matches!(mode, ResponseMode::Query | ResponseMode::QueryJwt);
    mode.filter(is_open).filter(fits).ok_or(Reason::ResponseMode)
}

fn read_state(form: &Form<'_>, limit: usize) -> Result<Option<String>, Reason> {
    let state = optional(form, "state")?;
    // `1*VSCHAR` (RFC 6749 appendix A.5)
    if state.is_some_and(|state| state.len() > limit || !state.bytes().all(|b| matches!(b, 0x20..=0x7e))) {
        return Err(Reason::Malformed("state"));
    }
    Ok(state.map(str::to_owned))
}

fn read_asked(server: &AuthorizationServer, form: &Form<'_>) -> Result<Asked, Reason> {
    // The implicit and hybrid types bring tokens through the front channel (RFC 9700 section 2.1.2).
    let code_challenge = match required(form, "response_type")? {
        "code" => Some(read_challenge(form)?),
        "token" if asks_for_token(server, form) => None,
        _ => return Err(Reason::ResponseType),
    };
    let scopes = optional(form, "scope")?.map(str::parse).transpose();
    let dpop_jkt = optional(form, "dpop_jkt")?.map(read_thumbprint).transpose()?;
    let (resources, details) = (resources::read(form)?, details::read(form)?);
    let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
    let wishes = wishes::read(form)?.into();
    Ok(Asked { scopes, code_challenge, dpop_jkt, resources, details, wishes })
}

fn read_challenge(form: &Form<'_>) -> Result<Challenge, Reason> {
    let method = optional(form, "code_challenge_method")?;
    // Every client, confidential or not (RFC 9700 section 2.1.1); without a method it would mean `plain`.
    let challenge = required(form, "code_challenge")?;
    if method != Some(crate::pkce::METHOD) {
        return Err(Reason::ChallengeMethod);
    }
    Challenge::parse(challenge, method).map_err(|_| Reason::Malformed("code_challenge"))
}

/// A SHA-256 in base64url (RFC 9449 section 10).
fn read_thumbprint(text: &str) -> Result<Digest, Reason> {
    base64url::decode_array(text.as_bytes()).map(Digest::from_bytes).ok_or(Reason::Malformed("dpop_jkt"))
}

pub(super) fn decide(server: &AuthorizationServer, asking: Asking, facts: Facts, moment: Moment) -> Step {
    let refuse = |reason| Step::Reply(wire::direct_error(reason, ""));
    let Some(client) = facts.client else { return refuse(Reason::UnknownClient) };
    let (goal, pushed) = match asking.request {
        Where::Pushed(reference) => match pushed(&client, facts.pushed, moment.now()) {
            Ok(requested) => (Goal::Code(requested), Some(reference)),
            Err(reason) => return refuse(reason),
        },
        Where::Here(brought) => {
            // Nobody is sent anywhere on account of a text that is not believed.
            let sent = match brought.open(server, &client, facts.client_keys.as_deref(), moment.now()) {
                Ok(sent) => sent,
                Err(reason) => return refuse(reason),
            };
            let redirect_uri = match sent.redirect_uri(server, &client) {
                Ok(redirect_uri) => redirect_uri,
                Err(reason) => return refuse(reason),
            };
            let must_push = server.config().policy.require_pushed_authorization_requests
                || client.demands.require_pushed_authorization_requests;
            let goal = match must_push {
                true => Err(Reason::PushRequired),
                false => brought
                    .check(server, &client)
                    .and_then(|()| sent.goal(server, &client, redirect_uri.clone())),
            };
            match goal {
                Ok(goal) => (goal, None),
                // Nobody has looked at the client, and nobody has asked the person: it could be a way to send people
                // anywhere (RFC 9700 section 4.11.2).
                Err(reason) if server.holds_errors_of(&client) => return refuse(reason),
                Err(reason) => {
                    let destination = sent.destination(&client, &redirect_uri);
                    return destination.refuse(server, reason, None, moment.now());
                }
            }
        }
    };
    let now = moment.now();
    let mut entropy = moment.entropy();
    let handle = entropy.token();
    let browser = asking.browser.unwrap_or_else(|| Browser::new(entropy.text(), server.is_secure()));
    let pending = Pending {
        client_id: client.client_id.clone(),
        goal,
        pushed,
        browser: browser.digest(),
        began: now,
        expires: now.plus(server.config().lifetimes.pending),
    };
    let location = redirect::with_parameters(server.consent_url(), [("handle", handle.expose())]);
    let put = Record::Pending(Digest::of_token(handle.expose()), pending.into());
    let batch = Batch { put: vec![put], ..Batch::default() };
    let sealed = wire::with_cookie(wire::see_other(location, None), &browser);
    Step::Commit(Commit::new(batch, sealed, Lost::CannotHappen))
}

/// A request that was pushed by the same client, lately, and that nobody has decided on (RFC 9126 sections 4 and 7.3).
fn pushed(client: &Client, pushed: Option<Loaded<Pushed>>, now: Timestamp) -> Result<Arc<Requested>, Reason> {
    let Loaded { record, spent, revoked } = pushed.ok_or(Reason::ReferenceUnknown)?;
    if record.client_id != client.client_id {
        return Err(Reason::ReferenceOfOtherClient);
    }
    if revoked || spent.is_some() {
        return Err(Reason::ReferenceUsed);
    }
    if now >= record.expires {
        return Err(Reason::ReferenceExpired);
    }
    Ok(record.requested.clone())
}

/// What the client may have of what it asks for.
fn judge(
    server: &AuthorizationServer,
    client: &Client,
    asked: &Result<Asked, Reason>,
) -> Result<(Asked, Scopes), Reason> {
    let mut asked = asked.clone()?;
    let grant = match asked.code_challenge {
        Some(_) => GrantType::AuthorizationCode,
        None => GrantType::InsecureImplicit,
    };
    // A code that nobody could redeem is none.
    let is_served = grant == GrantType::InsecureImplicit || server.serves(&grant);
    if !is_served || !client.grants.contains(&grant) {
        return Err(Reason::GrantNotAllowed);
    }
    let scopes = server.allowed_scopes(client, asked.scopes.as_ref())?;
    asked.resources = resources::allowed(server, client, &asked.resources)?;
    asked.details = details::allowed(server, client, asked.details.as_ref())?;
    asked.wishes.check(server.config())?;
    Ok((asked, scopes))
}

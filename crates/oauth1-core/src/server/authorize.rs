//! Resource owner authorization, the arrival (RFC 5849 section 2.2).
//!
//! All that comes is the identifier of temporary credentials. Everything else was fixed when they were given out;
//! an `oauth_callback` here, as OAuth 1.0 had it, is not looked at.

use bytes::Bytes;
use http::{Method, header::SET_COOKIE};
use oauth_sansio::{Browser, Digest, Loaded, Moment, Reply, form::Form};

use super::{
    Batch, Facts, Interaction, Provider, Reason, Record, Step, Temporary, Wanted, reply,
    step::{Commit, Load, Then},
};
use crate::signature::{Origin, Protocol, ReadError};

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Request {
    token: String,
    browser: Option<Browser>,
    /// Where the browser came, and where the consent page is.
    origin: Origin,
}

pub(super) fn receive(provider: &Provider, request: &http::Request<Bytes>) -> Result<Step, Reason> {
    if request.method() != Method::GET {
        return Err(Reason::HttpMethod("GET"));
    }
    let query = request.uri().query().unwrap_or_default();
    let form = Form::parse(query.as_bytes(), &provider.config().limits.form).map_err(|_| Reason::Query)?;
    let token = form.one(Protocol::Token.name()).map_err(|_| ReadError::Repeated)?;
    let token = token.ok_or(Reason::missing(Protocol::Token))?.to_owned();
    let wanted = Wanted { temporary: Some(Digest::of_token(&token)), ..Wanted::default() };
    let origin = provider.policy().origin_of(request.headers())?.clone();
    let browser = Browser::of(request.headers(), origin.is_secure());
    let then = Then::Authorize(Request { token, browser, origin });
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

pub(super) fn decide(
    provider: &Provider,
    request: Request,
    facts: Facts,
    moment: Moment,
) -> Result<Step, Reason> {
    let now = moment.now();
    let live = |loaded: &Loaded<Temporary>| loaded.spent.is_none() && now < loaded.record.expires;
    let temporary = facts.temporary.filter(live).ok_or(Reason::Link)?.record;
    let mut entropy = moment.entropy();
    let handle = entropy.token();
    let origin = &request.origin;
    let consent =
        format!("{}{}?handle={}", origin.as_str(), provider.config().paths.consent, handle.expose());
    let mut response = reply::redirect(&consent).ok_or(Reason::Store)?;
    // A browser that came before keeps its cookie, so that several authorizations can wait in it at a time.
    let known = request.browser.is_some();
    let browser = request.browser.unwrap_or_else(|| Browser::new(entropy.text(), origin.is_secure()));
    if let (false, Some(cookie)) = (known, browser.cookie()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    let interaction = Interaction {
        token: request.token,
        client_id: temporary.client_id.clone(),
        callback: temporary.callback.clone(),
        realms: temporary.realms.clone(),
        browser: browser.digest(),
        expires: temporary.expires,
    };
    let put = vec![Record::Interaction(Digest::of_token(handle.expose()), interaction.into())];
    let batch = Batch { put, ..Batch::default() };
    Ok(Step::Commit(Commit {
        batch,
        sealed: Reply::granted(response),
        lost: Step::Reply(reply::page(Reason::Store)).into(),
    }))
}

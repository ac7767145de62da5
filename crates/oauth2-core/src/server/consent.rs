//! Where the person decides: from the handle of a pending request to the code, or to the refusal.
//!
//! Nothing of the request is read a second time from a page: the handle names what was stored.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Answer, Browser, Digest, Family, Moment, Prompt, Spend};

use super::{
    Authorization, AuthorizationServer, Batch, Code, Commit, Facts, GrantType, Interact, Load, Once, Pending,
    Reason, Record, Step, Wanted,
    parameters::{parse, required},
    records::kept_until,
    redirect,
    step::{Lost, Then},
    wire,
};

/// A browser that came with a handle.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Visit {
    handle: Digest,
    browser: Digest,
}

/// A pending request that may be decided by the browser that came.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Undecided {
    handle: Digest,
    pending: Arc<Pending>,
}

pub(super) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok(visit) => Step::Load(Load::new(
            server,
            Wanted { pending: Some(visit.handle), ..Wanted::default() },
            Then::Visit(visit),
        )),
        Err(reason) => refuse(reason),
    }
}

fn read(server: &AuthorizationServer, request: &Request<Bytes>) -> Result<Visit, Reason> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Reason::Method);
    }
    // The body is the page's business; a decision comes as an `Answer`.
    if request.body().len() > server.config().limits.form.bytes {
        return Err(Reason::TooLarge);
    }
    let query = request.uri().query().unwrap_or_default();
    let form = parse(query.as_bytes(), &server.config().limits.form)?;
    let handle = Digest::of_token(required(&form, "handle")?);
    let browser = Browser::of(request.headers(), server.is_secure()).ok_or(Reason::OtherBrowser)?;
    Ok(Visit { handle, browser: browser.digest() })
}

/// The pending request is there; who asked?
pub(super) fn recognise(server: AuthorizationServer, visit: Visit, facts: Facts, moment: &Moment) -> Step {
    let Some(loaded) = facts.pending else { return refuse(Reason::UnknownHandle) };
    let pending = loaded.record;
    // Nobody may finish what another person began (RFC 9700 section 4.7).
    if pending.browser != visit.browser {
        return refuse(Reason::OtherBrowser);
    }
    if loaded.spent.is_some() {
        return refuse(Reason::AlreadyDecided);
    }
    if moment.now() >= pending.expires {
        return refuse(Reason::PendingExpired);
    }
    let wanted = Wanted { client: Some(pending.client_id.clone()), ..Wanted::default() };
    Step::Load(Load::new(server, wanted, Then::Undecided(Undecided { handle: visit.handle, pending })))
}

/// The client is there; ask the person.
pub(super) fn ask(server: AuthorizationServer, undecided: Undecided, facts: Facts) -> Step {
    let Some(client) = facts.client else { return refuse(Reason::ClientChanged) };
    let pending = &undecided.pending;
    let still_fits = client.grants.contains(&GrantType::AuthorizationCode)
        && redirect::choose(&client, Some(&pending.requested.redirect_uri)).is_ok()
        && pending.requested.scopes.is_within(&client.scopes);
    if !still_fits {
        return refuse(Reason::ClientChanged);
    }
    let (return_host, return_origin) = redirect::place(&pending.requested.redirect_uri).unzip();
    let prompt = Prompt {
        client_id: client.client_id.clone(),
        client_name: client.name.clone(),
        return_host,
        return_origin,
        scopes: pending.requested.scopes.iter().map(str::to_owned).collect(),
    };
    Step::Interact(Interact { server, prompt, undecided })
}

/// The person has decided.
pub(super) fn decide(
    server: &AuthorizationServer,
    undecided: Undecided,
    answer: Answer,
    moment: Moment,
) -> Step {
    let Undecided { handle, pending } = undecided;
    let now = moment.now();
    if now >= pending.expires {
        return refuse(Reason::PendingExpired);
    }
    let requested = &pending.requested;
    let state = requested.state.as_deref();
    let (put, sealed) = match answer {
        Answer::Denied => (Vec::new(), server.error_redirect(&requested.redirect_uri, state, Reason::Denied)),
        Answer::Allowed { subject } if subject.is_empty() => return refuse(Reason::NoSubject),
        Answer::Allowed { subject } => {
            let mut entropy = moment.entropy();
            let code = entropy.token(now);
            let authorization = Authorization {
                client_id: pending.client_id.clone(),
                subject: Some(subject),
                scopes: requested.scopes.clone(),
                resources: requested.resources.clone(),
                details: requested.details.clone(),
                login: None,
                actor: None,
                family: Family::from_bytes(entropy.bytes()),
            };
            let record = Code {
                authorization: authorization.into(),
                redirect_uri: requested.redirect_uri.clone(),
                code_challenge: requested.code_challenge,
                dpop_jkt: requested.dpop_jkt,
                expires: now.plus(server.lifetime_of_codes()),
            };
            let reply =
                server.answer_redirect(&requested.redirect_uri, &[("code", code.expose())], state, None);
            (vec![Record::Code(Digest::of_token(code.expose()), record.into())], reply)
        }
    };
    let keep_until = kept_until(pending.expires);
    let decided = Spend { once: Once::Pending(handle), at: now, keep_until };
    // What was pushed is used up by the decision, not by looking at the page (RFC 9126 section 7.3).
    let pushed = pending.pushed.map(|reference| Spend { once: Once::Pushed(reference), at: now, keep_until });
    let spend = [decided].into_iter().chain(pushed).collect();
    Step::Commit(Commit {
        batch: Batch { spend, put, ..Batch::default() },
        sealed,
        lost: Lost::AlreadyDecided,
    })
}

fn refuse(reason: Reason) -> Step {
    Step::Reply(wire::direct_error(reason, "GET, POST"))
}

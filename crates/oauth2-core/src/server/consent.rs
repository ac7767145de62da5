//! Where the person decides: from the handle of a pending request to the code, or to the refusal.
//!
//! Nothing of the request is read a second time from a page: the handle names what was stored.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{
    Allowed, Answer, Browser, Digest, Entropy, Family, Moment, Person, Prompt, Spend, Timestamp, Warning,
};

use super::{
    Authorization, AuthorizationServer, Batch, Client, Code, Commit, DeviceDecision, Facts, Goal, GrantType,
    Identify, Interact, Load, Once, Origin, Pending, Reason, Record, Requested, Step, Want, Wanted,
    answer::Destination,
    details, device,
    identify::Identifying,
    implicit,
    parameters::{parse, required},
    records::kept_until,
    redirect,
    remembered::{self, Asking},
    step::{Lost, Then},
    wire,
};
use crate::Scopes;

/// A browser that came with a handle.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Visit {
    handle: Digest,
    browser: Digest,
    sends_nothing: bool,
}

/// A pending request that may be decided by the browser that came.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Undecided {
    handle: Digest,
    pending: Arc<Pending>,
    /// The person has filled in nothing that could be a decision.
    sends_nothing: bool,
}

impl Undecided {
    pub(super) fn goal(&self) -> &Goal {
        &self.pending.goal
    }
}

pub(super) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok(visit) => Step::Load(Load::new(server, Want::Pending(visit.handle).into(), Then::Visit(visit))),
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
    Ok(Visit { handle, browser: browser.digest(), sends_nothing: *request.method() == Method::GET })
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
    let wanted = Wanted::client(&*pending.client_id);
    let Visit { handle, sends_nothing, .. } = visit;
    Step::Load(Load::new(server, wanted, Then::Undecided(Undecided { handle, pending, sends_nothing })))
}

/// The client is there; ask the person, if that is needed.
pub(super) fn ask(server: AuthorizationServer, undecided: Undecided, facts: Facts) -> Step {
    let Some(client) = facts.client else { return refuse(Reason::ClientChanged) };
    let goal = &undecided.pending.goal;
    let still_fits = match goal {
        Goal::Code(requested) => {
            server.serves(&GrantType::AuthorizationCode)
                && client.grants.contains(&GrantType::AuthorizationCode)
                && redirect::choose(&client, Some(&requested.redirect_uri)).is_ok()
        }
        Goal::InsecureToken(asked) => {
            server.config().policy.dangerously_allow_implicit
                && client.grants.contains(&GrantType::InsecureImplicit)
                && redirect::choose(&client, Some(&asked.redirect_uri)).is_ok()
        }
        Goal::Device { .. } => client.grants.contains(&GrantType::DeviceCode),
    };
    let details_fit = details::allowed(&server, &client, goal.details()).is_ok();
    if !still_fits || !details_fit || !goal.scopes().is_within(&client.scopes) {
        return refuse(Reason::ClientChanged);
    }
    let place = match goal {
        Goal::Code(requested) => redirect::place(&requested.redirect_uri),
        Goal::InsecureToken(asked) => redirect::place(&asked.redirect_uri),
        Goal::Device { .. } => None,
    };
    let (return_host, return_origin) = place.unzip();
    let wish = goal.wish();
    let asking = remembered::asking(&server, &client, goal);
    let prompt = Prompt {
        client_id: client.client_id.to_string(),
        client_name: client.name.clone(),
        return_host,
        return_origin,
        device: matches!(goal, Goal::Device { .. }),
        user_code: user_code(goal),
        scopes: goal.scopes().iter().map(str::to_owned).collect(),
        warnings: warnings(&client),
        resources: goal.resources().to_vec(),
        details: goal.details().map(details::shown).unwrap_or_default(),
        login: goal.login(undecided.pending.began),
        may_be_remembered: asking == Asking::UnlessRemembered,
    };
    let asking = if remembered::wants_a_page(wish) { Asking::Always } else { asking };
    // A decision that is sent counts, whatever was remembered since its page was shown.
    match wish.none || undecided.sends_nothing && asking != Asking::Always {
        false => Step::Interact(Interact::new(server, prompt, undecided)),
        true => {
            let (silent, holds_errors) = (wish.none, server.holds_errors_of(&client));
            Step::Identify(Identify::new(Identifying {
                server,
                prompt,
                undecided,
                asking,
                silent,
                holds_errors,
            }))
        }
    }
}

/// What the person compares with the device (RFC 8628 section 3.3.1).
fn user_code(goal: &Goal) -> Option<String> {
    match goal {
        Goal::Device { user_code, .. } => Some(user_code.clone()).filter(|code| !code.is_empty()),
        Goal::Code(_) | Goal::InsecureToken(_) => None,
    }
}

/// What a person should know of a client that nobody has looked at: whoever runs on the device can answer in the place of
/// one that answers nowhere else (draft-ietf-oauth-client-id-metadata-document-02 section 8.1).
fn warnings(client: &Client) -> Vec<Warning> {
    let unvetted = matches!(client.origin, Origin::Registered | Origin::Document);
    let on_device = !client.redirect_uris.is_empty()
        && client.redirect_uris.iter().all(|uri| redirect::stays_on_device(uri));
    let warnings = [(unvetted, Warning::NobodyKnows), (unvetted && on_device, Warning::OnlyOnDevice)];
    warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect()
}

/// The person has decided.
pub(super) fn decide(
    server: &AuthorizationServer,
    undecided: Undecided,
    prompt: &Prompt,
    answer: Answer,
    moment: Moment,
) -> Step {
    let pending = &undecided.pending;
    let (now, mut entropy) = (moment.now(), moment.entropy());
    let Allowed { person: Person { subject, login }, scopes, remember } = match answer {
        Answer::Allowed(allowed) => allowed,
        Answer::Denied => return conclude(server, undecided, Err(Reason::Denied), now, entropy),
    };
    if subject.is_empty() {
        return refuse(Reason::NoSubject);
    }
    // RFC 9470 section 5
    if !prompt.login.is_met_by(login.as_ref()) {
        return conclude(server, undecided, Err(Reason::LoginUnmet), now, entropy);
    }
    let scopes = left_in(pending.goal.scopes(), scopes.as_deref());
    let family = Family::from_bytes(entropy.bytes());
    let granted = Authorization::new(&*pending.client_id, Some(subject), scopes, family);
    let resources = pending.goal.resources().to_vec();
    let details = pending.goal.details().cloned();
    let granted = Authorization { resources, details, login: login.map(Box::new), ..granted };
    let remembered = match &pending.goal {
        Goal::Code(requested) if remember && prompt.may_be_remembered => {
            let expires = now.plus(server.config().lifetimes.consent);
            remembered::consent(&granted, &requested.redirect_uri, expires)
        }
        _ => None,
    };
    conclude(server, undecided, Ok(Granted { authorization: granted, remembered }), now, entropy)
}

/// What a client gets, and what is remembered of it.
pub(super) struct Granted {
    pub(super) authorization: Authorization,
    pub(super) remembered: Option<Record>,
}

/// The end of a request: a grant, or why there is none.
pub(super) fn conclude(
    server: &AuthorizationServer,
    undecided: Undecided,
    granted: Result<Granted, Reason>,
    now: Timestamp,
    entropy: Entropy,
) -> Step {
    let Undecided { handle, pending, .. } = undecided;
    if now >= pending.expires {
        return refuse(Reason::PendingExpired);
    }
    let (granted, remembered) = match granted {
        Ok(Granted { authorization, remembered }) => (Ok(authorization), remembered),
        Err(reason) => (Err(reason), None),
    };
    let keep_until = kept_until(pending.expires);
    let decided = Spend { once: Once::Pending(handle), at: now.into(), keep_until };
    // What was pushed is used up by the decision, not by looking at the page (RFC 9126 section 7.3).
    let pushed =
        pending.pushed.map(|reference| Spend { once: Once::Pushed(reference), at: now.into(), keep_until });
    // However many pages were opened for one device.
    let of_device = match &pending.goal {
        Goal::Code(_) | Goal::InsecureToken(_) => None,
        Goal::Device { device, .. } => {
            Some(Spend { once: Once::DeviceDecision(*device), at: now.into(), keep_until })
        }
    };
    let spend = [decided].into_iter().chain(pushed).chain(of_device).collect();
    let put = remembered.into_iter().collect();
    let mut batch = Batch { spend, put, ..Batch::default() };
    match &pending.goal {
        Goal::Code(requested) => {
            answer_code(server, (&pending.client_id, requested), granted, batch, entropy, now)
        }
        Goal::InsecureToken(asked) => {
            implicit::answer(server, (&pending.client_id, asked), granted, batch, entropy, now)
        }
        Goal::Device { device, asks, .. } => {
            let sealed = device::decided(granted.is_ok());
            let decision = DeviceDecision { granted: granted.ok().map(Into::into), expires: asks.expires };
            batch.put.push(Record::DeviceDecision(*device, decision.into()));
            Step::Commit(Commit::new(batch, sealed, Lost::AlreadyDecided))
        }
    }
}

/// The code on its way to the client, or the refusal (RFC 6749 sections 4.1.2 and 4.1.2.1).
fn answer_code(
    server: &AuthorizationServer,
    (client_id, requested): (&str, &Requested),
    granted: Result<Authorization, Reason>,
    mut batch: Batch,
    mut entropy: Entropy,
    now: Timestamp,
) -> Step {
    let destination = Destination::of(client_id, requested);
    let authorization = match granted {
        Ok(authorization) => authorization,
        Err(reason) => {
            return destination.refuse(server, reason, Some((batch, Lost::AlreadyDecided)), now);
        }
    };
    let code = entropy.token();
    let record = Code {
        authorization: authorization.into(),
        redirect_uri: requested.redirect_uri.clone(),
        code_challenge: requested.code_challenge,
        dpop_jkt: requested.dpop_jkt,
        expires: now.plus(server.lifetime_of_codes()),
    };
    batch.put.push(Record::Code(Digest::of_token(code.expose()), record.into()));
    let first = Some((batch, Lost::AlreadyDecided));
    destination.send(server, &[("code", code.expose())], None, first, now)
}

/// What the person left in of what was asked for (RFC 6749 section 3.3).
fn left_in(asked: &Scopes, scopes: Option<&[String]>) -> Scopes {
    match scopes {
        None => asked.clone(),
        Some(scopes) => asked.only(|scope| scopes.iter().any(|left| left == scope)),
    }
}

pub(super) fn refuse(reason: Reason) -> Step {
    Step::Reply(wire::direct_error(reason, "GET, POST"))
}

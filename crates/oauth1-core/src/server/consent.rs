//! Resource owner authorization, the decision (RFC 5849 section 2.2).

use std::sync::Arc;

use super::{
    Approval, Batch, Callback, Client, Facts, Interact, Interaction, Once, Pin, Provider, RETENTION_MARGIN,
    Reason, Record, Step, Wanted, reply,
    step::{Commit, Load, Then},
};
use crate::signature::ReadError;
use bytes::Bytes;
use http::Method;
use oauth_sansio::{
    Allowed, Answer, Browser, Digest, Moment, Prompt, Reply, Spend, Timestamp, base64url, form::Form, percent,
};

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Visit {
    browser: Option<Digest>,
}

pub(super) fn receive(provider: &Provider, request: &http::Request<Bytes>) -> Result<Step, Reason> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Reason::HttpMethod("GET, POST"));
    }
    let query = request.uri().query().unwrap_or_default();
    let form = Form::parse(query.as_bytes(), &provider.config().limits.form).map_err(|_| Reason::Query)?;
    let handle = form.one("handle").map_err(|_| ReadError::Repeated)?;
    let handle = Digest::of_token(handle.ok_or(ReadError::Missing("handle"))?);
    let origin = provider.policy().origin_of(request.headers())?;
    let browser = Browser::of(request.headers(), origin.is_secure());
    let wanted = Wanted { interaction: Some(handle), ..Wanted::default() };
    let then = Then::Consent(Visit { browser: browser.map(|browser| browser.digest()) });
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

pub(super) fn decide(
    provider: Provider,
    visit: &Visit,
    facts: Facts,
    now: Timestamp,
) -> Result<Step, Reason> {
    let interaction = facts.interaction.ok_or(Reason::Handle)?.record;
    if now >= interaction.expires {
        return Err(Reason::Handle);
    }
    // The link to this page may have been sent to somebody else: only the browser that began may go on
    // (RFC 5849 section 4.14).
    if visit.browser != Some(interaction.browser) {
        return Err(Reason::Browser);
    }
    let wanted = Wanted { client: Some(interaction.client_id.clone()), ..Wanted::default() };
    Ok(Step::Load(Load { provider, wanted, then: Then::Ask(interaction) }))
}

/// A person is asked every time, also for a client that was allowed before (RFC 5849 section 4.15).
pub(super) fn ask(provider: &Provider, interaction: Arc<Interaction>, facts: Facts) -> Result<Step, Reason> {
    let fits = |client: &Arc<Client>| client.callbacks.allow(&interaction.callback);
    let client = facts.client.filter(fits).ok_or(Reason::ClientChanged)?;
    let (return_host, return_origin) = interaction.callback.place().unzip();
    let prompt = Prompt {
        client_id: client.client_id.clone(),
        client_name: client.name.clone(),
        return_host,
        return_origin,
        scopes: interaction.realms.to_vec(),
        ..Prompt::default()
    };
    let pin = provider.config().pin.filter(|_| interaction.callback == Callback::OutOfBand);
    Ok(Step::Interact(Interact { prompt, interaction, pin }))
}

pub(super) fn answered(
    interaction: &Interaction,
    pin: Option<Pin>,
    answer: Answer,
    moment: Moment,
) -> Result<Step, Reason> {
    let now = moment.now();
    if now >= interaction.expires {
        return Err(Reason::Handle);
    }
    let temporary = Digest::of_token(&interaction.token);
    let (put, sealed) = match answer {
        Answer::Denied => (vec![], denied(interaction)),
        // Temporary credentials are authorized or not (RFC 5849 section 2.2): part of them is nothing that was asked.
        Answer::Allowed(granted) if !leaves_all_in(&granted, interaction) => (vec![], denied(interaction)),
        Answer::Allowed(granted) => {
            let mut entropy = moment.entropy();
            let verifier = match pin {
                Some(pin) => pin.draw(&mut entropy),
                // 128 random bits: out of reach of guessing, short enough to be typed.
                None => base64url::encode(&entropy.bytes::<16>()),
            };
            let approval = Approval {
                verifier: Digest::of(&verifier),
                subject: granted.person.subject.into(),
                expires: interaction.expires,
                tries: pin.map(|pin| pin.tries),
            };
            (vec![Record::Approval(temporary, approval.into())], allowed(interaction, verifier))
        }
    };
    let keep_until = interaction.expires.plus(RETENTION_MARGIN);
    let spend = vec![Spend { once: Once::Decision(temporary), at: now.into(), keep_until }];
    let batch = Batch { spend, put, ..Batch::default() };
    let lost = Step::Reply(reply::page(Reason::Answered)).into();
    Ok(Step::Commit(Commit { batch, sealed, lost }))
}

fn leaves_all_in(granted: &Allowed, interaction: &Interaction) -> bool {
    granted.scopes.as_ref().is_none_or(|left| interaction.realms.iter().all(|realm| left.contains(realm)))
}

fn allowed(interaction: &Interaction, verifier: String) -> Box<Reply<Reason>> {
    let Callback::Uri(callback) = &interaction.callback else { return reply::verifier(verifier.into()) };
    let pairs = [("oauth_token", interaction.token.as_str()), ("oauth_verifier", &verifier)];
    match reply::redirect(&with_query(callback, &pairs)) {
        Some(response) => Reply::granted(response),
        None => reply::page(Reason::Callback),
    }
}

/// RFC 5849 has no word for a refusal; `oauth_problem` is what clients have come to read.
fn denied(interaction: &Interaction) -> Box<Reply<Reason>> {
    let Callback::Uri(callback) = &interaction.callback else { return reply::page(Reason::Denied) };
    let pairs = [("oauth_token", interaction.token.as_str()), ("oauth_problem", "permission_denied")];
    match reply::redirect(&with_query(callback, &pairs)) {
        Some(response) => Reply::refused(response, Reason::Denied),
        None => reply::page(Reason::Callback),
    }
}

/// The callback with parameters behind what its query has already (RFC 5849 section 2.2).
fn with_query(callback: &str, pairs: &[(&str, &str)]) -> String {
    let mut uri = String::with_capacity(callback.len() + 128);
    uri.push_str(callback);
    let mut separator = if callback.contains('?') { '&' } else { '?' };
    for (name, value) in pairs {
        uri.push(separator);
        uri.push_str(name);
        uri.push('=');
        percent::encode_into(&mut uri, value);
        separator = '&';
    }
    uri
}

//! What every endpoint that clients call directly has in common (RFC 6749 section 3.2, RFC 9126 section 2, RFC 7009
//! section 2.1, RFC 7662 section 2.1, RFC 8628 section 3.1): a form, a client that proves who it is, and one answer in
//! JSON.
//!
//! A request is read, its facts are loaded, its client is authenticated, and only then does the endpoint decide. What
//! proves something once (an assertion) is spent in the same commit as what the endpoint spends, and before it: a
//! replayed proof never touches a ticket.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Moment, Reply, Spend, form::Form};

use super::{
    AuthorizationServer, Batch, Client, Commit, Endpoint, Facts, Load, Once, Reason, Step, Wanted,
    client_auth::{self, Proof},
    parameters::{parse, parse_body},
    step::{Lost, Then},
    token, wire,
};

/// A request that has been read.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Asking {
    proof: Proof,
    call: Call,
}

/// What the client wants of which endpoint.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Call {
    Token(token::Grant),
}

/// A client that has proven who it is.
pub(super) struct Caller {
    pub(super) client: Arc<Client>,
    /// What it proved it with, where that works once.
    pub(super) proofs: Vec<Spend<Once>>,
}

/// What an endpoint decided.
pub(super) enum Decision {
    /// Write, then answer. A lost race for a ticket makes the endpoint decide once more, with what is known then.
    Write(Batch, Reply<Reason>),
    /// Answer. Nothing is written but what was proven.
    Answer(Reply<Reason>),
    /// Load more, then decide again.
    Load(Box<Wanted>, Call),
}

pub(super) fn receive(server: AuthorizationServer, endpoint: Endpoint, request: &Request<Bytes>) -> Step {
    match read(&server, endpoint, request) {
        Ok((wanted, asking)) => Step::Load(Load::new(server, wanted, Then::Backchannel(asking))),
        Err(reason) => refuse(reason),
    }
}

fn read(
    server: &AuthorizationServer,
    endpoint: Endpoint,
    request: &Request<Bytes>,
) -> Result<(Wanted, Asking), Reason> {
    if request.method() != Method::POST {
        return Err(Reason::Method);
    }
    let limits = &server.config().limits.form;
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        refuse_secrets(&parse(query.as_bytes(), limits)?)?;
    }
    let form = parse_body(request.headers(), request.body(), limits)?;
    let (client_id, proof) =
        client_auth::read(request.headers(), &form, server.config().policy.basic_encoding)?;
    let mut wanted = Wanted { client: Some(client_id), ..Wanted::default() };
    let call = match endpoint {
        Endpoint::Token => Call::Token(token::Grant::read(server, &form, &mut wanted)?),
        // Those are not for clients.
        Endpoint::Authorize | Endpoint::Consent | Endpoint::Metadata => return Err(Reason::Method),
    };
    Ok((wanted, Asking { proof, call }))
}

/// What stands in a URL ends in logs: it is never read, and whoever put a secret there shall learn of it at once
/// (RFC 6749 section 2.3.1).
fn refuse_secrets(query: &Form<'_>) -> Result<(), Reason> {
    const SECRETS: [&str; 7] = [
        "client_secret",
        "client_assertion",
        "code",
        "code_verifier",
        "refresh_token",
        "token",
        "device_code",
    ];
    match SECRETS.into_iter().find(|name| query.all(name).next().is_some()) {
        Some(name) => Err(Reason::InUrl(name)),
        None => Ok(()),
    }
}

pub(super) fn decide(
    server: AuthorizationServer,
    wanted: Wanted,
    asking: Asking,
    facts: Facts,
    moment: Moment,
) -> Step {
    let caller = match client_auth::check(facts.client.as_ref(), &asking.proof, moment.now()) {
        Ok(caller) => caller,
        Err(reason) => return refuse(reason),
    };
    let decided = match &asking.call {
        Call::Token(grant) => grant.decide(&server, &caller.client, facts, moment),
    };
    match decided {
        Err(reason) => refuse(reason),
        Ok(Decision::Answer(reply)) if caller.proofs.is_empty() => Step::Reply(reply),
        Ok(Decision::Answer(sealed)) => {
            let batch = Batch { spend: caller.proofs, ..Batch::default() };
            Step::Commit(Commit { batch, sealed, lost: Lost::CannotHappen })
        }
        Ok(Decision::Write(mut batch, sealed)) => {
            // Without a ticket there is no race to lose.
            let lost = match batch.spend.is_empty() {
                true => Lost::CannotHappen,
                false => Lost::Again(Load::new(server, wanted, Then::Backchannel(asking))),
            };
            batch.spend.splice(..0, caller.proofs);
            Step::Commit(Commit { batch, sealed, lost })
        }
        Ok(Decision::Load(wanted, call)) => {
            let wanted = Wanted { client: Some(caller.client.client_id.clone()), ..*wanted };
            let asking = Asking { call, ..asking };
            Step::Load(Load::new(server, wanted, Then::Backchannel(asking)))
        }
    }
}

fn refuse(reason: Reason) -> Step {
    Step::Reply(wire::token_error(reason))
}

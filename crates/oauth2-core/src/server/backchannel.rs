//! What every endpoint that clients call directly has in common (RFC 6749 section 3.2, RFC 9126 section 2, RFC 7009
//! section 2.1, RFC 7662 section 2.1, RFC 8628 section 3.1): a form, a client that proves who it is, and one answer in
//! JSON.
//!
//! A request is read, its facts are loaded, its client is authenticated, and only then does the endpoint decide. What
//! proves something once (an assertion) is spent in the same commit as what the endpoint spends, and before it: a
//! replayed proof never touches a ticket.

use std::{mem, sync::Arc};

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Moment, Reply, Secret, Spend, Timestamp, form::Form};

use super::{
    Authentication, AuthorizationServer, Batch, Client, ClientCertificate, ClientKeys, Commit, Endpoint,
    Facts, Load, Once, Paths, Reason, Sign, Step, Want, Wanted,
    client_auth::{self, Proof},
    device, introspection,
    operator::{self, Known, Paused, Question},
    par,
    parameters::{parse, parse_body},
    possession::{Possession, tell_nonce},
    revocation,
    sign::Continuation,
    step::Lost,
    token, wire,
};

use crate::jose::{Algorithm, Unsigned};

/// A request that waits for its facts.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Waiting {
    pub(super) server: AuthorizationServer,
    pub(super) wanted: Wanted,
    pub(super) asking: Asking,
}

/// A request that has been read.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Asking {
    proof: Proof,
    certificate: Option<ClientCertificate>,
    possession: Possession,
    call: Call,
}

/// What the client wants of which endpoint.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Call {
    Token(token::Grant),
    Push(par::Push),
    Begin(device::Begin),
    Revoke(revocation::Revoke),
    Introspect(introspection::Introspect),
}

impl Call {
    /// The path of the endpoint that is called.
    fn path<'p>(&self, paths: &'p Paths) -> &'p str {
        match self {
            Self::Token(_) => &paths.token,
            Self::Push(_) => &paths.pushed,
            Self::Begin(_) => &paths.device_authorization,
            Self::Revoke(_) => &paths.revocation,
            Self::Introspect(_) => &paths.introspection,
        }
    }
}

impl Asking {
    /// The assertion, if it must be by a key of the client, and the request object.
    pub(super) fn signed_by(&self, client: &Client) -> impl Iterator<Item = &str> {
        let assertion = match (&self.proof, &client.authentication) {
            (Proof::Assertion(text), Authentication::PrivateKeyJwt) => Some(text.expose()),
            _ => None,
        };
        let object = match &self.call {
            Call::Push(push) => push.signed(),
            _ => None,
        };
        assertion.into_iter().chain(object)
    }

    /// The keys of the issuer of the assertion that is to be traded, and the assertion.
    pub(super) fn issuer_of_assertion<'a>(
        &'a self,
        server: &'a AuthorizationServer,
    ) -> Option<(&'a ClientKeys, &'a str)> {
        match &self.call {
            Call::Token(grant) => grant.issuer(server),
            _ => None,
        }
    }

    /// Whether the certificate of the connection must have a key of the client.
    pub(super) fn shows_a_key_of(&self, client: &Client) -> bool {
        self.certificate.is_some() && client.authentication == Authentication::SelfSignedTlsClientAuth
    }
}

/// A client that has proven who it is.
pub(super) struct Caller {
    pub(super) client: Arc<Client>,
    /// What it proved it with, where that works once.
    pub(super) proofs: Vec<Spend<Once>>,
}

/// What an endpoint knows when it decides.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) server: &'a AuthorizationServer,
    pub(super) client: &'a Arc<Client>,
    pub(super) possession: &'a Possession,
    /// What the operator was asked, and answered.
    pub(super) known: &'a Known,
}

/// What an endpoint decided.
pub(super) enum Decision {
    /// Write, then answer. A lost race for a ticket makes the endpoint decide once more, with what is known then.
    Write(Batch, Box<Reply<Reason>>),
    /// Answer. Nothing is written but what was proven.
    Answer(Box<Reply<Reason>>),
    /// Sign something, then answer with it.
    Sign { key: (String, Algorithm), unsigned: Unsigned, signed: Signed },
    /// Ask the operator, then decide again.
    Ask(Question),
    /// Load more, then decide again.
    Load(Vec<Want>, Call),
}

pub(super) fn receive(
    server: AuthorizationServer,
    endpoint: Endpoint,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Step {
    match read(&server, endpoint, request, now) {
        Ok((wanted, asking)) => Step::Load(Load::backchannel(Box::new(Waiting { server, wanted, asking }))),
        Err(reason) => refuse(&server, reason, now),
    }
}

fn read(
    server: &AuthorizationServer,
    endpoint: Endpoint,
    request: &Request<Bytes>,
    now: Timestamp,
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
    let mut wanted = Wanted::client(client_id);
    let call = match endpoint {
        Endpoint::Token => Call::Token(token::Grant::read(server, &form, &mut wanted, now)?),
        Endpoint::PushedAuthorization => Call::Push(par::Push::read(server, &form)?),
        Endpoint::DeviceAuthorization => Call::Begin(device::Begin::read(&form)?),
        Endpoint::Revocation => Call::Revoke(revocation::Revoke::read(server, &form, &mut wanted, now)?),
        Endpoint::Introspection => Call::Introspect(introspection::Introspect::read(
            server,
            request.headers(),
            &form,
            &mut wanted,
            now,
        )?),
        // Those are not for clients.
        Endpoint::Authorize
        | Endpoint::Consent
        | Endpoint::Device
        | Endpoint::Registration
        | Endpoint::ClientConfiguration
        | Endpoint::Jwks
        | Endpoint::Metadata => return Err(Reason::Method),
    };
    // The one check that costs much is the last.
    let possession = Possession::read(server, endpoint, request, now)?;
    let certificate = request.extensions().get().cloned();
    Ok((wanted, Asking { proof, certificate, possession, call }))
}

/// What stands in a URL ends in logs: it is never read, and whoever put a secret there shall learn of it at once
/// (RFC 6749 section 2.3.1).
fn refuse_secrets(query: &Form<'_>) -> Result<(), Reason> {
    const SECRETS: [&str; 12] = [
        "client_secret",
        "client_assertion",
        "assertion",
        "password",
        "subject_token",
        "actor_token",
        "code",
        "code_verifier",
        "refresh_token",
        "token",
        "device_code",
        "oauth_signature",
    ];
    match SECRETS.into_iter().find(|name| query.all(name).next().is_some()) {
        Some(name) => Err(Reason::InUrl(name)),
        None => Ok(()),
    }
}

pub(super) fn decide(waiting: Box<Waiting>, facts: &mut Facts, moment: Moment) -> Step {
    decide_knowing(waiting, facts, &mut Known::default(), moment)
}

/// Decides with what the operator has answered so far.
pub(super) fn decide_knowing(
    mut waiting: Box<Waiting>,
    facts: &mut Facts,
    known: &mut Known,
    moment: Moment,
) -> Step {
    let now = moment.now();
    let Waiting { server, asking, .. } = &*waiting;
    let caller = match client_auth::check(
        server,
        facts.client.as_ref(),
        facts.client_keys.as_deref(),
        &asking.proof,
        asking.certificate.as_ref(),
        asking.call.path(&server.config().paths),
        now,
    ) {
        Ok(caller) => caller,
        Err(reason) => return refuse(server, reason, now),
    };
    let Caller { client, mut proofs } = caller;
    proofs.extend(asking.possession.spend(now));
    let context = Context { server, client: &client, possession: &asking.possession, known };
    let decided = match &asking.call {
        Call::Token(grant) => grant.decide(&context, facts, moment),
        Call::Push(push) => push.decide(&context, facts, moment),
        Call::Begin(begin) => begin.decide(&context, moment),
        Call::Revoke(revoke) => revoke.decide(&context, facts, &moment),
        Call::Introspect(introspect) => introspect.decide(&context, facts, now),
    };
    match decided {
        Err(reason) => refuse(server, reason, now),
        Ok(Decision::Answer(reply)) => finish(waiting, proofs, None, reply, now),
        Ok(Decision::Write(batch, reply)) => finish(waiting, proofs, Some(batch), reply, now),
        // Nothing is proven for good before the batch is written: with the answer all of it is judged again.
        Ok(Decision::Ask(question)) => {
            operator::ask(question, Paused { waiting, facts: mem::take(facts), known: mem::take(known) })
        }
        Ok(Decision::Load(more, call)) => {
            waiting.wanted.rows = more;
            waiting.asking.call = call;
            Step::Load(Load::backchannel(waiting))
        }
        Ok(Decision::Sign { key, unsigned, signed }) => {
            let unfinished = Unfinished { waiting, proofs, signed };
            Step::Sign(Sign::new(key, unsigned, Continuation::Token(unfinished.into())))
        }
    }
}

/// What a signature is for.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Signed {
    /// An access token, and what is told beside it.
    Token(Box<token::Told>),
    /// What a token is (RFC 9701).
    Introspection,
}

/// A request that waits for a signature.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Unfinished {
    waiting: Box<Waiting>,
    proofs: Vec<Spend<Once>>,
    signed: Signed,
}

/// The signature is there.
pub(super) fn finish_signed(unfinished: Unfinished, text: String, now: Timestamp) -> Step {
    let Unfinished { waiting, proofs, signed } = unfinished;
    let (batch, reply) = match signed {
        Signed::Token(told) => told.with(&Secret::new(text), now),
        Signed::Introspection => (None, introspection::signed(text)),
    };
    finish(waiting, proofs, batch, reply, now)
}

/// Writes what the endpoint decided and what was proven, then answers.
fn finish(
    waiting: Box<Waiting>,
    proofs: Vec<Spend<Once>>,
    batch: Option<Batch>,
    mut sealed: Box<Reply<Reason>>,
    now: Timestamp,
) -> Step {
    tell_nonce(&waiting.server, &mut sealed, now);
    let mut batch = match batch {
        None if proofs.is_empty() => return Step::Reply(sealed),
        None => Batch::default(),
        Some(batch) => batch,
    };
    // Without a ticket there is no race to lose.
    let lost = match batch.spend.is_empty() {
        true => Lost::CannotHappen,
        false => Lost::Again(Load::backchannel(waiting)),
    };
    if !proofs.is_empty() {
        batch.spend.splice(..0, proofs);
    }
    Step::Commit(Commit::new(batch, sealed, lost))
}

pub(super) fn refuse(server: &AuthorizationServer, reason: Reason, now: Timestamp) -> Step {
    let mut reply = wire::token_error(reason);
    tell_nonce(server, &mut reply, now);
    Step::Reply(reply)
}

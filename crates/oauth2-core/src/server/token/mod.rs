//! The token endpoint (RFC 6749 section 3.2): one file per grant.

mod client_credentials;
mod code;
mod issue;
mod refresh;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Moment, form::Form};

use super::{
    AuthorizationServer, Client, Commit, Facts, GrantType, Load, Reason, Step, Wanted,
    client_auth::{self, Proof},
    parameters::{parse, parse_body, required},
    step::Then,
    wire,
};

/// A token request that has been read.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Asking {
    proof: Proof,
    grant: Grant,
}

/// What the request brings in exchange.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
enum Grant {
    Code(code::Form),
    Refresh(refresh::Form),
    ClientCredentials(client_credentials::Form),
}

pub(super) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok((wanted, asking)) => Step::Load(Load { server, wanted, then: Then::Token(asking) }),
        Err(reason) => refuse(reason),
    }
}

fn read(server: &AuthorizationServer, request: &Request<Bytes>) -> Result<(Wanted, Asking), Reason> {
    // RFC 6749 section 3.2
    if request.method() != Method::POST {
        return Err(Reason::Method);
    }
    let limits = &server.config().limits.form;
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        refuse_secrets(&parse(query.as_bytes(), limits)?)?;
    }
    let form = parse_body(request.headers(), request.body(), limits)?;
    let grant_type = required(&form, "grant_type")?;
    let (client_id, proof) = client_auth::read(request.headers(), &form)?;
    let mut wanted = Wanted { client: Some(client_id), ..Wanted::default() };
    let grant = match grant_type {
        "authorization_code" => Grant::Code(code::Form::read(&form, &mut wanted)?),
        "refresh_token" => Grant::Refresh(refresh::Form::read(&form, &mut wanted)?),
        "client_credentials" => Grant::ClientCredentials(client_credentials::Form::read(&form)?),
        _ => return Err(Reason::GrantType),
    };
    Ok((wanted, Asking { proof, grant }))
}

/// What stands in a URL ends in logs: it is never read, and whoever put a secret there shall learn of it at once
/// (RFC 6749 section 2.3.1).
fn refuse_secrets(query: &Form<'_>) -> Result<(), Reason> {
    const SECRETS: [&str; 5] =
        ["client_secret", "client_assertion", "code", "code_verifier", "refresh_token"];
    match SECRETS.into_iter().find(|name| query.all(name).next().is_some()) {
        Some(name) => Err(Reason::InUrl(name)),
        None => Ok(()),
    }
}

pub(super) fn decide(server: &AuthorizationServer, asking: Asking, facts: Facts, moment: Moment) -> Step {
    let client = match client_auth::check(facts.client.as_deref(), &asking.proof) {
        Ok(client) => client,
        Err(reason) => return refuse(reason),
    };
    let decided = match asking.grant {
        Grant::Code(form) => form.decide(server, client, facts.code, moment),
        Grant::Refresh(form) => form.decide(server, client, facts.refresh, moment),
        Grant::ClientCredentials(form) => form.decide(server, client, moment),
    };
    match decided {
        Ok(commit) => Step::Commit(commit),
        Err(reason) => refuse(reason),
    }
}

/// RFC 6749 section 5.2: an authenticated client may still not be allowed this grant.
fn allowed(client: &Client, grant: GrantType) -> Result<(), Reason> {
    if client.grants.contains(&grant) { Ok(()) } else { Err(Reason::GrantNotAllowed) }
}

/// A second use of a ticket by the client that it belongs to: two parties hold it, so whatever grew from it dies
/// (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
fn replayed(family: oauth_sansio::Family, reason: Reason) -> Commit {
    Commit::revoke(family, wire::token_error(reason))
}

fn refuse(reason: Reason) -> Step {
    Step::Reply(wire::token_error(reason))
}

//! Looking after a registration (RFC 7592): the client reads, replaces or deletes what it registered.
//!
//! A client that is not there and a token that is not its own look alike.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use oauth_sansio::{Digest, Moment, Secret, percent};

use super::{
    RegistrationPolicy,
    answer::{self, Told},
    bearer, body, kept,
    register::authentication,
    requested::fit,
};
use crate::server::{
    Authentication, AuthorizationServer, Batch, Client, ClientMetadata, Commit, Facts, Load, MetadataError,
    Origin, Reason, Record, Registration, Step, StoredSecret, Wanted,
    step::{Lost, Then},
};

const METHODS: &str = "GET, PUT, DELETE";

/// A client that wants something of its registration.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Managing {
    token: Secret,
    wish: Wish,
}

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
enum Wish {
    Read,
    Replace(Bytes),
    Delete,
}

pub(in crate::server) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok((wanted, managing)) => Step::Load(Load::new(server, wanted, Then::Managing(managing))),
        Err(reason) => Step::Reply(answer::refuse(reason, METHODS)),
    }
}

fn read(server: &AuthorizationServer, request: &Request<Bytes>) -> Result<(Wanted, Managing), Reason> {
    management(server)?;
    let wish = match *request.method() {
        Method::GET => Wish::Read,
        Method::PUT => Wish::Replace(body(server, request)?.clone()),
        Method::DELETE => Wish::Delete,
        _ => return Err(Reason::Method),
    };
    let token = bearer(request.headers())?.ok_or(Reason::RegistrationTokenMissing)?;
    let prefix = &server.config().paths.registration;
    let name = request.uri().path().strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/'));
    let client_id = name.and_then(|name| percent::decode(name).ok()).ok_or(Reason::RegistrationToken)?;
    let wanted = Wanted::client(client_id);
    Ok((wanted, Managing { token, wish }))
}

/// Registrations are looked after where there are any, and where the policy says so.
fn management(server: &AuthorizationServer) -> Result<&RegistrationPolicy, Reason> {
    let policy = server.config().registration.as_ref().filter(|policy| policy.management);
    policy.ok_or(Reason::RegistrationClosed)
}

pub(in crate::server) fn decide(
    server: &AuthorizationServer,
    managing: Managing,
    facts: Facts,
    moment: Moment,
) -> Step {
    match judge(server, managing, facts, moment) {
        Ok(step) => step,
        Err(reason) => Step::Reply(answer::refuse(reason, METHODS)),
    }
}

fn judge(
    server: &AuthorizationServer,
    managing: Managing,
    facts: Facts,
    moment: Moment,
) -> Result<Step, Reason> {
    const NOBODYS: Digest = Digest::from_bytes([0; 32]);
    let Managing { token, wish } = managing;
    let registration = facts.client.as_ref().and_then(|client| client.registration);
    // As much work for a client that is not there; compared in constant time.
    let is_own = registration.and_then(|registration| registration.token).unwrap_or(NOBODYS) == kept(&token);
    let (Some(client), Some(registration), true) = (facts.client, registration, is_own) else {
        return Err(Reason::RegistrationToken);
    };
    let (batch, reply) = match wish {
        Wish::Read => {
            let told = Told { token: Some(&token), ..Told::default() };
            return Ok(Step::Reply(answer::tell(server, &client, told, StatusCode::OK)));
        }
        // All that it was given dies with it (RFC 7592 section 2.3).
        Wish::Delete => (Batch { revoke: vec![client.family()], ..Batch::default() }, answer::gone()),
        Wish::Replace(body) => {
            let (replaced, secret) = replace(server, &client, registration, &body, moment)?;
            let told = Told { secret: secret.as_ref(), token: Some(&token) };
            let reply = answer::tell(server, &replaced, told, StatusCode::OK);
            let put = vec![Record::Client(Client::key(&replaced.client_id), replaced.into())];
            (Batch { put, ..Batch::default() }, reply)
        }
    };
    Ok(Step::Commit(Commit::new(batch, reply, Lost::CannotHappen)))
}

/// RFC 7592 section 2.2: what is not sent is not kept. The secret stays, as long as the method does.
fn replace(
    server: &AuthorizationServer,
    client: &Arc<Client>,
    registration: Registration,
    body: &[u8],
    moment: Moment,
) -> Result<(Client, Option<Secret>), Reason> {
    let policy = management(server)?;
    let (metadata, fitting) = fit(server, policy, Origin::Registered, body, moment.now())?;
    check_identity(client, &metadata)?;
    let same_method = fitting.method == answer::method(&client.authentication);
    let (authentication, secret) = match same_method {
        true => (client.authentication.clone(), None),
        false => authentication(&fitting, &mut moment.entropy()),
    };
    let replaced = fitting.named(client.client_id.clone(), authentication)?;
    Ok((Client { registration: Some(registration), ..replaced }, secret))
}

/// It must say which client it is of, may say its secret, and must not say what the server alone says (RFC 7592 section
/// 2.2).
fn check_identity(client: &Client, metadata: &ClientMetadata) -> Result<(), Reason> {
    const OURS: [&str; 4] = [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ];
    if metadata.client_id.as_deref() != Some(&*client.client_id) {
        return Err(Reason::Metadata(MetadataError::Value("client_id")));
    }
    if OURS.iter().any(|name| metadata.others.contains_key(*name)) {
        return Err(Reason::Metadata(MetadataError::Value("registration_access_token")));
    }
    let Some(sent) = metadata.others.get("client_secret") else { return Ok(()) };
    let sent = sent.as_str().map(|text| StoredSecret::new(&Secret::new(text)).digest);
    let is_own = match (&client.authentication, sent) {
        (Authentication::Secret { secrets, .. }, Some(sent)) => {
            secrets.iter().any(|secret| secret.digest == sent)
        }
        (Authentication::SecretJwt { secret }, Some(sent)) => StoredSecret::new(secret).digest == sent,
        _ => false,
    };
    match is_own {
        true => Ok(()),
        false => Err(Reason::Metadata(MetadataError::Value("client_secret"))),
    }
}

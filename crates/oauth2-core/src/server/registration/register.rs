//! The registration endpoint (RFC 7591 section 3).

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use oauth_sansio::{Entropy, Moment, Reply, Secret};

use super::{
    Registrants, RegistrationPolicy,
    answer::{self, Told},
    bearer, body, kept,
    requested::{Fitting, fit, places},
};
use crate::server::{
    Authentication, AuthenticationMethod, AuthorizationServer, Batch, Client, Commit, Origin, Reason, Record,
    Registration, Step, StoredSecret, step::Lost,
};

pub(in crate::server) fn receive(
    server: &AuthorizationServer,
    request: &Request<Bytes>,
    moment: Moment,
) -> Step {
    match register(server, request, moment) {
        Ok((client, sealed)) => {
            let put = vec![Record::Client(Client::key(&client.client_id), client.into())];
            let batch = Batch { put, ..Batch::default() };
            Step::Commit(Commit::new(batch, sealed, Lost::CannotHappen))
        }
        Err(reason) => Step::Reply(answer::refuse(reason, "POST")),
    }
}

fn register(
    server: &AuthorizationServer,
    request: &Request<Bytes>,
    moment: Moment,
) -> Result<(Client, Box<Reply<Reason>>), Reason> {
    let policy = server.config().registration.as_ref().ok_or(Reason::RegistrationClosed)?;
    if request.method() != Method::POST {
        return Err(Reason::Method);
    }
    authorized(policy, request)?;
    let now = moment.now();
    let (_, fitting) = fit(server, policy, Origin::Registered, body(server, request)?, now)?;
    let mut entropy = moment.entropy();
    // An identifier that is given out here is no address, whose description could be fetched.
    let client_id = entropy.text().expose().into();
    let (authentication, secret) = authentication(&fitting, &mut entropy);
    let token = policy.management.then(|| entropy.text());
    let client = fitting.named(client_id, authentication)?;
    let registration = Registration { token: token.as_ref().map(kept), issued: now };
    let client = Client { registration: Some(registration), ..client };
    let told = Told { secret: secret.as_ref(), token: token.as_ref() };
    let reply = answer::tell(server, &client, told, StatusCode::CREATED);
    Ok((client, reply))
}

/// RFC 7591 section 3: whoever was given a token by the operator, or anybody.
fn authorized(policy: &RegistrationPolicy, request: &Request<Bytes>) -> Result<(), Reason> {
    let token = bearer(request.headers())?;
    match (&policy.registrants, token) {
        // A token that nobody asks for says nothing.
        (Registrants::Anybody, _) => Ok(()),
        (Registrants::WithToken(known), Some(token)) if known.contains(&kept(&token)) => Ok(()),
        (Registrants::WithToken(_), Some(_)) => Err(Reason::RegistrationToken),
        (Registrants::WithToken(_), None) => Err(Reason::RegistrationTokenMissing),
    }
}

/// How the client will authenticate, and the secret that it is told once.
pub(super) fn authentication(fitting: &Fitting, entropy: &mut Entropy) -> (Authentication, Option<Secret>) {
    let method = fitting.method;
    match (places(method), method) {
        (Some(methods), _) => {
            let secret = entropy.text();
            let secrets = vec![StoredSecret::new(&secret)];
            (Authentication::Secret { secrets, methods }, Some(secret))
        }
        (None, AuthenticationMethod::ClientSecretJwt) => {
            let secret = entropy.text();
            (Authentication::SecretJwt { secret: secret.clone() }, Some(secret))
        }
        (None, AuthenticationMethod::PrivateKeyJwt) => (Authentication::PrivateKeyJwt, None),
        (None, AuthenticationMethod::SelfSignedTlsClientAuth) => {
            (Authentication::SelfSignedTlsClientAuth, None)
        }
        (None, AuthenticationMethod::TlsClientAuth) => match fitting.certificate.clone() {
            Some(subject) => (Authentication::TlsClientAuth { subject }, None),
            None => (Authentication::None, None),
        },
        (None, _) => (Authentication::None, None),
    }
}

//! Revocation: a client gives its token credentials back. RFC 5849 knows no such request; this one is made like its others.
//!
//! A request signed with the token credentials, which may have expired or have been renewed; all that came from the same
//! authorization is worth nothing from then on. To revoke what is revoked is no error, and tells nobody anything who could
//! not sign.

use bytes::Bytes;
use oauth_sansio::{Digest, Timestamp};

use super::{
    Batch, Facts, Provider, Reason, Step, Wanted, reply,
    step::{Commit, Load, Then},
    verify::Used,
};
use crate::signature::{Protocol, Received};

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Request {
    received: Received,
}

pub(super) fn receive(
    provider: &Provider,
    request: &http::Request<Bytes>,
    now: Timestamp,
) -> Result<Step, Reason> {
    let received = provider.read(request, now)?;
    let token = Digest::of_token(received.token().ok_or(Reason::missing(Protocol::Token))?);
    let client = Some(received.consumer_key().to_owned());
    let wanted = Wanted { client, token: Some(token), ..Wanted::default() };
    let then = Then::Revoke(Box::new(Request { received }));
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

pub(super) fn decide(provider: &Provider, request: &Request, facts: Facts) -> Result<Step, Reason> {
    let policy = provider.policy();
    policy.verify(&request.received, facts.client.as_deref(), &Used::rarely(facts.token.as_ref()))?;
    let token = facts.token.ok_or(Reason::UnknownToken)?;
    let batch = Batch {
        spend: policy.nonce(&request.received).into_iter().collect(),
        revoke: vec![token.record.family],
        ..Batch::default()
    };
    let lost = Step::Reply(policy.refuse(Reason::NonceUsed)).into();
    Ok(Step::Commit(Commit { batch, sealed: reply::done(), lost }))
}

//! Renewal of token credentials: the extension "OAuth Session" (draft 1), as Yahoo deployed it.
//!
//! A token request that is signed with the token credentials, which may have expired, and brings their
//! `oauth_session_handle` in the place of a verifier. New credentials with a handle of their own take the place of the
//! old ones, which open nothing from then on.
//!
//! An answer that got lost cannot be asked for again: a second try looks like a thief's, and is an alarm. So a client renews
//! from one place and keeps what it got before it uses it.
//!
//! Invariants: credentials are renewed once; a second valid renewal revokes their family; a request that was overheard and
//! sent again is known by its nonce and revokes nothing; no renewal outlives what the authorization was given for.

use oauth_sansio::{Digest, Moment, Spend};

use super::{
    Batch, Facts, Once, Provider, RETENTION_MARGIN, Reason, Step, Wanted,
    issue::{Authorization, issue},
    step::{Commit, Load, Then},
    verify::Used,
};
use crate::signature::{Protocol, Received};

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Request {
    received: Received,
    token: Digest,
    handle: Digest,
}

pub(super) fn receive(provider: &Provider, received: Received) -> Result<Step, Reason> {
    // One request asks for one thing.
    if received.verifier().is_some() {
        return Err(Reason::Unexpected(Protocol::Verifier.name()));
    }
    let token = Digest::of_token(received.token().ok_or(Reason::missing(Protocol::Token))?);
    let handle = Digest::of(received.session_handle().ok_or(Reason::missing(Protocol::SessionHandle))?);
    let client = Some(received.consumer_key().to_owned());
    let wanted = Wanted { client, token: Some(token), ..Wanted::default() };
    let then = Then::Renewal(Box::new(Request { received, token, handle }));
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

pub(super) fn decide(
    provider: &Provider,
    request: Request,
    facts: Facts,
    moment: Moment,
) -> Result<Step, Reason> {
    let Request { received, token: digest, handle } = request;
    let (policy, now) = (provider.policy(), moment.now());
    policy.verify(&received, facts.client.as_deref(), &Used::rarely(facts.token.as_ref()))?;
    let token = facts.token.ok_or(Reason::UnknownToken)?;
    if token.revoked {
        return Err(Reason::Revoked);
    }
    let renewal = token.record.renewal.ok_or(Reason::NotRenewable)?;
    if renewal.handle != handle {
        return Err(Reason::SessionHandle);
    }
    if now >= renewal.until {
        return Err(Reason::Expired);
    }

    let nonce: Vec<_> = policy.nonce(&received).into_iter().collect();
    let refused = |reason| policy.refuse(reason);
    let alarm = Step::Commit(Commit {
        batch: Batch { spend: nonce.clone(), revoke: vec![token.record.family], ..Batch::default() },
        sealed: refused(Reason::RenewedTwice),
        lost: Step::Reply(refused(Reason::NonceUsed)).into(),
    });
    if token.spent.is_some() {
        return Ok(alarm);
    }
    let authorization = Authorization {
        client_id: token.record.client_id.clone(),
        subject: token.record.subject.clone(),
        realms: token.record.realms.clone(),
        renewed: Some((token.record.family, renewal.until)),
    };
    let (renewed, sealed) = issue(provider.config(), authorization, moment);
    let renew = Spend {
        once: Once::Renewal(digest),
        at: now.into(),
        keep_until: renewal.until.plus(RETENTION_MARGIN),
    };
    let batch =
        Batch { spend: nonce.into_iter().chain([renew]).collect(), put: vec![renewed], ..Batch::default() };
    Ok(Step::Commit(Commit { batch, sealed, lost: alarm.into() }))
}

//! Token request (RFC 5849 section 2.3).

use bytes::Bytes;
use oauth_sansio::{Digest, Moment, Spend, Timestamp};

use super::{
    Batch, Facts, Once, Provider, RETENTION_MARGIN, Reason, Step, Wanted,
    issue::{Authorization, issue},
    renewal, reply,
    step::{Commit, Load, Then},
    verify::Used,
};
use crate::signature::{Protocol, Received};

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Request {
    received: Received,
    temporary: Digest,
    verifier: Digest,
}

pub(super) fn receive(
    provider: &Provider,
    request: &http::Request<Bytes>,
    now: Timestamp,
) -> Result<Step, Reason> {
    let received = provider.read(request, now)?;
    if provider.config().lifetimes.authorization.is_some() && received.session_handle().is_some() {
        return renewal::receive(provider, received);
    }
    let temporary = Digest::of_token(received.token().ok_or(Reason::missing(Protocol::Token))?);
    let verifier = received.verifier().filter(|verifier| !verifier.is_empty());
    let verifier = Digest::of(verifier.ok_or(Reason::missing(Protocol::Verifier))?);
    let wanted = Wanted {
        client: Some(received.consumer_key().to_owned()),
        temporary: Some(temporary),
        approval: Some(temporary),
        ..Wanted::default()
    };
    let then = Then::Token(Box::new(Request { received, temporary, verifier }));
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

/// A try that fails burns nothing: nonce and temporary credentials are spent together, at the very end.
pub(super) fn decide(
    provider: &Provider,
    request: Request,
    facts: Facts,
    moment: Moment,
) -> Result<Step, Reason> {
    let Request { received, temporary: digest, verifier } = request;
    let (policy, config, now) = (provider.policy(), provider.config(), moment.now());
    let used = match &facts.temporary {
        Some(loaded) => {
            Used::Known { secret: &loaded.record.secret, client_id: &loaded.record.client_id, key: None }
        }
        None => Used::Unknown { keeps_key: false },
    };
    policy.verify(&received, facts.client.as_deref(), &used)?;
    let temporary = facts.temporary.ok_or(Reason::UnknownToken)?;
    if temporary.spent {
        return Err(Reason::TemporaryUsed);
    }
    let approval = facts.approval.ok_or(Reason::NotApproved)?.record;
    if now >= temporary.record.expires || now >= approval.expires {
        return Err(Reason::Expired);
    }
    if approval.verifier != verifier {
        return Err(Reason::Verifier);
    }

    let temporary = temporary.record;
    let authorization = Authorization {
        client_id: temporary.client_id.clone(),
        subject: approval.subject.clone(),
        realms: temporary.realms.clone(),
        renewed: None,
    };
    let (token, sealed) = issue(config, authorization, moment);
    let exchange =
        Spend { once: Once::Temporary(digest), keep_until: temporary.expires.plus(RETENTION_MARGIN) };
    let batch = Batch {
        spend: policy.nonce(&received).into_iter().chain([exchange]).collect(),
        put: vec![token],
        ..Batch::default()
    };
    let lost = Step::Reply(reply::refused(&policy.challenge, Reason::NonceOrTemporaryUsed)).into();
    Ok(Step::Commit(Commit { batch, sealed, lost }))
}

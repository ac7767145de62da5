//! Token request (RFC 5849 section 2.3).

use bytes::Bytes;
use oauth_sansio::{Digest, Moment, Spend, Timestamp};

use super::{
    Batch, Facts, Once, Provider, RETENTION_MARGIN, Reason, Step, Wanted,
    issue::{Authorization, issue},
    pin, renewal,
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
    let verifier = verifier.ok_or(Reason::missing(Protocol::Verifier))?;
    let verifier = match provider.config().pin {
        Some(_) => Digest::of(pin::typed(verifier).as_bytes()),
        None => Digest::of(verifier),
    };
    let wanted = Wanted {
        client: Some(received.consumer_key().to_owned()),
        temporary: Some(temporary),
        approval: Some(temporary),
        ..Wanted::default()
    };
    let then = Then::Token(Box::new(Request { received, temporary, verifier }));
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

/// A try that fails burns nothing: nonce and temporary credentials are spent together, at the very end. Of a PIN the tries
/// are counted: each that fails takes a mark with its nonce, so that a replay takes none.
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
    if temporary.spent.is_some() {
        return Err(Reason::TemporaryUsed);
    }
    let approval = facts.approval.ok_or(Reason::NotApproved)?.record;
    if now >= temporary.record.expires || now >= approval.expires {
        return Err(Reason::Expired);
    }
    let nonce = policy.nonce(&received);
    let keep_until = temporary.record.expires.plus(RETENTION_MARGIN);
    let exchange = Spend { once: Once::Temporary(digest), at: now.into(), keep_until };
    let lost = Step::Reply(policy.refuse(Reason::NonceOrTemporaryUsed));

    if approval.verifier != verifier {
        // A long verifier cannot be guessed, so nothing needs to be counted.
        let tries = approval.tries.ok_or(Reason::Verifier)?;
        // The first that is left, and with the last one the temporary credentials: whatever is guessed at the same time
        // finds them used.
        return Ok((0..tries).rev().fold(lost, |lost, number| {
            let (reason, last) = match number.saturating_add(1) == tries {
                true => (Reason::LastTry, Some(exchange)),
                false => (Reason::Verifier, None),
            };
            let taken = Spend { once: Once::Try(digest, number), at: now.into(), keep_until };
            let spend = nonce.into_iter().chain([taken]).chain(last).collect();
            let batch = Batch { spend, ..Batch::default() };
            Step::Commit(Commit { batch, sealed: policy.refuse(reason), lost: lost.into() })
        }));
    }

    let authorization = Authorization {
        client_id: temporary.record.client_id.clone(),
        subject: approval.subject.clone(),
        realms: temporary.record.realms.clone(),
        renewed: None,
    };
    let (token, sealed) = issue(config, authorization, moment);
    let batch =
        Batch { spend: nonce.into_iter().chain([exchange]).collect(), put: vec![token], ..Batch::default() };
    Ok(Step::Commit(Commit { batch, sealed, lost: lost.into() }))
}

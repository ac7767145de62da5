//! Temporary credential request (RFC 5849 section 2.1).

use std::sync::Arc;

use bytes::Bytes;
use oauth_sansio::{Digest, Moment, Timestamp};

use super::{
    Batch, Callback, Extra, Facts, Provider, Reason, Record, Step, Temporary, Wanted, reply,
    step::{Commit, Load, Then},
    verify::Used,
};
use crate::signature::{Protocol, Received};

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Request {
    received: Received,
    callback: Callback,
}

pub(super) fn receive(
    provider: &Provider,
    request: &http::Request<Bytes>,
    now: Timestamp,
) -> Result<Step, Reason> {
    let received = provider.read(request, now)?;
    // RFC 5849 section 2.1: there is no token yet.
    if received.token().is_some() {
        return Err(Reason::Unexpected(Protocol::Token.name()));
    }
    // RFC 5849 section 2.1: the callback is required. Without it this would be OAuth 1.0, whose callback came later,
    // unsigned.
    let callback = received.callback().ok_or(Reason::missing(Protocol::Callback))?;
    let callback = Callback::parse(callback).ok_or(Reason::Callback)?;
    let wanted = Wanted { client: Some(received.consumer_key().to_owned()), ..Wanted::default() };
    let then = Then::Temporary(Box::new(Request { received, callback }));
    Ok(Step::Load(Load { provider: provider.clone(), wanted, then }))
}

pub(super) fn decide(
    provider: &Provider,
    request: Request,
    facts: Facts,
    moment: Moment,
) -> Result<Step, Reason> {
    let Request { received, callback } = request;
    let (policy, config) = (provider.policy(), provider.config());
    let client = facts.client.as_deref();
    policy.verify(&received, client, &Used::Nothing)?;
    let client = client.ok_or(Reason::UnknownClient)?;
    let callback = client.callbacks.choose(callback).ok_or(Reason::Callback)?;
    let now = moment.now();
    let mut entropy = moment.entropy();
    let (token, secret) = (entropy.token(now), entropy.text());
    let realms: Arc<[String]> = realms(received.realm(), &config.realms).into();
    let extras = config.extras.as_ref().map(|extras| extras.temporary(&client.client_id, &realms));
    // RFC 5849 section 2.1: `oauth_callback_confirmed` tells OAuth 1.0a from the flawed 1.0.
    let pairs = [
        ("oauth_token", token.expose()),
        ("oauth_token_secret", secret.expose()),
        ("oauth_callback_confirmed", "true"),
    ];
    let sealed = reply::credentials(pairs.into_iter().chain(extras.iter().flatten().map(Extra::pair)));
    let temporary = Temporary {
        secret,
        client_id: client.client_id.clone(),
        callback,
        realms,
        expires: now.plus(config.lifetimes.temporary),
    };
    let batch = Batch {
        spend: policy.nonce(&received).into_iter().collect(),
        put: vec![Record::Temporary(Digest::of_token(token.expose()), temporary.into())],
        ..Batch::default()
    };
    let lost = Step::Reply(policy.refuse(Reason::NonceUsed)).into();
    Ok(Step::Commit(Commit { batch, sealed, lost }))
}

/// Those of the realms on offer that are asked for, or all.
fn realms(asked: Option<&str>, offered: &[String]) -> Vec<String> {
    let asked = asked.unwrap_or_default();
    let both = offered.iter().filter(|realm| asked.split(' ').any(|one| one == **realm));
    let both: Vec<_> = both.cloned().collect();
    if both.is_empty() { offered.to_vec() } else { both }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_realms_on_offer_are_granted() {
        let offered = ["photos".to_owned(), "albums".to_owned()];
        assert_eq!(realms(Some("albums admin"), &offered), ["albums"]);
        assert_eq!(realms(Some("admin"), &offered), offered);
        assert_eq!(realms(None, &offered), offered);
    }
}

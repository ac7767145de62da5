//! Temporary credential request (RFC 5849 section 2.1).

use std::sync::Arc;

use bytes::Bytes;
use oauth_sansio::{Digest, Moment, Timestamp};

use super::{
    Batch, Callback, Config, Extra, Facts, Provider, Reason, Record, Step, Temporary, Wanted, reply,
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
    let (token, secret) = (entropy.token(), entropy.text());
    let realms: Arc<[String]> = realms(received.realm(), config)?.into();
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

/// Those of the realms on offer that are asked for: all of them for a client that asks for none, or that only says back the
/// protection space of the challenge.
fn realms(asked: Option<&str>, config: &Config) -> Result<Vec<String>, Reason> {
    let offered = &config.realms;
    let asked = asked.filter(|asked| !asked.trim().is_empty() && *asked != config.realm);
    let Some(asked) = asked else { return Ok(offered.clone()) };
    let both = offered.iter().filter(|realm| asked.split(' ').any(|one| one == **realm));
    let both: Vec<_> = both.cloned().collect();
    // Where nothing is on offer a realm is only a name, as in the examples of RFC 5849.
    if both.is_empty() && !offered.is_empty() { Err(Reason::Realm) } else { Ok(both) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_realms_on_offer_are_granted_and_some_must_be() {
        let mut config = Config::new("https://photos.example.net".parse().unwrap());
        assert_eq!(realms(Some("Photos"), &config), Ok(vec![]));
        config.realms = vec!["photos".into(), "albums".into()];
        let all = || Ok(config.realms.clone());
        assert_eq!(realms(Some("albums admin"), &config), Ok(vec!["albums".into()]));
        assert_eq!(realms(Some("albums photos"), &config), all());
        for none in [None, Some(""), Some(" "), Some("https://photos.example.net")] {
            assert_eq!(realms(none, &config), all(), "{none:?}");
        }
        for unknown in ["admin", "photosalbums", "Photos", "photos,albums", "https://evil.example"] {
            assert_eq!(realms(Some(unknown), &config), Err(Reason::Realm), "{unknown}");
        }
    }
}

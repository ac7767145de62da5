//! Token credentials as they are given out, by the exchange (RFC 5849 section 2.3) or by a renewal.
//!
//! The parameters that RFC 5849 does not know are those of the extension "OAuth Session" (draft 1), as Yahoo deployed it.

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Moment, Reply, Timestamp};

use super::{Config, Extra, KeyCache, Lifetimes, Reason, Record, Renewal, Token, reply};

/// What token credentials stand for.
pub(super) struct Authorization {
    pub(super) client_id: String,
    pub(super) subject: Arc<str>,
    pub(super) realms: Arc<[String]>,
    /// The family and the end of what is renewed; `None` where a person has just allowed it.
    pub(super) renewed: Option<(Family, Timestamp)>,
}

/// New token credentials: the row, and the answer that brings them to the client.
pub(super) fn issue(
    config: &Config,
    authorization: Authorization,
    moment: Moment,
) -> (Record, Box<Reply<Reason>>) {
    let Authorization { client_id, subject, realms, renewed } = authorization;
    let Lifetimes { token: lifetime, authorization: longest, .. } = config.lifetimes;
    let now = moment.now();
    let mut entropy = moment.entropy();
    let (identifier, secret) = (entropy.token(), entropy.text());
    let (family, until) = match renewed {
        Some((family, until)) => (family, Some(until)),
        None => (Family::from_bytes(entropy.bytes()), longest.map(|longest| now.plus(longest))),
    };
    let end = |lifetime| now.plus(lifetime).min(until.unwrap_or(now.plus(lifetime)));
    let expires = lifetime.map(end);
    let session = until.map(|until| (entropy.text(), until));

    let seconds = |end: Timestamp| end.since(now).as_secs().to_string();
    let (expires_in, ends_in) = (expires.map(seconds), until.map(seconds));
    let pairs = [
        ("oauth_token", Some(identifier.expose())),
        ("oauth_token_secret", Some(secret.expose())),
        ("oauth_expires_in", expires_in.as_deref()),
        ("oauth_session_handle", session.as_ref().map(|(handle, _)| handle.expose())),
        ("oauth_authorization_expires_in", ends_in.as_deref()),
    ];
    let extras = config.extras.as_ref().map(|extras| extras.token(&client_id, &subject, &realms));
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let sealed = reply::credentials(pairs.chain(extras.iter().flatten().map(Extra::pair)));
    let token = Token {
        secret,
        client_id,
        subject,
        realms,
        family,
        issued: now,
        expires,
        renewal: session.map(|(handle, until)| Renewal { handle: Digest::of(handle.expose()), until }),
        key: KeyCache::default(),
    };
    (Record::Token(Digest::of_token(identifier.expose()), token.into()), sealed)
}

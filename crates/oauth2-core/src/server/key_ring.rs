//! The keys that the server signs with: their public halves, and when each is used (RFC 7517, RFC 8414 section 2
//! `jwks_uri`).
//!
//! A key is published before it signs, so that every API has fetched it, and stays published behind its last signature,
//! until nothing that it signed is alive. Where the private halves are is the driver's business.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use oauth_sansio::{Reply, Timestamp};

use super::{AuthorizationServer, Reason, Step, wire};
use crate::jose::{Algorithm, Jwk, JwkSet};

/// The public keys of the server, with their times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRing(Vec<RingKey>);

/// A public key and when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingKey {
    /// The key. It has a name and an algorithm.
    pub key: Jwk,
    /// From this second on it signs, until a newer one does. It is published before.
    pub signs_from: Timestamp,
    /// From this second on it is neither published nor believed.
    pub retired: Option<Timestamp>,
}

impl RingKey {
    /// A key that is used always.
    pub fn always(key: Jwk) -> Self {
        Self { key, signs_from: Timestamp::from_unix(0), retired: None }
    }

    fn is_published(&self, now: Timestamp) -> bool {
        self.retired.is_none_or(|end| now < end)
    }
}

impl KeyRing {
    /// These keys; `None` when one has no name or no algorithm, or two have one name.
    pub fn new(keys: impl IntoIterator<Item = RingKey>) -> Option<Self> {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.signs_from));
        let mut names: Vec<_> = keys.iter().map(|key| key.key.key_id.as_deref()).collect();
        names.sort_unstable();
        let unique = names.windows(2).all(|pair| !matches!(pair, [a, b] if a == b));
        let whole = keys.iter().all(|key| key.key.key_id.is_some() && key.key.algorithm.is_some());
        (unique && whole).then_some(Self(keys))
    }

    /// The key that signs now: the newest, of this algorithm where one is wanted.
    pub(super) fn signing(&self, wanted: Option<Algorithm>, now: Timestamp) -> Option<(&str, Algorithm)> {
        let mut signing = self.0.iter().filter(|key| key.signs_from <= now && key.is_published(now));
        signing.find_map(|RingKey { key, .. }| {
            let (key_id, algorithm) = (key.key_id.as_deref()?, key.algorithm?);
            wanted.is_none_or(|wanted| wanted == algorithm).then_some((key_id, algorithm))
        })
    }

    /// What the keys sign with, sooner or later.
    pub(super) fn algorithms(&self) -> std::collections::BTreeSet<Algorithm> {
        self.0.iter().filter_map(|key| key.key.algorithm).collect()
    }

    /// What is published now, and believed.
    pub fn published(&self, now: Timestamp) -> JwkSet {
        JwkSet::new(self.0.iter().filter(|key| key.is_published(now)).map(|key| key.key.clone()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The endpoint of the public keys.
pub(super) fn receive(server: &AuthorizationServer, request: &Request<Bytes>, now: Timestamp) -> Step {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Step::Reply(wire::direct_error(Reason::Method, "GET, HEAD"));
    }
    let set = server.config().signing.published(now).to_value();
    let mut response = Response::new(Bytes::from(set.to_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    // Short enough for a key to be known everywhere by the time that it signs.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Step::Reply(Reply::granted(response))
}

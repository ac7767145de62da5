//! Nonces of the server (RFC 9449 sections 8 and 9): they make a proof that was made in advance worthless, and nothing is
//! stored for them.

use std::time::Duration;

use oauth_sansio::{Timestamp, base64url};

use crate::server::ServerKeys;

/// Who wants the nonce: one of the authorization server is none of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Realm<'a> {
    /// The authorization server, by its issuer identifier.
    Server(&'a str),
    /// A protected resource, by its identifier.
    Resource(&'a str),
}

/// Gives out nonces and knows them again: each is derived from the time under a key of the server.
#[derive(Clone, Copy, Debug)]
pub struct Nonces<'a> {
    keys: &'a ServerKeys,
    realm: Realm<'a>,
}

/// How long one nonce is given out. It is good for as long again.
const SLOT: Duration = Duration::from_secs(120);

impl<'a> Nonces<'a> {
    /// The nonces of a realm.
    pub fn new(keys: &'a ServerKeys, realm: Realm<'a>) -> Self {
        Self { keys, realm }
    }

    /// The nonce of this time; `None` when there is no key.
    pub fn current(&self, now: Timestamp) -> Option<String> {
        self.of_slot(now.as_unix() / SLOT.as_secs())
    }

    /// Whether a nonce was given out lately.
    pub fn is_good(&self, nonce: &str, now: Timestamp) -> bool {
        let slot = now.as_unix() / SLOT.as_secs();
        let recent = [Some(slot), slot.checked_sub(1)];
        // What is guessed here is no secret, and each is compared whole.
        recent.into_iter().flatten().any(|slot| self.of_slot(slot).is_some_and(|good| good == nonce))
    }

    fn of_slot(&self, slot: u64) -> Option<String> {
        let at = Timestamp::from_unix(slot.saturating_mul(SLOT.as_secs()));
        let (kind, name) = match self.realm {
            Realm::Server(name) => ("DPoP nonce of the server", name),
            Realm::Resource(name) => ("DPoP nonce of a resource", name),
        };
        let bytes = self.keys.derive(kind, &[name.as_bytes(), &slot.to_be_bytes()], at)?;
        Some(base64url::encode(bytes.get(..16)?))
    }
}

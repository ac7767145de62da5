//! What every signed request goes through, at the provider and at the resource (RFC 5849 section 3.2).
//!
//! Invariants: what needs no store comes first and costs nothing; a signature is computed even where client or token
//! are unknown; a nonce is spent after everything else has been found right.

use std::time::Duration;

use http::{HeaderValue, Request};
use oauth_sansio::{Digest, Loaded, Secret, Spend, Timestamp, auth::Challenge};
use url::Url;

use super::{Client, ConfigError, KeyCache, Once, RETENTION_MARGIN, Reason, Token, config::check_origin};
use crate::signature::{Limits, Methods, Origin, Protocol, Received};

/// What provider and resource have in common.
pub(crate) struct Policy {
    pub(crate) origin: Origin,
    pub(crate) challenge: HeaderValue,
    methods: Methods,
    window: Duration,
    limits: Limits,
    empty_token_is_absent: bool,
    dummy: Dummy,
}

/// What signatures of unknown clients and tokens are checked with. Nothing is ever granted to them, so it need not
/// be secret.
struct Dummy {
    secret: Secret,
    key: KeyCache,
}

/// The token that a request names.
pub(crate) enum Used<'a> {
    /// None at all.
    Nothing,
    /// One that the store does not know.
    Unknown {
        /// Whether one that it knew would have a place for its key.
        keeps_key: bool,
    },
    /// Temporary or token credentials.
    Known {
        secret: &'a Secret,
        client_id: &'a str,
        /// Where the key may be kept, for credentials that are used often.
        key: Option<&'a KeyCache>,
    },
}

impl<'a> Used<'a> {
    /// Token credentials at an endpoint where they come so rarely that keeping their key pays nothing.
    pub(super) fn rarely(token: Option<&'a Loaded<Token>>) -> Self {
        token.map_or(Self::Unknown { keeps_key: false }, |token| Self::Known {
            secret: &token.record.secret,
            client_id: &token.record.client_id,
            key: None,
        })
    }
}

impl Policy {
    pub(crate) fn new(
        origin: &Url,
        insecure_loopback: bool,
        realm: &str,
        window: Duration,
        methods: &Methods,
        limits: Limits,
        empty_token_is_absent: bool,
    ) -> Result<Self, ConfigError> {
        check_origin(origin, insecure_loopback)?;
        if !(Duration::from_secs(1)..=Duration::from_secs(86_400)).contains(&window) {
            return Err(ConfigError::Window);
        }
        let challenge = Challenge::build("OAuth").parameter("realm", realm).finish();
        Ok(Self {
            origin: Origin::new(origin).map_err(|_| ConfigError::NotAnOrigin)?,
            challenge: challenge.map_err(|_| ConfigError::Realm)?,
            methods: methods.clone(),
            window,
            limits,
            empty_token_is_absent,
            dummy: Dummy { secret: Secret::new("-".repeat(43)), key: KeyCache::default() },
        })
    }

    /// Everything that can be said of a request without a store.
    pub(crate) fn read<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: Timestamp,
    ) -> Result<Received, Reason> {
        let received = Received::read(request, &self.origin, &self.limits)?.ok_or(Reason::NoCredentials)?;
        let method = self.methods.find(received.signature_method()).ok_or(Reason::UnsupportedMethod)?;
        // RFC 5849 section 3.4.4
        if method.needs_tls() && !self.origin.is_secure() {
            return Err(Reason::PlaintextWithoutTls);
        }
        if !self.empty_token_is_absent && received.parameter(Protocol::Token) == Some("") {
            return Err(Reason::missing(Protocol::Token));
        }
        // RFC 5849 section 3.1: both may be missing where the signature does not cover them; one alone is no pair.
        let nonce = received.nonce().filter(|nonce| !nonce.is_empty());
        match (received.timestamp(), nonce) {
            (None, None) if !method.covers_request() => {}
            (None, _) => return Err(Reason::missing(Protocol::Timestamp)),
            (_, None) => return Err(Reason::missing(Protocol::Nonce)),
            // RFC 5849 section 3.3. A timestamp from the future is as bad as an old one: its nonce would have to be
            // kept until then.
            (Some(timestamp), Some(_)) if timestamp.since(now).max(now.since(timestamp)) > self.window => {
                return Err(Reason::Timestamp);
            }
            (Some(_), Some(_)) => {}
        }
        Ok(received)
    }

    /// Whether the client signed the request, and may use the token with it.
    ///
    /// The work is the same whether client and token are known or not, and it comes before any answer.
    pub(crate) fn verify(
        &self,
        received: &Received,
        client: Option<&Client>,
        token: &Used<'_>,
    ) -> Result<(), Reason> {
        let method = self.methods.find(received.signature_method()).ok_or(Reason::UnsupportedMethod)?;
        let dummy = &self.dummy;
        let (client_secret, token_secret, key) = match (client, token) {
            (Some(client), Used::Nothing) => (&client.secret, None, None),
            (Some(client), Used::Known { secret, client_id, key }) if client.client_id == **client_id => {
                (&client.secret, Some(*secret), *key)
            }
            (_, Used::Nothing) => (&dummy.secret, None, None),
            (_, Used::Unknown { keeps_key: true } | Used::Known { key: Some(_), .. }) => {
                (&dummy.secret, Some(&dummy.secret), Some(&dummy.key))
            }
            (_, Used::Unknown { .. } | Used::Known { .. }) => (&dummy.secret, Some(&dummy.secret), None),
        };
        let verifies = KeyCache::verify(key, method, client_secret, token_secret, received);
        let client = client.ok_or(Reason::UnknownClient)?;
        match token {
            Used::Unknown { .. } => return Err(Reason::UnknownToken),
            // RFC 5849 sections 2.3 and 3.2
            Used::Known { client_id, .. } if *client_id != client.client_id => {
                return Err(Reason::OtherClient);
            }
            Used::Nothing | Used::Known { .. } => {}
        }
        if !client.methods.allows(method.name()) {
            return Err(Reason::MethodNotAllowed);
        }
        // RFC 5849 section 3.4.2 lets a secret be empty; then anybody could sign.
        if client_secret.is_empty() || token_secret.is_some_and(Secret::is_empty) {
            return Err(Reason::EmptySecret);
        }
        if verifies { Ok(()) } else { Err(Reason::Signature) }
    }

    /// The mark that a request leaves: RFC 5849 section 3.3 makes a nonce unique for a timestamp, a client and a
    /// token. `None` for a request without any, which only a method without cover may be.
    pub(crate) fn nonce(&self, received: &Received) -> Option<Spend<Once>> {
        let (timestamp, nonce) = received.timestamp().zip(received.nonce())?;
        let digest = Digest::of_parts(&[
            received.consumer_key().as_bytes(),
            received.token().unwrap_or_default().as_bytes(),
            &timestamp.as_unix().to_be_bytes(),
            nonce.as_bytes(),
        ]);
        let keep_until = timestamp.plus(self.window).plus(RETENTION_MARGIN);
        Some(Spend { once: Once::Nonce(digest), keep_until })
    }
}

//! What every signed request goes through, at the provider and at the resource (RFC 5849 section 3.2).
//!
//! Invariants: what needs no store comes first and costs nothing; a signature is computed even where client or token
//! are unknown; a nonce is spent after everything else has been found right.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, header::AUTHORIZATION};
use memchr::memmem;
use oauth_sansio::{Digest, Loaded, Reply, Secret, Spend, Timestamp, auth::Challenge, form};
use url::Url;

use super::{
    Client, ConfigError, KeyCache, Once, RETENTION_MARGIN, Reason, Token, TrustedHop, config::check_origin,
    hop::Hop, key_cache::Keys, reply,
};
use crate::signature::{BodyHash, Limits, Methods, Origin, Protocol, PublicKey, Received, SignatureMethod};

/// What provider and resource have in common.
pub(crate) struct Policy {
    pub(crate) origin: Origin,
    hop: Option<Hop>,
    realm: String,
    challenge: HeaderValue,
    problems: bool,
    methods: Methods,
    window: Duration,
    limits: Limits,
    absent_token_allowed: bool,
    empty_token_allowed: bool,
    body_hash_required: bool,
    dummy: Dummy,
}

/// What a [`Policy`] is made from.
pub(crate) struct Rules<'a> {
    pub(crate) origin: &'a Url,
    pub(crate) trusted_hop: Option<&'a TrustedHop>,
    pub(crate) insecure_loopback: bool,
    pub(crate) realm: &'a str,
    pub(crate) problems: bool,
    pub(crate) window: Duration,
    pub(crate) methods: &'a Methods,
    pub(crate) limits: Limits,
    pub(crate) absent_token_allowed: bool,
    pub(crate) empty_token_allowed: bool,
    pub(crate) body_hash_required: bool,
}

/// What signatures of unknown clients and tokens are checked with. Nothing is ever granted to them, so it need not
/// be secret.
struct Dummy {
    secret: Secret,
    public_key: PublicKey,
    cache: KeyCache,
}

impl Dummy {
    /// In place of the keys of this token.
    fn keys(&self, token: &Used<'_>) -> Keys<'_> {
        let cached = matches!(token, Used::Unknown { keeps_key: true } | Used::Known { key: Some(_), .. });
        Keys {
            client_secret: &self.secret,
            public_key: Some(&self.public_key),
            token_secret: (!matches!(token, Used::Nothing)).then_some(&self.secret),
            cache: cached.then_some(&self.cache),
        }
    }
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
    pub(crate) fn new(rules: &Rules<'_>) -> Result<Self, ConfigError> {
        check_origin(rules.origin, rules.insecure_loopback)?;
        if !(Duration::from_secs(1)..=Duration::from_secs(86_400)).contains(&rules.window) {
            return Err(ConfigError::Window);
        }
        Self::unchecked(rules)
    }

    /// Without the checks of what only a server must have: TLS, and a window that nonces can be kept for.
    pub(crate) fn unchecked(rules: &Rules<'_>) -> Result<Self, ConfigError> {
        let challenge = Challenge::build("OAuth").parameter("realm", rules.realm).finish();
        Ok(Self {
            origin: Origin::new(rules.origin).map_err(|_| ConfigError::NotAnOrigin)?,
            hop: rules.trusted_hop.map(|hop| Hop::new(hop, rules.insecure_loopback)).transpose()?,
            realm: rules.realm.to_owned(),
            challenge: challenge.map_err(|_| ConfigError::Realm)?,
            problems: rules.problems,
            methods: rules.methods.clone(),
            window: rules.window,
            limits: rules.limits,
            absent_token_allowed: rules.absent_token_allowed,
            empty_token_allowed: rules.empty_token_allowed,
            body_hash_required: rules.body_hash_required,
            dummy: Dummy {
                secret: Secret::new("-".repeat(43)),
                public_key: PublicKey::from_spki(*include_bytes!("dummy_key.der")),
                cache: KeyCache::default(),
            },
        })
    }

    /// Everything that can be said of a request without a store.
    pub(crate) fn read<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: Timestamp,
    ) -> Result<Received, Reason> {
        let origin = self.origin_of(request.headers())?;
        let received = Received::read(request, origin, &self.limits)?.ok_or(Reason::NoCredentials)?;
        let method = self.methods.find(received.signature_method()).ok_or(Reason::UnsupportedMethod)?;
        // RFC 5849 section 3.4.4
        if method.needs_tls() && !origin.is_secure() {
            return Err(Reason::PlaintextWithoutTls);
        }
        if !self.empty_token_allowed && received.parameter(Protocol::Token) == Some("") {
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
                return Err(Reason::Timestamp { from: now.minus(self.window), until: now.plus(self.window) });
            }
            (Some(_), Some(_)) => {}
        }
        self.check_body(request, &received, method)?;
        if !self.absent_token_allowed && received.parameter(Protocol::Token).is_none() {
            return Err(Reason::missing(Protocol::Token));
        }
        Ok(received)
    }

    /// Under which origin the client sent the request.
    pub(crate) fn origin_of(&self, headers: &HeaderMap) -> Result<&Origin, Reason> {
        self.hop.as_ref().map_or(Ok(&self.origin), |hop| Ok(hop.origin(headers)?))
    }

    /// Tells a client why not: all the same for every 401, or exactly, where that was opted into.
    pub(crate) fn refuse(&self, reason: Reason) -> Box<Reply<Reason>> {
        match reason.problem() {
            Some(problem) if self.problems => reply::reported(&self.challenge, &self.realm, reason, &problem),
            _ => reply::refused(&self.challenge, reason),
        }
    }

    /// Whether the body must be at hand to say anything of a request with this head.
    pub(crate) fn wants_body<B>(&self, request: &Request<B>) -> bool {
        self.body_hash_required
            || form::is_declared(request.headers())
            || [request.uri().query().unwrap_or_default().as_bytes()]
                .into_iter()
                .chain(request.headers().get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes))
                .any(|place| memmem::find(place, b"oauth_body_hash").is_some())
    }

    /// Whether the body is the one that was signed (OAuth Request Body Hash section 3.2).
    fn check_body<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        received: &Received,
        method: &dyn SignatureMethod,
    ) -> Result<(), Reason> {
        let (body, is_form) = (request.body().as_ref(), form::is_declared(request.headers()));
        match received.body_hash() {
            // A form is signed as it is.
            Some(_) if is_form => Err(Reason::Unexpected(Protocol::BodyHash.name())),
            // SHA-1 is what most clients send whatever the method; to forge a body takes more than a collision.
            Some(hash) if [method.body_hash(), BodyHash::Sha1].iter().any(|one| one.of(body) == hash) => {
                Ok(())
            }
            Some(_) => Err(Reason::BodyHash),
            None if self.body_hash_required && !is_form && !body.is_empty() => {
                Err(Reason::missing(Protocol::BodyHash))
            }
            None => Ok(()),
        }
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
        let known = match (client, token) {
            (Some(client), Used::Nothing) => Some((client, None, None)),
            (Some(client), Used::Known { secret, client_id, key }) if client.client_id == **client_id => {
                Some((client, Some(*secret), *key))
            }
            _ => None,
        };
        let known = known.map(|(client, token_secret, cache)| Keys {
            client_secret: &client.secret,
            public_key: client.public_key.as_ref(),
            token_secret,
            cache,
        });
        let verifies = match known.map(|keys| keys.verify(method, received)) {
            Some(Ok(verifies)) => Ok(verifies),
            // As much work for a client whose key is of no use, and for one that is not there at all.
            unusable => {
                let in_place = dummy.keys(token);
                let _ = in_place.verify(method, received);
                unusable.unwrap_or(Ok(false))
            }
        };
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
        let token_secret = known.and_then(|keys| keys.token_secret);
        if method.uses_secrets() && (client.secret.is_empty() || token_secret.is_some_and(Secret::is_empty)) {
            return Err(Reason::EmptySecret);
        }
        match verifies {
            Ok(true) => Ok(()),
            Ok(false) => Err(Reason::Signature),
            Err(error) => Err(Reason::Key(error)),
        }
    }

    /// The mark that a request leaves: RFC 5849 section 3.3 makes a nonce unique for a timestamp, a client and a
    /// token. `None` for a request without any, which only a method without cover may be.
    pub(crate) fn nonce(&self, received: &Received) -> Option<Spend<Once>> {
        let Spend { once, at, keep_until } = self.mark(received)?;
        Some(Spend { once: Once::Nonce(once), at, keep_until })
    }

    /// The same, by its digest alone.
    pub(super) fn mark(&self, received: &Received) -> Option<Spend<Digest>> {
        let (timestamp, nonce) = received.timestamp().zip(received.nonce())?;
        let digest = Digest::of_parts(&[
            received.consumer_key().as_bytes(),
            received.token().unwrap_or_default().as_bytes(),
            &timestamp.as_unix().to_be_bytes(),
            nonce.as_bytes(),
        ]);
        let digest = digest.behind_time(timestamp);
        let keep_until = timestamp.plus(self.window).plus(RETENTION_MARGIN);
        Some(Spend { once: digest, at: timestamp.into(), keep_until })
    }
}

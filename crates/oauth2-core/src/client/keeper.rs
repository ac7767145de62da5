//! Keeping tokens: which to use, when to renew them, and what is stored before it is used.
//!
//! A refresh token may be good for one use (RFC 9700 section 4.14.2), so one renewal at a time may be under way for what is
//! stored under one name, and its tokens are stored before anybody uses them. The first is the driver's part: it holds a lock
//! from [`Keeper::turn`] to [`Save::saved`]. The second is the type's: what a renewal brought is sealed in a [`Save`].
//!
//! ```
//! use oauth_sansio::{Exchange as _, Moment, Progress, http};
//! use oauth2_core::client::{Keeper, Kept, Need, Turn};
//!
//! /// Tokens that are good now. `stored` is read and written under a lock.
//! fn fresh(
//!     keeper: &Keeper,
//!     stored: &mut Option<Kept>,
//!     send: impl Fn(http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes>,
//!     moment: impl Fn() -> Moment,
//! ) -> Result<Kept, Box<dyn std::error::Error>> {
//!     let mut renewal = match keeper.turn(stored.clone(), None, moment().now())? {
//!         Turn::Use(kept) => return Ok(kept),
//!         Turn::Renew(renewal) => renewal,
//!     };
//!     loop {
//!         let answer = send(renewal.request(moment())?.request);
//!         match renewal.response(answer, moment())? {
//!             Progress::Again(again) | Progress::Wait(_, again) => renewal = again,
//!             Progress::Done(save) => {
//!                 *stored = Some(save.record().clone());
//!                 return Ok(save.saved());
//!             }
//!         }
//!     }
//! }
//! ```

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Client, Error, TokenExchange, Tokens, resource};
use crate::Scopes;

#[cfg(doc)]
use super::DpopKey;

/// Tokens as they are stored: with whose they are, for those of one server must never reach another. Plain serde data;
/// written out, it contains secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The issuer that granted them.
    pub issuer: String,
    /// The client that they were granted to.
    pub client_id: String,
    /// The key that they are bound to, by its thumbprint (RFC 7638); `None` for bearer tokens.
    pub key: Option<String>,
    /// When they came.
    pub came_at: Timestamp,
    /// They themselves.
    pub tokens: Tokens,
}

/// Tells which tokens to use and when to renew them. Cloning it makes another handle for the same client.
#[derive(Clone, Debug)]
pub struct Keeper {
    client: Client,
    means: Means,
    resources: Vec<String>,
    ahead: Duration,
}

/// What new tokens are had for.
#[derive(Clone, Debug)]
enum Means {
    RefreshToken,
    ClientCredentials(Scopes),
}

/// What is to be done for somebody who needs a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Use it.
    Use,
    /// Use it, and let somebody renew it meanwhile: it ends soon.
    UseAndRenew,
    /// Renew it first.
    Renew,
}

/// What is done by the one who holds the lock.
#[must_use]
#[derive(Debug)]
pub enum Turn {
    /// Use what is stored: somebody else has renewed it.
    Use(Kept),
    /// Renew it.
    Renew(Renewal),
}

impl Keeper {
    /// A keeper of tokens that were granted by a person: they are renewed with their refresh token (RFC 6749 section 6).
    pub fn new(client: Client) -> Self {
        Self { client, means: Means::RefreshToken, resources: Vec::new(), ahead: Duration::from_secs(60) }
    }

    /// A keeper of tokens of the application itself: they are asked for again (RFC 6749 section 4.4).
    pub fn client_credentials(client: Client, scope: Scopes) -> Self {
        Self { means: Means::ClientCredentials(scope), ..Self::new(client) }
    }

    /// The same, but tokens are renewed this long before they end: 60 seconds if not told, and never more than a quarter of
    /// their life.
    #[must_use]
    pub fn ahead(self, ahead: Duration) -> Self {
        Self { ahead, ..self }
    }

    /// The same, but each renewal says that the tokens are for this resource; may be called again (RFC 8707 section 2.2). The
    /// Model Context Protocol wants it in every request for tokens.
    ///
    /// # Errors
    /// [`Misuse::Resource`](super::Misuse::Resource) when it is no absolute URI, or has a fragment.
    pub fn resource(mut self, resource: &str) -> Result<Self, Error> {
        resource::check(resource)?;
        self.resources.push(resource.to_owned());
        Ok(self)
    }

    /// The client that the tokens are of.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What a flow has brought, to be stored.
    pub fn keep(&self, tokens: Tokens, now: Timestamp) -> Save {
        Save(Kept {
            issuer: self.client.issuer().to_owned(),
            client_id: self.client.client_id().to_owned(),
            key: self.key().filter(|_| tokens.is_bound_to_a_key()),
            came_at: now,
            tokens,
        })
    }

    /// What to do with these tokens. `refused` is the access token that an API has just called invalid.
    pub fn need(&self, kept: &Kept, refused: Option<&Secret>, now: Timestamp) -> Need {
        let tokens = &kept.tokens;
        if refused == Some(&tokens.access_token) || tokens.is_expired(now) {
            return Need::Renew;
        }
        let ends_soon = tokens.expires_at.is_some_and(|end| {
            let ahead = self.ahead.min(end.since(kept.came_at) / 4);
            end.since(now) <= ahead
        });
        if ends_soon && self.is_renewable(tokens) { Need::UseAndRenew } else { Need::Use }
    }

    /// What the one does who has locked what is stored, and read it.
    ///
    /// # Errors
    /// When what is stored cannot be used and cannot be renewed. Nothing was sent.
    pub fn turn(
        &self,
        stored: Option<Kept>,
        refused: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Turn, KeeperError> {
        let Some(kept) = stored else {
            return match &self.means {
                Means::RefreshToken => Err(KeeperError::Nothing),
                Means::ClientCredentials(scope) => self.ask(scope, None),
            };
        };
        if kept.issuer != self.client.issuer() || kept.client_id != self.client.client_id() {
            return Err(KeeperError::OtherClient);
        }
        // RFC 9449 section 5: whoever has lost the key has lost the tokens.
        if kept.key.is_some() && kept.key != self.key() {
            return Err(KeeperError::OtherKey);
        }
        match (self.need(&kept, refused, now), &self.means) {
            (Need::Use, _) => Ok(Turn::Use(kept)),
            (_, Means::ClientCredentials(scope)) => self.ask(scope, Some(&kept.tokens)),
            (_, Means::RefreshToken) => {
                let token = kept.tokens.refresh_token.as_ref().ok_or(KeeperError::NoRefreshToken)?;
                Ok(self.renewal(self.client.refresh(token), kept.tokens.scope.clone()))
            }
        }
    }

    /// Puts the access token into a request for the API that it is for: as a bearer token in the way of the provider, or with
    /// a proof by the key that it is bound to.
    ///
    /// # Errors
    /// Those of [`Client::authorize_api`] and [`DpopKey::authorize`].
    pub fn authorize<B>(&self, kept: &Kept, request: &mut Request<B>, moment: Moment) -> Result<(), Error> {
        match &self.client.0.dpop {
            Some(key) if kept.tokens.is_bound_to_a_key() => key.authorize(&kept.tokens, request, moment),
            _ => self.client.authorize_api(&kept.tokens, request),
        }
    }

    /// Remembers the nonce of an API's answer, for the next proof there. Whether there was any.
    pub fn learn(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        self.client.0.dpop.as_ref().is_some_and(|key| key.learn(uri, headers))
    }

    fn ask(&self, scope: &Scopes, before: Option<&Tokens>) -> Result<Turn, KeeperError> {
        let exchange = self.client.client_credentials(scope).map_err(|_| KeeperError::PublicClient)?;
        Ok(self.renewal(exchange, before.and_then(|tokens| tokens.scope.clone())))
    }

    fn renewal(&self, exchange: TokenExchange, scope: Option<Scopes>) -> Turn {
        let exchange = exchange.for_resources(&self.resources);
        Turn::Renew(Renewal { keeper: self.clone(), exchange, scope })
    }

    fn is_renewable(&self, tokens: &Tokens) -> bool {
        matches!(self.means, Means::ClientCredentials(_)) || tokens.refresh_token.is_some()
    }

    fn key(&self) -> Option<String> {
        self.client.0.dpop.as_ref().map(|key| key.thumbprint().to_string())
    }
}

/// The request for new tokens, ready to be sent while the lock is held. An error of it that
/// [is a dead grant](Error::is_dead_grant) says that what is stored is worth nothing any more; after any other it is as
/// good as before.
#[must_use]
#[derive(Debug)]
pub struct Renewal {
    keeper: Keeper,
    exchange: TokenExchange,
    /// What was granted before.
    scope: Option<Scopes>,
}

impl Exchange for Renewal {
    type Done = Save;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        self.exchange.request(moment)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let Self { keeper, exchange, scope } = self;
        let now = moment.now();
        Ok(match exchange.response(response, moment)? {
            Progress::Done(mut tokens) => {
                // RFC 6749 section 6: what is not named is as before.
                tokens.scope = tokens.scope.or(scope);
                Progress::Done(keeper.keep(tokens, now))
            }
            Progress::Again(exchange) => Progress::Again(Self { keeper, exchange, scope }),
            Progress::Wait(until, exchange) => Progress::Wait(until, Self { keeper, exchange, scope }),
        })
    }
}

/// Store the [`record`](Self::record), then use what is [`saved`](Self::saved). Where storing fails, keep this and try again:
/// the tokens that are stored may have ended with the renewal.
#[must_use = "tokens that are dropped are lost"]
#[derive(Clone, Debug)]
pub struct Save(Kept);

impl Save {
    /// What to store.
    pub fn record(&self) -> &Kept {
        &self.0
    }

    /// It is stored: the tokens, for use.
    pub fn saved(self) -> Kept {
        self.0
    }
}

/// Why there are no tokens, and no request to make for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// Nothing is stored: somebody has to grant access first.
    #[error("there are no tokens: access must be granted first")]
    Nothing,
    /// The access token is no longer good and there is no refresh token: access must be granted anew.
    #[error("the access token is no longer good, and there is no refresh token")]
    NoRefreshToken,
    /// What is stored was granted by another server or to another client, which it must not reach.
    #[error("the stored tokens belong to another client or another server")]
    OtherClient,
    /// What is stored is bound to another key than the client has.
    #[error("the stored tokens are bound to another key")]
    OtherKey,
    /// Only a client that authenticates may ask on its own behalf (RFC 6749 section 4.4).
    #[error("client credentials need client authentication")]
    PublicClient,
}

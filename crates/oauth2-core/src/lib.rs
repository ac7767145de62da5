//! OAuth 2.x as OAuth 2.1 profiles it, without I/O: the client, the authorization server and the resource server.
//!
//! **What it is.** [`client`] starts an authorization, reads the callback and speaks to the token endpoint;
//! [`server`] answers at the authorization, consent, token and metadata endpoints; [`resource`] tells what a bearer
//! token proves. Each step is a value; answering it consumes it and gives the next. PKCE with `S256`, exact redirect
//! URIs, `iss` in every authorization response and rotating refresh tokens are not options.
//!
//! **What it is not.** It opens no socket, awaits nothing, reads no clock and asks the machine for no randomness: the
//! caller brings a [`Moment`](oauth_sansio::Moment). It keeps nothing: a server step says what it wants to know and
//! what to write. It shows no page and knows no user.
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::{Moment, Outcome, Secret, Timestamp};
//! use oauth2_core::server::{
//!     Authentication, AuthorizationServer, Client, Config, Endpoint, Facts, GrantType,
//!     SecretMethods, Step,
//! };
//!
//! let mut config = Config::new("https://as.example".parse()?);
//! config.scopes = "photos.read".parse()?;
//! let server = AuthorizationServer::new(config)?;
//! let client = Client {
//!     name: "Photo printer".into(),
//!     authentication: Authentication::secret(&Secret::new("256 random bits"), SecretMethods::Post),
//!     grants: vec![GrantType::ClientCredentials],
//!     scopes: "photos.read".parse()?,
//!     ..Client::new("printer")
//! };
//! client.check()?;
//!
//! let moment = || Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32]);
//! let body = "grant_type=client_credentials&client_id=printer&client_secret=256+random+bits";
//! let request = http::Request::post("/oauth2/token")
//!     .header("content-type", "application/x-www-form-urlencoded")
//!     .body(Bytes::from(body))?;
//!
//! // The server asks who `printer` is …
//! let Step::Load(pause) = server.receive(Endpoint::Token, &request, moment()) else { unreachable!() };
//! assert_eq!(pause.wanted().client.as_deref(), Some("printer"));
//! // … then for an access token to be written …
//! let facts = Facts { client: Some(client.into()), ..Facts::default() };
//! let Step::Commit(pause) = pause.resume(facts, moment()) else { unreachable!() };
//! assert_eq!(pause.batch().put.len(), 1);
//! // … and only then is there an answer.
//! let Step::Reply(reply) = pause.settle(Outcome::Applied) else { unreachable!() };
//! assert_eq!(reply.response.status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod client;
mod document;
pub mod dpop;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod jose;
pub mod jwt;
pub mod metadata;
pub mod pkce;
pub mod resource;
mod scope;
pub mod server;

pub use document::DocumentError;
pub use oauth_sansio::http;
pub use scope::{ScopeError, Scopes};

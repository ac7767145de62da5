//! The client: an application that asks for access and uses it (RFC 6749, RFC 9700).
//!
//! A conversation is a chain of values. Each holds what the next one needs; nothing here opens a socket, reads a
//! clock or asks the machine for randomness.
//!
//! ```text
//! Discovery --Exchange--> AuthorizationServerMetadata --> Server --> Client
//! Registration::new(server, metadata) --Exchange--> Registered::config(server) --> Client
//! Client::authorize().start(moment) --> (Url, Pending)     the browser goes to the URL, the session keeps Pending
//! Pending::callback(client, uri, now) --> TokenExchange    when the browser comes back
//! Client::refresh(token), Client::client_credentials(scopes) --> TokenExchange
//! Client::device(scopes) --Exchange--> DeviceAuthorization::poll(client) --Exchange--> Tokens
//! TokenExchange --Exchange--> Tokens::authorize(request)
//! ```
//!
//! ```
//! use oauth_sansio::{Exchange as _, Moment, Progress, Timestamp, http};
//! use oauth2_core::client::{Client, Config, Server};
//! use oauth2_core::metadata::Transport;
//!
//! let server = Server::new(
//!     "https://as.example",
//!     Some("https://as.example/authorize"),
//!     "https://as.example/token",
//!     Transport::Https,
//! )?;
//! let mut config = Config::new(server, "photo-printer");
//! config.redirect_uri = Some("https://printer.example/callback".into());
//! let client = Client::new(config)?;
//!
//! // The browser is sent to `url`; `pending` goes into the user's session.
//! let now = Timestamp::from_unix(1_800_000_000);
//! let (url, pending) = client.authorize().scope("photos").start(Moment::new(now, [7; 32]))?;
//! assert!(url.as_str().starts_with("https://as.example/authorize?response_type=code"));
//!
//! // The browser comes back.
//! let uri: http::Uri = format!("/callback?code=abc&state={}", pending.state().expose()).parse()?;
//! let mut exchange = pending.callback(&client, &uri, now).map_err(|failed| failed.error)?;
//!
//! // An adapter sends this, and gives the answer back.
//! let outgoing = exchange.request(Moment::new(now, [8; 32]))?;
//! assert_eq!(outgoing.request.uri(), "https://as.example/token");
//! let answer = http::Response::builder()
//!     .header("content-type", "application/json")
//!     .body(r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}"#.into())?;
//! let Progress::Done(tokens) = exchange.response(answer, Moment::new(now, [9; 32]))? else { unreachable!() };
//!
//! let mut request = http::Request::get("https://photos.example/mine").body(())?;
//! tokens.authorize(&mut request)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assertion;
mod authentication;
mod authorize;
mod call;
mod callback;
mod challenged;
mod client_document;
mod config;
mod credentials;
mod details;
mod device;
mod discovery;
mod dpop;
mod echo;
mod endpoints;
mod error;
mod exchange;
mod grants;
mod keeper;
pub mod mcp;
mod nonces;
mod pending;
pub mod profile;
mod push;
mod refresh;
mod refusal;
mod registration;
mod request_object;
mod resource;
mod resource_discovery;
mod response;
mod server;
mod server_keys;
mod signed_answer;
mod tell;
mod tokens;

pub use assertion::AssertionKey;
pub use authentication::ClientAuthentication;
pub use authorize::AuthorizationRequest;
pub use callback::{CallbackError, CallbackFailed};
pub use challenged::{Challenged, Wants};
pub use client_document::ClientDocument;
pub use config::{Client, Config};
pub use details::AuthorizationDetails;
pub use device::{DeviceAuthorization, DevicePoll, DeviceRequest};
pub use discovery::Discovery;
pub use dpop::{DpopKey, dpop_nonce};
pub use error::{Blame, Error, Misuse};
pub use exchange::TokenExchange;
pub use grants::{ACCESS_TOKEN, Trade};
pub use keeper::{Keeper, KeeperError, Kept, Need, Renewal, Save, Turn};
pub use pending::Pending;
pub use push::PushedRequest;
pub use refusal::{ErrorCode, Refusal, Untrusted};
pub use registration::{ClientMetadata, Deregistration, Registered, Registration, RegistrationAccess};
pub use resource_discovery::ResourceDiscovery;
pub use response::Leniency;
pub use server::Server;
pub use server_keys::KeyDiscovery;
pub use signed_answer::{SignedAnswerError, SignedMode, unverified_state};
pub use tell::{Introspection, IntrospectionRequest, Revocation};
pub use tokens::Tokens;

pub use crate::server::Application;

#[cfg(any(test, fuzzing))]
pub(crate) use response::read as read_token_response;

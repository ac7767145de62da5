//! Serves both protocols over hyper and tower.
//!
//! **What it is.** [`ProviderService`], one service with the endpoints of one provider for OAuth 1.0a and OAuth 2;
//! [`Protect`], a layer that lets requests of either protocol through to an API; [`Pages`], the trait behind which
//! login and consent live; and [`Server`], which serves any of them with limits, TLS and graceful shutdown.
//!
//! **What it is not.** It has no pages of its own, keeps nothing, and decides nothing that a standard speaks of:
//! every answer comes from a core.
//!
//! ```no_run
//! use std::sync::Arc;
//! use oauth_hyper_server::{Pages, ProviderService, Server};
//! use oauth_store::{IssuerStore, MemoryStore};
//!
//! # async fn serve(pages: impl Pages, oauth2: oauth2_core::server::AuthorizationServer) -> std::io::Result<()> {
//! let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
//! let provider = ProviderService::new(store, Arc::new(pages)).oauth2(oauth2);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! Server::new(listener).serve(provider, std::future::pending()).await;
//! # Ok(()) }
//! ```

mod body;
mod client_certificate;
mod connection;
mod cors;
mod drive;
mod elsewhere;
mod event;
mod fetch;
mod form_post;
mod grant;
mod idle;
mod in_flight;
mod issuers;
mod operator;
mod origins;
mod pages;
mod protect;
mod provider;
mod proxy;
mod server;
mod signing;
mod throttle;
mod watched;

pub use body::Limits;
pub use client_certificate::AnyClientCertificate;
pub use connection::Connection;
pub use event::{Attempt, Endpoint, Event, Reason, Written};
pub use fetch::{Caching, Fetcher, NoFetcher, WebFetcher};
pub use grant::{Grant, Principal, Protocol};
pub use issuers::Issuers;
pub use oauth_sansio::http;
pub use operator::{Nobody, Operator, Unavailable};
pub use origins::{Guarded, Origins};
pub use pages::{Pages, Turn, Visit, receive, seal};
pub use protect::{Answering, Passed, Protect, Protected};
pub use provider::ProviderService;
pub use proxy::{CertificateHeader, TrustedProxy};
pub use server::Server;
pub use signing::{LocalKeys, SigningKeys};
pub use throttle::{Throttle, network};

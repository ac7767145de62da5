//! Drives client-side exchanges over hyper.
//!
//! **What it is.** [`Client`]: it sends any [`Exchange`] of either protocol, and any other request an application
//! has signed or authorized, over HTTP/1.1 or HTTP/2 with rustls. Bodies are bounded, every request has a deadline,
//! redirects are never followed by themselves: an exchange that is to be redirected asks for each request anew.
//!
//! [`GuardedClient`] is for addresses that strangers choose: it reaches public hosts and nothing inside.
//!
//! [`TokenKeeper`] keeps the tokens of a grant good, in a [`TokenStore`]; [`AuthorizeLayer`] is a tower layer that puts them
//! into requests for one API and does what the API's refusals ask for, within bounds.
//!
//! [`backend`] is the side of an application in a browser page that holds its tokens, so that the page need not.
//!
//! **What it is not.** It knows no protocol step, and retries only what says it may be repeated.
//!
//! ```no_run
//! use oauth_hyper_client::{Client, Error};
//! use oauth_sansio::Exchange;
//!
//! async fn finish<E: Exchange>(exchange: E) -> Result<E::Done, Error<E::Error>> {
//!     Client::new().run(exchange).await
//! }
//! ```
//!
//! A request that is signed by OAuth 1 is an exchange, too: it is signed anew when it is redirected within its origin.
//!
//! ```no_run
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use oauth_hyper_client::{Client, Error};
//! use oauth1_core::client as oauth1;
//!
//! async fn photo(
//!     application: &oauth1::Client,
//!     token: &oauth1::TokenCredentials,
//! ) -> Result<Response<Bytes>, Error<oauth1::Error>> {
//!     let mut request = Request::new(Bytes::new());
//!     *request.uri_mut() = http::Uri::from_static("https://photos.example.net/photos/7");
//!     Client::new().run(application.request(request, Some(token))).await
//! }
//! ```

mod authorize;
pub mod backend;
mod client;
mod error;
mod guarded;
mod loopback;
mod page;
mod tokens;

pub use authorize::{Authorize, AuthorizeError, AuthorizeLayer, Resource, ResourceError, StepUp};
pub use client::{Client, MaxAnswer};
pub use error::{Error, SendError};
pub use guarded::{GuardedClient, Resolve, SystemResolver, is_public_address};
pub use loopback::{Loopback, LoopbackError, Visit};
pub use oauth_sansio::http;
#[cfg(feature = "keyring")]
pub use tokens::KeyringTokens;
pub use tokens::{FileTokens, Locked, MemoryTokens, TokenError, TokenKeeper, TokenStore, TokenStoreError};

#[cfg(doc)]
use oauth_sansio::Exchange;

//! The application's side (RFC 5849 section 2): three steps to token credentials, and signed requests with them.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use oauth_sansio::{Exchange, Moment, Progress, Timestamp};
//! use oauth1_core::client::{Callback, Client, Config, Provider};
//! use url::Url;
//!
//! # fn moment() -> Moment { Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32]) }
//! # fn send(_: Request<Bytes>, body: &'static str) -> Response<Bytes> { Response::new(Bytes::from(body)) }
//! # fn finish<E: Exchange>(progress: Progress<E>) -> E::Done {
//! #     match progress { Progress::Done(done) => done, _ => unreachable!() }
//! # }
//! let client = Client::new(Config::new(
//!     "dpf43f3p2l4k3l03",
//!     "kd94hf93k423kf44",
//!     Provider::new(
//!         Url::parse("https://photos.example.net/initiate")?,
//!         Url::parse("https://photos.example.net/authorize")?,
//!         Url::parse("https://photos.example.net/token")?,
//!     ),
//! ))?;
//!
//! // 1. Temporary credentials, to be kept in the session of the person's browser.
//! let mut exchange = client.temporary_credentials(Callback::Uri(Url::parse("https://printer.example.com/ready")?));
//! let request = exchange.request(moment())?.request;
//! let response = send(request, "oauth_token=hh5s&oauth_token_secret=hdhd&oauth_callback_confirmed=true");
//! let pending = finish(exchange.response(response, moment())?);
//!
//! // 2. The person goes there, decides, and comes back to the callback.
//! assert_eq!(pending.authorization_url(&client).as_str(), "https://photos.example.net/authorize?oauth_token=hh5s");
//! let callback = "/ready?oauth_token=hh5s&oauth_verifier=hfdp7dh39dks9884".parse()?;
//!
//! // 3. Token credentials, to be kept for as long as they are good.
//! let mut exchange = pending.callback(&client, &callback)?;
//! let request = exchange.request(moment())?.request;
//! let token = finish(exchange.response(send(request, "oauth_token=nnch&oauth_token_secret=pfkk"), moment())?);
//!
//! // From now on: requests signed with both.
//! let mut request = Request::get("https://photos.example.net/photos?file=vacation.jpg").body(Bytes::new())?;
//! client.sign(&mut request, Some(&token), moment())?;
//! assert!(request.headers()["authorization"].is_sensitive());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A request can also be an exchange of its own, [`Client::request`], which is signed anew when it is redirected within its
//! origin. Where a provider strays from the standard, [`Provider`] says how, and [`profile`](crate::profile) has many of
//! them. What comes after the dance is [`Client::renew`] and [`Client::revoke`].

mod answer;
mod bearer;
mod clock;
mod config;
mod credential;
mod error;
mod fields;
mod pending;
mod place;
mod provider;
mod redirect;
mod request;
mod session;
mod sign;
mod signing;
mod temporary;
mod token;
mod two_legged;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use url::Url;

pub use answer::AnswerError;
pub use bearer::{BearerExchange, BearerToken};
pub use clock::{MAX_CLOCK_OFFSET, clock_offset};
pub use config::{BodyHashing, Config, ConfigError};
pub use error::{Blame, Error};
pub use pending::{CallbackError, Pending};
pub use provider::{CredentialMethod, Extra, Placement, Provider};
pub use redirect::{RedirectError, redirected};
pub use request::{ClockOffset, RequestExchange};
pub use session::{RenewalExchange, RevocationExchange};
pub use sign::{SignError, Signer};
pub use signing::{SigningError, SigningExchange};
pub use temporary::{Callback, TemporaryExchange};
pub use token::{TokenCredentials, TokenExchange};
pub use two_legged::TwoLeggedExchange;

/// An application that is registered with a provider. Clones share its configuration.
#[derive(Clone, Debug)]
pub struct Client(Arc<Config>);

impl Client {
    /// A client as configured.
    ///
    /// # Errors
    /// When the configuration would send secrets in the clear, or cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self(Arc::new(config)))
    }

    /// What it was made from.
    pub fn config(&self) -> &Config {
        &self.0
    }

    /// Begins a dance: asks for temporary credentials (RFC 5849 section 2.1).
    pub fn temporary_credentials(&self, callback: Callback) -> TemporaryExchange {
        TemporaryExchange::new(self.clone(), callback)
    }
    /// Obtains token credentials without asking a person: the provider trades temporary credentials for the
    /// application's own account, as some do for scripts. Whatever these credentials open, nobody has agreed to it.
    pub fn credentials_without_a_person(&self) -> TwoLeggedExchange {
        TwoLeggedExchange::new(self.clone())
    }

    /// Asks for a bearer token of OAuth 2 for the application itself, in the place of signing each request.
    pub fn bearer_token(&self, endpoint: Url) -> BearerExchange {
        BearerExchange::new(self.clone(), endpoint)
    }

    /// Sends a request to an API, signed: with a token on the person's behalf, without one on the application's own. It
    /// is given unsigned.
    pub fn request(&self, request: Request<Bytes>, token: Option<&TokenCredentials>) -> RequestExchange {
        RequestExchange::new(self.clone(), request, token.cloned())
    }

    /// The same client with another [`Config::clock_offset`].
    #[must_use]
    pub fn with_clock_offset(&self, clock_offset: i64) -> Self {
        Self(Arc::new(Config { clock_offset, ..self.config().clone() }))
    }

    /// Renews token credentials that came with a session handle, also after they have expired ("OAuth Session").
    pub fn renew(&self, token: &TokenCredentials) -> RenewalExchange {
        RenewalExchange::new(self.clone(), token.clone())
    }

    /// Signs what another exchange sends, with these credentials: so they are traded for tokens of OAuth 2.
    pub fn signing<E>(&self, exchange: E, token: &TokenCredentials) -> SigningExchange<E> {
        SigningExchange::new(self.signer(Some(token)), exchange)
    }

    /// Gives token credentials back, to be worth nothing from then on.
    pub fn revoke(&self, token: &TokenCredentials) -> RevocationExchange {
        RevocationExchange::new(self.clone(), token.clone())
    }
}

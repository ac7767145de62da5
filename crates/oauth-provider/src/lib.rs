//! A ready provider: what people see of it.
//!
//! **What it is.** [`LoginConsent`], the pages between an application that asks and the provider that answers: login,
//! consent, errors, and the code that OAuth 1.0a shows to a person whose application has no address. They are plain
//! HTML that needs no script, under a policy that allows none. [`Users`] is who may log in; [`MemoryUsers`] keeps them
//! in memory, their passwords hashed with Argon2id (RFC 9106).
//!
//! **What it is not.** It decides nothing that a standard speaks of: what is asked, from which browser, and what becomes
//! of the answer is the cores' business. Logins live in this process and end with it.
//!
//! ```
//! use std::sync::Arc;
//! use oauth_provider::{LoginConsent, MemoryUsers};
//! use oauth_sansio::Secret;
//! use url::Url;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut users = MemoryUsers::new()?;
//! users.add("alice", &Secret::new("correct horse battery staple"))?;
//!
//! // The origin that people reach the provider at decides the cookie: `__Host-` and `Secure` under https.
//! let origin = Url::parse("https://as.example.com")?;
//! let pages = LoginConsent::new(&origin, Arc::new(users))?;
//!
//! // `oauth_hyper_server::ProviderService::new(store, Arc::new(pages))` shows them.
//! # let _: Arc<dyn oauth_hyper_server::Pages> = Arc::new(pages);
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod admin;
mod cookie;
mod grants;
mod login_consent;
mod page;
mod sent;
mod sessions;
mod shown;
mod strings;
mod users;
mod views;

pub use grants::{Grant, Grants, Protocol, Whose};
pub use login_consent::{LoginConsent, OriginError};
pub use users::{AddUserError, MAX_PASSWORD, MAX_USERNAME, MemoryUsers, Unavailable, User, Users};

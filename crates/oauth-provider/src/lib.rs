//! A ready provider: what people see of it.
//!
//! **What it is.** [`LoginConsent`], the pages between an application that asks and the provider that answers: login,
//! consent, errors, and the code that OAuth 1.0a shows to a person whose application has no address. [`Account`], where
//! people see and take back what they allowed. They are plain HTML that needs no script, under a policy that allows none.
//! [`Users`] is who may log in: [`StoredUsers`] in the provider's store, [`MemoryUsers`] in memory, their passwords hashed
//! with Argon2id (RFC 9106). [`OwnLogin`] is for people who log in elsewhere.
//!
//! **What it is not.** It decides nothing that a standard speaks of: what is asked, from which browser, and what becomes
//! of the answer is the cores' business.
//!
//! ```
//! use std::sync::Arc;
//! use oauth_provider::{Account, LoginConsent, MemoryUsers};
//! use oauth_sansio::Secret;
//! use oauth_store::{IssuerStore, MemoryStore};
//! use url::Url;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut users = MemoryUsers::new()?;
//! users.add("alice", &Secret::new("correct horse battery staple"))?;
//!
//! // The origin that people reach the provider at decides the cookie: `__Host-` and `Secure` under https.
//! let origin = Url::parse("https://as.example.com")?;
//! // Who is logged in is kept in the store, beside all else.
//! let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
//! let pages = LoginConsent::new(&origin, Arc::new(users), store)?;
//! // To be mounted beside the provider, at `/account`.
//! let account = Account::new(&pages);
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

mod account;
pub mod admin;
pub mod config;
mod cookie;
mod demonstration;
mod entrance;
mod grants;
mod guesses;
mod login_consent;
mod own_login;
mod page;
mod playground;
mod private_file;
mod sent;
mod serve;
mod server_key;
mod sessions;
mod shown;
mod signing_keys;
mod strings;
mod users;
mod vault;
mod views;

pub use account::Account;
pub use demonstration::Demonstration;
pub use grants::{Connected, Grant, Grants, Whose};
pub use login_consent::{LoginConsent, OriginError};
pub use own_login::{Logins, OwnLogin};
pub use serve::{Serving, StartError};
pub use signing_keys::{CurrentKeys, KeyError, KeyState, KeysError, Rotation, StoredKeys};
pub use users::{
    AddUserError, ChangePassword, MAX_PASSWORD, MAX_USERNAME, MIN_PASSWORD, MemoryUsers, MovedUser,
    StoredUser, StoredUsers, Unavailable, User, UserPage, Users,
};
pub use vault::{SealKeyError, SealKeys};

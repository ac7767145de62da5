//! Layer 0 of the workspace: the contract between a Sans-IO core and whatever drives it.
//!
//! **What it is.** The few words that both protocols share: [`Moment`] (time and chance as values),
//! [`Exchange`] (one client-side conversation), [`Batch`] and [`Outcome`] (what a server step asks of a store),
//! [`Secret`] and [`Digest`], strict percent- and form-encoding, and the `Authorization` / `WWW-Authenticate`
//! grammar of RFC 9110.
//!
//! **What it is not.** It knows no OAuth endpoint, opens no socket, awaits nothing, reads no clock and asks the
//! machine for no randomness.
//!
//! ```
//! use oauth_sansio::{Digest, Moment, Timestamp};
//!
//! // Time and chance are arguments: the same moment gives the same token.
//! let now = Timestamp::from_unix(1_800_000_000);
//! let token = Moment::new(now, [7; 32]).entropy().token();
//! assert_eq!(token, Moment::new(now, [7; 32]).entropy().token());
//!
//! // Secrets do not print, and a store only ever sees their digest.
//! assert_eq!(format!("{token:?}"), "Secret(..)");
//! let key = Digest::of_token(token.expose());
//! assert_eq!(key, Digest::of_token(token.expose()));
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod auth;
mod batch;
pub mod cookies;
mod digest;
mod exchange;
pub mod form;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod handle;
mod handover;
mod interact;
mod moment;
pub mod percent;
mod reply;
pub mod secret;
mod tick;

pub use batch::{Batch, Family, Loaded, Outcome, Spend};
pub use digest::{Digest, base64, base64url};
pub use exchange::{Exchange, Outgoing, Progress};
pub use handle::Handle;
pub use handover::Handover;
pub use http;
pub use interact::{Allowed, Answer, Browser, Detail, Login, LoginWish, Person, Prompt, Warning};
pub use moment::{Entropy, Moment, Timestamp, TokenBits};
pub use reply::Reply;
pub use secret::Secret;
pub use tick::Tick;

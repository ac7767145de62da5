//! The playground, over real sockets, as a person with a browser sees it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod browser;
mod forms;
mod oauth1;
mod oauth2;
mod place;

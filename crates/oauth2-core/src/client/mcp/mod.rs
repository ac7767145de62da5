//! The authorization of the Model Context Protocol (version 2026-07-28), from the client's side: from the address of a server
//! that speaks it to a client of the authorization server that it trusts.
//!
//! ```text
//! the server answers 401 --Challenged::read--> Introduction::new(url).challenged(..) --Exchange--> Introduced
//! Introduced::config --Client::new--> Client
//! Introduced::ask(&client) --AuthorizationRequest::start--> (Url, Pending) ... Tokens
//! a later 403 --Challenged::read--> Introduced::wanting(&challenged), and ask again
//! ```
//!
//! All requests that an introduction makes go to addresses that a stranger names: let the adapter guard where it connects.

mod credentials;
mod introduction;
mod places;

pub use credentials::{Application, Credentials};
pub use introduction::{Introduced, Introduction};

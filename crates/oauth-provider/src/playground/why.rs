//! Why something was refused, in the type of the core that refused it.

use std::fmt::{Debug, Display};

use http::Response;
use oauth1_core::{client as client1, server as server1};
use oauth2_core::{client as client2, resource as resource2, server as server2};

/// The typed reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The provider of OAuth 1.0a, or an API by it.
    Signed(server1::Reason),
    /// The authorization server of OAuth 2.
    Server(server2::Reason),
    /// An API, by OAuth 2.
    Token(resource2::Reason),
    /// The application, of what a browser brought back.
    Callback1(client1::CallbackError),
    /// The same of OAuth 2.
    Callback2(client2::CallbackError),
    /// The provider, as it told the application by way of the browser.
    Told(client2::Refusal),
}

impl Why {
    /// What an answer of this process was refused for.
    pub(crate) fn of<B>(answer: &Response<B>) -> Option<Self> {
        let told = answer.extensions();
        let signed = || told.get().copied().map(Self::Signed);
        let server = || told.get().copied().map(Self::Server);
        let token = || told.get().copied().map(Self::Token);
        signed().or_else(server).or_else(token)
    }

    /// What it is called, and what it says.
    pub(crate) fn told(&self) -> (String, String) {
        match self {
            Self::Signed(reason) => told(reason),
            Self::Server(reason) => told(reason),
            Self::Token(reason) => told(reason),
            Self::Callback1(error) => told(error),
            Self::Callback2(error) => told(error),
            Self::Told(refusal) => ("Refused".to_owned(), refusal.to_string()),
        }
    }
}

/// Why whoever has sent a message does not go on with its answer.
pub(super) trait Doubt: Display {
    /// In the type of a core, where that says more than the words.
    fn why(&self) -> Option<Why> {
        None
    }
}

impl Doubt for client1::Error {}

impl Doubt for client2::Error {}

impl Doubt for resource2::Reason {
    fn why(&self) -> Option<Why> {
        Some(Why::Token(*self))
    }
}

fn told(reason: &(impl Debug + Display)) -> (String, String) {
    (format!("{reason:?}"), reason.to_string())
}

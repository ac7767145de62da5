//! Why metadata is not believed.

use crate::DocumentError;

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is no absolute URL with a host.
    #[error("it is not an absolute URL")]
    Malformed,
    /// It is not `https` (RFC 8414 sections 2 and 6.1), nor `http` on a loopback host where that was asked for.
    #[error("it does not use https")]
    Insecure,
    /// It has a query, a fragment, a user name or a password where the standard allows none, or a query that sets
    /// a parameter of the protocol.
    #[error("it has a component that is not allowed there")]
    Component,
}

/// Why metadata is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The answer is not such a document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The document speaks for another issuer (RFC 8414 section 3.3).
    #[error("the document is of another issuer")]
    IssuerMismatch,
    /// The document speaks for another resource (RFC 9728 section 3.3).
    #[error("the document is of another resource")]
    ResourceMismatch,
    /// A URL in the document, or the issuer that was asked for, cannot be used.
    #[error("`{member}`: {problem}")]
    Url {
        /// The member that holds it.
        member: &'static str,
        /// What is wrong with it.
        problem: UrlError,
    },
    /// `code_challenge_methods_supported` does not have `S256`, so the server may ignore PKCE.
    #[error("the server does not say that it checks PKCE with S256")]
    NoS256,
}

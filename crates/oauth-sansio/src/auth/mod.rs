//! The HTTP authentication framework: `Authorization` and `WWW-Authenticate` (RFC 9110 section 11).

mod challenge;
mod credentials;
mod scan;

pub use challenge::{Challenge, ChallengeBuilder, parse_challenges};
pub use credentials::{Credentials, Parameters, bearer, scheme_of, token};

/// Bytes of one header value; a longer one is refused before it is read.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Parameters of one challenge or of one set of credentials.
pub const MAX_PARAMETERS: usize = 64;
/// Challenges in all `WWW-Authenticate` headers of one response.
pub const MAX_CHALLENGES: usize = 32;

/// Why an authentication header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The value does not follow the grammar of RFC 9110 section 11.
    #[error("the header does not follow the grammar of RFC 9110")]
    Malformed,
    /// A parameter of one challenge or set of credentials comes twice (RFC 9110 section 11.2).
    #[error("a parameter is repeated")]
    Repeated,
    /// The value is over [`MAX_HEADER_BYTES`], [`MAX_PARAMETERS`] or [`MAX_CHALLENGES`].
    #[error("the header is too large")]
    TooLarge,
    /// A name or value has a byte that no header may carry.
    #[error("a byte is not allowed in this place")]
    Forbidden,
}

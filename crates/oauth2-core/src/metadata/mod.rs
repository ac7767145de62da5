//! What servers publish about themselves: where the document is, what it says, and whether it may be believed
//! (RFC 8414; the URLs also for RFC 9728 and OpenID Connect Discovery).

mod authorization_server;
mod error;
mod url;

pub use self::url::{Transport, WellKnown, well_known};
pub use authorization_server::AuthorizationServerMetadata;
pub use error::{MetadataError, UrlError};

pub(crate) use self::url::{check_endpoint, has_reserved_parameter, parse_endpoint};

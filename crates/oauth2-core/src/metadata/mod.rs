//! What servers publish about themselves: where the document is, what it says, and whether it may be believed
//! (RFC 8414; the URLs also for RFC 9728 and OpenID Connect Discovery).

mod authorization_server;
mod error;
mod protected_resource;
mod url;

pub use self::url::{Transport, WellKnown, well_known};
pub use authorization_server::AuthorizationServerMetadata;
pub use error::{MetadataError, UrlError};
pub use protected_resource::ProtectedResourceMetadata;

pub(crate) use self::url::{address, check_endpoint, endpoint, has_reserved_parameter, parse_endpoint};

use ::url::Url;

use crate::{
    DocumentError,
    document::{Json, Members, Object},
};

/// A member that is a URL.
fn url_member(members: &mut Object<'_>, member: &'static str) -> Result<Option<Url>, MetadataError> {
    match members.take(member) {
        None => Ok(None),
        Some(Json::Text(text)) => {
            parse_endpoint(&text).map(Some).map_err(|problem| MetadataError::Url { member, problem })
        }
        Some(_) => Err(DocumentError::Type(member).into()),
    }
}

//! Where a token is for (RFC 8707).

use oauth_sansio::form;

use super::{Error, Misuse, TokenExchange};
use crate::metadata::parse_endpoint;

/// RFC 8707 section 2: an absolute URI without a fragment. It is sent as it was written.
pub(super) fn check(resource: &str) -> Result<(), Misuse> {
    match parse_endpoint(resource) {
        Ok(url) if url.fragment().is_none() => Ok(()),
        _ => Err(Misuse::Resource),
    }
}

impl TokenExchange {
    /// Asks for a token for this resource; may be called again (RFC 8707 section 2.2). What was named in the authorization
    /// request is named with its code already.
    ///
    /// # Errors
    /// [`Misuse::Resource`] when it is no absolute URI, or has a fragment.
    pub fn with_resource(mut self, resource: &str) -> Result<Self, Error> {
        check(resource)?;
        form::append(&mut self.call.body, "resource", resource);
        Ok(self)
    }
}

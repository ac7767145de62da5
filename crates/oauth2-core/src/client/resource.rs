//! Where a token is for (RFC 8707).

use oauth_sansio::form;

use super::{DeviceRequest, Error, Misuse, TokenExchange, call::Call};
use crate::metadata::parse_endpoint;

/// RFC 8707 section 2: an absolute URI without a fragment. It is sent as it was written.
pub(super) fn check(resource: &str) -> Result<(), Misuse> {
    match parse_endpoint(resource) {
        Ok(url) if url.fragment().is_none() => Ok(()),
        _ => Err(Misuse::Resource),
    }
}

impl Call {
    pub(super) fn add_resource(&mut self, resource: &str) -> Result<(), Misuse> {
        check(resource)?;
        form::append(&mut self.body, "resource", resource);
        Ok(())
    }
}

impl TokenExchange {
    /// The same with resources that were checked.
    pub(super) fn for_resources(mut self, resources: &[String]) -> Self {
        resources.iter().for_each(|resource| form::append(&mut self.call.body, "resource", resource));
        self
    }

    /// Asks for a token for this resource; may be called again (RFC 8707 section 2.2). What was named in the authorization
    /// request is named with its code already.
    ///
    /// # Errors
    /// [`Misuse::Resource`] when it is no absolute URI, or has a fragment.
    pub fn with_resource(mut self, resource: &str) -> Result<Self, Error> {
        self.call.add_resource(resource)?;
        Ok(self)
    }
}

impl DeviceRequest {
    /// Says where the tokens shall be used; may be called again (RFC 8707 section 2).
    ///
    /// # Errors
    /// [`Misuse::Resource`] when it is no absolute URI, or has a fragment.
    pub fn with_resource(mut self, resource: &str) -> Result<Self, Error> {
        self.call.add_resource(resource)?;
        Ok(self)
    }
}

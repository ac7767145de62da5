//! How a provider gives out credentials (RFC 5849 section 2).

use url::Url;

use super::ProfileError;
use crate::client::{CredentialMethod, Placement, Provider};

/// The endpoints of a provider and its dialect. `{site}` stands for the name of a host or an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dance {
    /// Where temporary credentials are asked for.
    pub temporary: &'static str,
    /// Where people decide.
    pub authorization: &'static str,
    /// Where token credentials are asked for.
    pub token: &'static str,
    /// Where token credentials are given back.
    pub revocation: Option<&'static str>,
    /// The HTTP method of credential requests.
    pub method: CredentialMethod,
    /// Where their parameters travel.
    pub placement: Placement,
    /// Whether the application is named where people decide, too.
    pub name_client_at_authorization: bool,
}

impl Dance {
    /// One that does as RFC 5849 says.
    pub(super) const fn new(
        temporary: &'static str,
        authorization: &'static str,
        token: &'static str,
    ) -> Self {
        Self {
            temporary,
            authorization,
            token,
            revocation: None,
            method: CredentialMethod::Post,
            placement: Placement::Header,
            name_client_at_authorization: false,
        }
    }

    /// The provider at this site.
    pub(super) fn at(&self, site: Option<&str>) -> Result<Provider, ProfileError> {
        let url = |endpoint: &str| {
            let address = match site {
                Some(site) if is_name(site) => endpoint.replace("{site}", site),
                Some(_) => return Err(ProfileError::Site),
                None if endpoint.contains("{site}") => return Err(ProfileError::Site),
                None => endpoint.to_owned(),
            };
            Url::parse(&address).map_err(|_| ProfileError::Site)
        };
        let provider = Provider::new(url(self.temporary)?, url(self.authorization)?, url(self.token)?);
        Ok(Provider {
            revocation: self.revocation.map(url).transpose()?,
            method: self.method,
            placement: self.placement,
            name_client_at_authorization: self.name_client_at_authorization,
            ..provider
        })
    }
}

/// Letters, digits, dots and hyphens, and a path where a shop or a wiki is not at the root of its host.
fn is_name(site: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
    };
    site.split('/').all(part)
}

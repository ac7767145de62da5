//! Where a dialect meets the client: the few places that ask whether a provider has one.

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST},
};
use oauth_sansio::Timestamp;

use super::{Dialect, Kind, Pkce, ProfileError};
use crate::client::{Server, authorize::is_reserved, dpop};

/// A dialect that was looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) struct Mouth {
    pub(super) dialect: Dialect,
    /// The headers of requests to endpoints.
    pub(super) headers: HeaderMap,
    pub(super) api_header: HeaderName,
}

impl Mouth {
    fn new(dialect: Dialect) -> Result<Self, ProfileError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &dialect.requests.headers {
            headers.insert(free_header_name(name)?, value.parse().map_err(|_| ProfileError::Header)?);
        }
        for (name, value) in &dialect.api.headers {
            free_header_name(name)?;
            value.parse::<HeaderValue>().map_err(|_| ProfileError::Header)?;
        }
        for name in &dialect.requests.wanted_headers {
            if !headers.contains_key(header_name(name)?) {
                return Err(ProfileError::Header);
            }
        }
        let authorization = &dialect.authorization;
        let is_free = |name: &str| !name.is_empty() && !is_reserved(name);
        let may_be = |(name, value): &(String, String)| match name.as_str() {
            // How the answer comes back is the provider's to choose: Apple posts it. Whether it is signed (JARM) is the
            // application's, see `Config::signed_answers`.
            RESPONSE_MODE => !value.ends_with("jwt"),
            name => is_free(name),
        };
        let scope = authorization.scope_parameter.as_str();
        let are_free = authorization.parameters.iter().all(may_be)
            && authorization.offline.parameters.iter().all(|(name, _)| is_free(name))
            && (scope == "scope" || is_free(scope));
        if !are_free {
            return Err(ProfileError::Parameter);
        }
        let api_header = header_name(&dialect.api.header)?;
        Ok(Self { dialect, headers, api_header })
    }
}

pub(super) const RESPONSE_MODE: &str = "response_mode";

fn header_name(name: &str) -> Result<HeaderName, ProfileError> {
    name.parse().map_err(|_| ProfileError::Header)
}

/// A header that the client does not write itself.
fn free_header_name(name: &str) -> Result<HeaderName, ProfileError> {
    let name = header_name(name)?;
    let is_ours = [AUTHORIZATION, CONTENT_TYPE, CONTENT_LENGTH, HOST].contains(&name) || name == dpop::HEADER;
    if is_ours { Err(ProfileError::Header) } else { Ok(name) }
}

impl Server {
    /// The same server, which deviates from the standard in this way. A [`Profile`](super::Profile) does it for its own; a
    /// server that was discovered may be given one here.
    ///
    /// # Errors
    /// When a header or a parameter in it cannot be.
    pub fn with_dialect(self, dialect: Dialect) -> Result<Self, ProfileError> {
        // What the metadata says of `iss` stands.
        let iss_parameter_supported = self.iss_parameter_supported || dialect.authorization.iss;
        Ok(Self { mouth: Some(Arc::new(Mouth::new(dialect)?)), iss_parameter_supported, ..self })
    }

    /// Whether code challenges are sent.
    pub(in crate::client) fn takes_challenges(&self) -> bool {
        self.mouth.as_ref().is_none_or(|mouth| mouth.dialect.authorization.pkce != Pkce::NotSent)
    }

    /// The answer in the words of the standard.
    pub(in crate::client) fn heard(
        &self,
        response: Response<Bytes>,
        kind: Kind,
        now: Timestamp,
    ) -> Response<Bytes> {
        match &self.mouth {
            None => response,
            Some(mouth) => mouth.dialect.answers.heard(response, kind, now),
        }
    }

    /// The body of a request in the words of the provider.
    pub(in crate::client) fn spoken(&self, body: String) -> String {
        match &self.mouth {
            None => body,
            Some(mouth) => mouth.spoken(body),
        }
    }
}

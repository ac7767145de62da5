//! URLs: where a metadata document is, and which ones may be talked to.

use http::Uri;
use oauth_sansio::form::{Form, Limits};
use url::{Host, Url};

use super::UrlError;

/// Over what a server may be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// `https` only.
    #[default]
    Https,
    /// Dangerous: also `http`, on a loopback host. Nothing is encrypted; for trying things out on one machine.
    HttpsOrInsecureLoopback,
}

/// The documents that have a well-known place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WellKnown {
    /// Authorization server metadata (RFC 8414).
    OAuthAuthorizationServer,
    /// OpenID Connect Discovery 1.0, which appends where the others insert.
    OpenIdConfiguration,
    /// The same document, inserted (RFC 8414 section 5). Of an issuer without a path both places are one.
    OpenIdConfigurationInserted,
    /// Protected resource metadata (RFC 9728).
    OAuthProtectedResource,
}

/// Where a document about an issuer or a resource is (RFC 8414 section 3.1, RFC 9728 section 3.1).
///
/// The text of the identifier is kept byte for byte; nothing is normalised.
///
/// ```
/// use oauth2_core::metadata::{Transport, WellKnown, well_known};
///
/// let url = well_known("https://example.com/tenant", WellKnown::OAuthAuthorizationServer, Transport::Https)?;
/// assert_eq!(url, "https://example.com/.well-known/oauth-authorization-server/tenant");
/// # Ok::<(), oauth2_core::metadata::UrlError>(())
/// ```
///
/// # Errors
/// When the identifier is no absolute URL, is not secure, or has a component that identifiers do not have.
pub fn well_known(identifier: &str, document: WellKnown, transport: Transport) -> Result<Uri, UrlError> {
    // `Uri` would drop a fragment silently.
    if identifier.contains('#') {
        return Err(UrlError::Component);
    }
    let uri: Uri = identifier.parse().map_err(|_| UrlError::Malformed)?;
    let (Some(scheme), Some(authority), Some(host)) = (uri.scheme_str(), uri.authority(), uri.host()) else {
        return Err(UrlError::Malformed);
    };
    if host.is_empty() {
        return Err(UrlError::Malformed);
    }
    if !is_allowed(scheme, is_loopback_name(host), transport) {
        return Err(UrlError::Insecure);
    }
    let is_resource = document == WellKnown::OAuthProtectedResource;
    if authority.as_str().contains('@') || (uri.query().is_some() && !is_resource) {
        return Err(UrlError::Component);
    }
    let path = match uri.path() {
        "/" => "",
        // RFC 8414 section 3.1 and OpenID Connect Discovery section 4.1 remove a terminating `/`.
        path if !is_resource => path.strip_suffix('/').unwrap_or(path),
        path => path,
    };
    let text = match document {
        WellKnown::OAuthAuthorizationServer => {
            format!("{scheme}://{authority}/.well-known/oauth-authorization-server{path}")
        }
        WellKnown::OpenIdConfiguration => {
            format!("{scheme}://{authority}{path}/.well-known/openid-configuration")
        }
        WellKnown::OpenIdConfigurationInserted => {
            format!("{scheme}://{authority}/.well-known/openid-configuration{path}")
        }
        WellKnown::OAuthProtectedResource => {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{scheme}://{authority}/.well-known/oauth-protected-resource{path}{query}")
        }
    };
    text.parse().map_err(|_| UrlError::Malformed)
}

/// Reads the URL of an endpoint.
pub(crate) fn parse_endpoint(text: &str) -> Result<Url, UrlError> {
    // What RFC 3986 does not allow in a URI, a parser of browsers' URLs would repair.
    let is_uri = text.bytes().all(|byte| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    });
    let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
    if is_uri { Ok(url) } else { Err(UrlError::Malformed) }
}

/// Checks that an endpoint may be talked to: its scheme, and that it has neither a fragment (RFC 6749 sections 3.1
/// and 3.2) nor credentials.
pub(crate) fn check_endpoint(url: &Url, transport: Transport) -> Result<(), UrlError> {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if !is_allowed(url.scheme(), is_loopback, transport) {
        return Err(UrlError::Insecure);
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Component);
    }
    Ok(())
}

/// Reads the URL of an endpoint that may be talked to.
pub(crate) fn endpoint(text: &str, transport: Transport) -> Result<Url, UrlError> {
    let url = parse_endpoint(text)?;
    check_endpoint(&url, transport)?;
    Ok(url)
}

/// The same address for a request.
pub(crate) fn address(url: &Url) -> Result<Uri, UrlError> {
    url.as_str().parse().map_err(|_| UrlError::Malformed)
}

/// Whether a query sets a parameter that the protocol sets itself: the server would see it twice.
pub(crate) fn has_reserved_parameter(url: &Url, reserved: &[&str]) -> bool {
    match Form::parse(url.query().unwrap_or_default().as_bytes(), &Limits::default()) {
        Ok(form) => form.pairs().any(|(name, _)| reserved.contains(&name)),
        Err(_) => true,
    }
}

fn is_allowed(scheme: &str, is_loopback: bool, transport: Transport) -> bool {
    match scheme {
        "https" => true,
        "http" => is_loopback && transport == Transport::HttpsOrInsecureLoopback,
        _ => false,
    }
}

fn is_loopback_name(host: &str) -> bool {
    host == "localhost"
        || host.parse().is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback())
        || host == "[::1]"
}

//! Where tokens may go.

use http::Uri;

/// An API, by its identifier (RFC 8707 section 2): the address that it and all below it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource(Uri);

/// What cannot be the identifier of an API that tokens are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the API is not an https address, or one of this machine")]
pub struct ResourceError;

impl Resource {
    /// An API by its `https` address; by a plain one only on this machine.
    ///
    /// # Errors
    /// When it is no absolute address, has a query, or is one that anybody on the way could read (RFC 6750 section 5.3).
    pub fn new(identifier: &str) -> Result<Self, ResourceError> {
        let uri: Uri = identifier.parse().map_err(|_| ResourceError)?;
        let host = uri.host().ok_or(ResourceError)?;
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let is_safe = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_here,
            _ => false,
        };
        (is_safe && !names_somebody(&uri) && uri.query().is_none()).then_some(Self(uri)).ok_or(ResourceError)
    }

    /// The address, without a slash at its end.
    pub(crate) fn base(&self) -> String {
        self.0.to_string().trim_end_matches('/').to_owned()
    }

    /// Whether a request for this address is for the API.
    pub fn contains(&self, uri: &Uri) -> bool {
        let origin = |uri: &Uri| {
            let port = uri.port_u16().or(match uri.scheme_str() {
                Some("https") => Some(443),
                _ => Some(80),
            });
            (uri.scheme_str().map(str::to_owned), uri.host().map(str::to_ascii_lowercase), port)
        };
        origin(&self.0) == origin(uri) && !names_somebody(uri) && is_below(self.0.path(), uri.path())
    }
}

/// Whether an address has a user in it, which some take for the host.
fn names_somebody(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

/// Whether a path is another one or below it, whatever a server makes of its dots.
fn is_below(base: &str, path: &str) -> bool {
    let base = base.strip_suffix('/').unwrap_or(base);
    let is_dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    let is_plain = || base.is_empty() || !as_misread(path).split('/').any(is_dots);
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && is_plain()
}

/// What becomes of a path where it is decoded, even twice, before it is taken apart, and a backslash taken for a slash. What
/// stands behind a semicolon is dropped by some, too.
fn as_misread(path: &str) -> String {
    let path = path.to_ascii_lowercase().replace("%25", "%");
    path.replace("%2e", ".").replace("%3b", ";").replace("%2f", "/").replace("%5c", "/").replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l12_only_what_is_below_the_address_of_the_api_is_the_api() {
        let api = Resource::new("https://api.example/v1").unwrap();
        for own in [
            "https://api.example/v1",
            "https://API.example:443/v1/photos?x=1",
            "https://api.example/v1/",
            "https://api.example/v1/ann%2Fphotos/...;x",
        ] {
            assert!(api.contains(&own.parse().unwrap()), "{own}");
        }
        for other in [
            "http://api.example/v1",
            "https://api.example:444/v1",
            "https://api.example.evil.example/v1",
            "https://evil.example/v1",
            "https://api.example/v10",
            "https://api.example/",
            "https://api.example/v1/../admin",
            "https://api.example/v1/%2E./admin",
            "https://api.example/v1/..%2fadmin",
            "https://api.example/v1/photos%5C..%5c..%5Cadmin",
            "https://api.example/v1/%252e%252e%252fadmin",
            "https://api.example/v1/..;x/admin",
            "https://api.example@evil.example/v1",
            "https://me@api.example/v1",
            "/v1",
        ] {
            assert!(!api.contains(&other.parse().unwrap()), "{other}");
        }
        let root = Resource::new("https://api.example").unwrap();
        assert!(root.contains(&"https://api.example/any/where".parse().unwrap()));
    }

    #[test]
    fn tokens_go_nowhere_in_the_open() {
        for bad in
            ["http://api.example", "ftp://api.example", "/v1", "https://me@api.example", "https://a/?q"]
        {
            assert_eq!(Resource::new(bad), Err(ResourceError), "{bad}");
        }
        for own in ["http://127.0.0.1:8080/mcp", "http://[::1]", "http://localhost:1"] {
            assert!(Resource::new(own).is_ok(), "{own}");
        }
    }
}

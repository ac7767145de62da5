//! The base string URI (RFC 5849 section 3.4.1.2).

use std::{
    fmt::Write,
    net::{Ipv4Addr, Ipv6Addr},
};

use http::{Uri, uri::Scheme};
use url::{Host, Url};

use super::writer::Writer;

/// Scheme, host and port of a server as its clients see it.
///
/// A server takes it from its configuration. What a request says of its own origin (`Host`, `X-Forwarded-Host`) is
/// written by whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    text: String,
    secure: bool,
    loopback: bool,
}

/// Why a URL names no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The scheme is neither `http` nor `https`.
    #[error("the scheme is neither http nor https")]
    Scheme,
    /// There is no host.
    #[error("the URL has no host")]
    Host,
}

impl Origin {
    /// The origin of a URL; its path, query, fragment and user information play no part.
    ///
    /// # Errors
    /// When the scheme is neither `http` nor `https`.
    pub fn new(url: &Url) -> Result<Self, OriginError> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(OriginError::Scheme),
        };
        // `Url` has brought scheme and host to lower case and left out a default port.
        let host = url.host().ok_or(OriginError::Host)?;
        let loopback = match &host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => *name == "localhost",
        };
        let scheme = url.scheme();
        let text = match url.port() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Ok(Self { text, secure, loopback })
    }

    /// The origin of an absolute `http` or `https` URI.
    ///
    /// # Errors
    /// When the URI is relative, or its scheme is another.
    pub fn of_uri(uri: &Uri) -> Result<Self, OriginError> {
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let mut text = String::with_capacity(64);
        let loopback = write_origin(&mut text, uri)?;
        Ok(Self { text, secure, loopback })
    }

    /// `scheme://host`, with the port when it is not the scheme's own.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the scheme is `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether the host is the address of a loopback interface or the name `localhost`, so that nothing leaves the
    /// machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The base string URI of a path: `http://EXAMPLE.COM:80/r%20v/X` becomes `http://example.com/r%20v/X`
    /// (RFC 5849 section 3.4.1.2).
    pub fn base_uri(&self, path: &str) -> String {
        format!("{}{}", self.text, or_root(path))
    }

    pub(super) fn write_base_uri(&self, out: &mut Writer, path: &str) {
        out.once(self.text.as_bytes());
        out.once(or_root(path).as_bytes());
    }
}

fn or_root(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

/// Appends the base string URI of an absolute URI, percent-encoded.
pub(super) fn write_base_uri(out: &mut Writer, uri: &Uri) -> Result<(), OriginError> {
    write_origin(out, uri)?;
    out.once(or_root(uri.path()).as_bytes());
    Ok(())
}

/// Appends `scheme://host`, with the port when it is not the scheme's own; tells whether the host is a loopback one.
fn write_origin(out: &mut impl Write, uri: &Uri) -> Result<bool, OriginError> {
    let (scheme, default) = match uri.scheme_str() {
        Some("https") => ("https://", 443),
        Some("http") => ("http://", 80),
        _ => return Err(OriginError::Scheme),
    };
    // `Uri::host` knows neither user information nor port.
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(OriginError::Host)?;
    let _ = out.write_str(scheme);
    let loopback = write_host(out, host)?;
    // RFC 5849 section 3.4.1.2: the scheme's own port is left out; so is an empty one.
    if let Some(port) = uri.port_u16().filter(|port| *port != default) {
        let _ = write!(out, ":{port}");
    }
    Ok(loopback)
}

/// Appends a host in lower case, an IPv6 address in its short form.
fn write_host(out: &mut impl Write, host: &str) -> Result<bool, OriginError> {
    // Writing to memory does not fail.
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| OriginError::Host)?;
        // As `Url` writes it, so that both ways to an origin agree.
        let _ = write!(out, "{}", Host::<&str>::Ipv6(address));
        return Ok(address.is_loopback());
    }
    // `Uri` lets stray brackets pass; nobody can say which host that is.
    if host.contains(['[', ']', '@', ':']) {
        return Err(OriginError::Host);
    }
    let _ = match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => out.write_str(&host.to_ascii_lowercase()),
        false => out.write_str(host),
    };
    Ok(host.eq_ignore_ascii_case("localhost") || is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    host.starts_with("127.") && host.parse::<Ipv4Addr>().is_ok()
}

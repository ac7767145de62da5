//! Where answers go: what may be registered, what matches it, and how parameters are added to it.

use oauth_sansio::form;
use url::{Host, Url};

use super::{Application, Client, Reason};

/// Why a redirect URI is not fit to be registered. On the wire of a registration it is `invalid_redirect_uri`
/// (RFC 7591 section 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RedirectUriError {
    /// It is not an absolute URI (RFC 3986), or one that two parsers might read differently.
    #[error("it is not a plain absolute URI")]
    Malformed,
    /// It has a fragment (RFC 6749 section 3.1.2).
    #[error("it has a fragment")]
    Fragment,
    /// It has a user name, which hides the real host from a reader.
    #[error("it has a user name or password")]
    UserInfo,
    /// It is `http` and not on a loopback host (RFC 8252 section 8.3).
    #[error("it is not encrypted")]
    Insecure,
    /// A scheme that is not a reversed domain name, such as `javascript` (RFC 8252 section 7.1), or a private-use
    /// scheme for an application that is not native.
    #[error("its scheme is not allowed")]
    Scheme,
}

/// Whether `uri` may be registered for a client.
///
/// ```
/// use oauth2_core::server::{Application, RedirectUriError, check_redirect_uri};
///
/// assert_eq!(check_redirect_uri("https://app.example/cb", Application::Web), Ok(()));
/// assert_eq!(check_redirect_uri("javascript:alert(1)", Application::Web), Err(RedirectUriError::Scheme));
/// ```
///
/// # Errors
/// The first rule that it breaks.
pub fn check_redirect_uri(uri: &str, application: Application) -> Result<(), RedirectUriError> {
    use RedirectUriError::{Fragment, Insecure, Malformed, Scheme, UserInfo};
    let (scheme, rest) = uri.split_once(':').ok_or(Malformed)?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme || !has_only_uri_characters(uri) {
        return Err(Malformed);
    }
    if rest.contains('#') {
        return Err(Fragment);
    }
    let scheme = scheme.to_ascii_lowercase();
    // RFC 8252 section 7.1: a reversed domain name, which has a dot; OAuth 2.1 asks servers to refuse others.
    let is_private = scheme.contains('.') && application == Application::Native;
    if !is_private && !matches!(scheme.as_str(), "https" | "http") {
        return Err(Scheme);
    }
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(UserInfo);
    }
    let url = Url::parse(uri).map_err(|_| Malformed)?;
    match (authority, url.host_str()) {
        _ if is_private && rest.is_empty() => Err(Malformed),
        _ if is_private => Ok(()),
        (Some(written), Some(host)) if is_host_of(written, host) => {
            let stays_here = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
            if scheme == "https" || stays_here { Ok(()) } else { Err(Insecure) }
        }
        _ => Err(Malformed),
    }
}

/// Whether the parser found the host that is written there: it makes an address of `127.1`, for one, and takes
/// `https:///a.example` for `https://a.example`.
fn is_host_of(authority: &str, host: &str) -> bool {
    let port = authority.get(host.len()..).unwrap_or("?");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'[' | b']');
    authority.get(..host.len()).is_some_and(|written| written.eq_ignore_ascii_case(host))
        && host.bytes().all(plain)
        && (port.is_empty() || port.starts_with(':'))
}

/// The redirect URI to answer an authorization request at (RFC 6749 section 3.1.2.3).
///
/// Nothing is sent to a URI that has not come out of here.
pub(super) fn choose(client: &Client, requested: Option<&str>) -> Result<String, Reason> {
    let uri = match (requested, client.redirect_uris.as_slice()) {
        (Some(uri), registered) => {
            let matches = |registered: &String| {
                registered == uri
                    || client.application == Application::Native && differ_in_loopback_port(registered, uri)
            };
            registered.iter().any(matches).then_some(uri).ok_or(Reason::RedirectUriUnregistered)?
        }
        (None, [only]) => only,
        (None, _) => return Err(Reason::RedirectUriMissing),
    };
    // The registration may have slipped in without a check; a browser must not be sent to a `javascript:` URI.
    match check_redirect_uri(uri, Application::Native) {
        Ok(()) => Ok(uri.to_owned()),
        Err(_) => Err(Reason::RedirectUriUnfit),
    }
}

/// `uri` with these parameters added to its query. What was there stays as it is, byte for byte
/// (RFC 6749 section 3.1.2).
pub(super) fn with_parameters<'a>(
    uri: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut out = String::with_capacity(uri.len() + 256);
    out.push_str(uri);
    match uri.split_once('?') {
        None => out.push('?'),
        Some((_, query)) if query.is_empty() || query.ends_with('&') => {}
        // Here and not left to `append`, for which a `?` at the end begins the query; here it may be its last letter.
        Some(_) => out.push('&'),
    }
    for (name, value) in parameters {
        form::append(&mut out, name, value);
    }
    out
}

/// `uri`, which has no fragment, with these parameters as its fragment.
pub(super) fn with_fragment<'a>(
    uri: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    format!("{uri}#{}", form::encode(parameters))
}

/// What a consent page names as the place that the person is sent back to, and its origin: of an application on
/// the device both are the scheme.
pub(super) fn place(uri: &str) -> Option<(String, String)> {
    let url = Url::parse(uri).ok()?;
    match (url.scheme(), url.host_str()) {
        ("https" | "http", Some(host)) => Some((host.to_owned(), url.origin().ascii_serialization())),
        (scheme, _) => Some((scheme.to_owned(), format!("{scheme}:"))),
    }
}

/// Whether an answer there goes to a program on the person's device: a loopback address or a scheme of its own.
pub(super) fn stays_on_device(uri: &str) -> bool {
    match Url::parse(uri) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => true,
    }
}

/// Whether both are `http` on the same loopback address literal and equal but for the port: the port is given out
/// by the operating system when the application starts (RFC 8252 section 7.3).
fn differ_in_loopback_port(registered: &str, requested: &str) -> bool {
    match (without_loopback_port(registered), without_loopback_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// Splits `http://127.0.0.1:port/rest` into the part before the port and the part behind it.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let (origin, rest) = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|origin| uri.strip_prefix(origin).map(|rest| (origin, rest)))?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (port, rest) = rest.split_at_checked(end)?;
            port.parse::<u16>().ok().filter(|port| *port != 0)?;
            rest
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((origin, rest))
}

/// The characters of RFC 3986 section 2, and no `%` without two digits behind it.
fn has_only_uri_characters(uri: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    uri.bytes().all(allowed) && oauth_sansio::percent::decode(uri).is_ok()
}

#[cfg(test)]
mod tests;

//! Redirects of signed requests: followed within one origin, and signed anew on the way.
//!
//! A signature covers method, address and parameters, so the old one is worthless behind a redirect, and with PLAINTEXT
//! it would carry the secrets along. Where a redirect leads to another origin, nobody has vouched for that one.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri, header};
use url::Url;

use crate::signature::Origin;

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// It leads to another scheme, host or port.
    #[error("the redirect leads to another origin")]
    Elsewhere,
    /// `Location` is missing, repeated, or nothing that a request could go to.
    #[error("the redirect's Location cannot be used")]
    Location,
    /// There were too many before it.
    #[error("there are too many redirects")]
    TooMany,
}

/// The request that a redirect asks for, unsigned as the one that it answers (RFC 9110 section 15.4); `None` where the
/// response is no redirect.
///
/// # Errors
/// When it must not be followed.
pub fn redirected<B>(
    request: &Request<Bytes>,
    response: &Response<B>,
) -> Result<Option<Request<Bytes>>, RedirectError> {
    let method = match response.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => match *request.method() {
            // RFC 9110 sections 15.4.2 and 15.4.3: what every user agent does for historical reasons.
            Method::POST => Method::GET,
            ref other => other.clone(),
        },
        StatusCode::SEE_OTHER if request.method() == Method::HEAD => Method::HEAD,
        StatusCode::SEE_OTHER => Method::GET,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => request.method().clone(),
        _ => return Ok(None),
    };
    let mut next = request.clone();
    *next.uri_mut() = target(request.uri(), response)?;
    if method != *request.method() {
        *next.method_mut() = method;
        *next.body_mut() = Bytes::new();
        // RFC 9110 section 15.4: what describes a body goes with it.
        OF_THE_BODY.iter().for_each(|name| drop(next.headers_mut().remove(name)));
    }
    Ok(Some(next))
}

const OF_THE_BODY: [header::HeaderName; 7] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
    header::LAST_MODIFIED,
    header::TRANSFER_ENCODING,
];

fn target<B>(from: &Uri, response: &Response<B>) -> Result<Uri, RedirectError> {
    let mut locations = response.headers().get_all(header::LOCATION).iter();
    let (Some(location), None) = (locations.next(), locations.next()) else {
        return Err(RedirectError::Location);
    };
    let location = location.to_str().map_err(|_| RedirectError::Location)?;
    let base = Url::parse(&from.to_string()).map_err(|_| RedirectError::Location)?;
    let url = base.join(location).map_err(|_| RedirectError::Location)?;
    let (here, there) = (Origin::new(&base), Origin::new(&url));
    // RFC 9110 section 4.2.4: user information in an address is there to deceive.
    if here.is_err() || here != there || !url.username().is_empty() || url.password().is_some() {
        return Err(RedirectError::Elsewhere);
    }
    Uri::try_from(url.as_str()).map_err(|_| RedirectError::Location)
}

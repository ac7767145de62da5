//! Which requests are passed on, where they go, and what of them and of their answers passes (RFC 10017 section 6.1.3.6).

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use url::Url;

use super::{BackendError, path};
use crate::Resource;

/// An API that the page reaches through the backend: what is below a path of ours is below the address of the API.
///
/// Headers pass in both directions when they are on a list: those that say what the content is, which is accepted, and under
/// which conditions. Nothing else does, and so no cookie, no credentials, nothing that a hop says to the next one, no
/// permission for other origins and no order to the browser about ours.
///
/// ```
/// use oauth_hyper_client::{Resource, backend::Upstream};
///
/// // `/api/photos/7` is `https://photos.example.com/v1/7`.
/// let photos = Upstream::new("/api/photos", Resource::new("https://photos.example.com/v1")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Upstream {
    path: String,
    resource: Resource,
    passing: Vec<HeaderName>,
    max_request_bytes: usize,
    max_answer_bytes: usize,
}

impl Upstream {
    /// What a request's body may have, unless told otherwise: 1 MiB.
    pub const DEFAULT_MAX_REQUEST_BYTES: usize = 1024 * 1024;

    /// What an answer's body may have, unless told otherwise: 64 MiB.
    pub const DEFAULT_MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

    /// The API below this path.
    ///
    /// # Errors
    /// [`BackendError::Path`] when it is none that everybody reads alike.
    pub fn new(path: &str, resource: Resource) -> Result<Self, BackendError> {
        Ok(Self {
            path: path::checked(path)?,
            resource,
            passing: Vec::new(),
            max_request_bytes: Self::DEFAULT_MAX_REQUEST_BYTES,
            max_answer_bytes: Self::DEFAULT_MAX_ANSWER_BYTES,
        })
    }

    /// Lets one more header pass, in both directions. None that is the backend's own business ever does: credentials, cookies,
    /// what other origins may, what is said to the next hop.
    #[must_use]
    pub fn passing(mut self, name: HeaderName) -> Self {
        self.passing.push(name);
        self
    }

    /// How long a request's body may be, in bytes. It is held in memory: what an API refuses for want of a nonce, or of a
    /// token that is younger, is sent once more.
    #[must_use]
    pub fn max_request_bytes(self, max_request_bytes: usize) -> Self {
        Self { max_request_bytes, ..self }
    }

    /// How long an answer's body may be, in bytes. It is passed on as it comes; one that is longer breaks off.
    #[must_use]
    pub fn max_answer_bytes(self, max_answer_bytes: usize) -> Self {
        Self { max_answer_bytes, ..self }
    }

    pub(super) fn resource(&self) -> &Resource {
        &self.resource
    }

    pub(super) fn request_limit(&self) -> usize {
        self.max_request_bytes
    }

    pub(super) fn answer_limit(&self) -> usize {
        self.max_answer_bytes
    }

    /// What of a path is below ours.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.path).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Of two that fit, the one that says more.
    pub(super) fn depth(&self) -> usize {
        self.path.len()
    }

    /// The request as it goes to the API, yet without a token; `None` when it would leave the API.
    pub(super) fn request(&self, head: &http::request::Parts, body: Bytes) -> Option<Request<Bytes>> {
        let mut target = format!("{}{}", self.resource.base(), self.below(head.uri.path())?);
        if let Some(query) = head.uri.query() {
            target.push('?');
            target.push_str(query);
        }
        let uri: Uri = target.parse().ok()?;
        let stays = methods().contains(&head.method) && self.resource.contains(&uri);
        stays.then(|| {
            let mut request = Request::new(body);
            *request.method_mut() = head.method.clone();
            *request.uri_mut() = uri;
            *request.headers_mut() = self.pass(&head.headers, &ASKED);
            request
        })
    }

    /// The answer as the page gets it.
    pub(super) fn answer<R>(&self, asked: &Uri, answer: Response<R>) -> Response<R> {
        let (mut head, body) = answer.into_parts();
        let location = head.headers.get(header::LOCATION).and_then(|location| self.here(asked, location));
        head.headers = self.pass(&head.headers, &ANSWERED);
        head.headers.extend(location.map(|location| (header::LOCATION, location)));
        // It was for the token and is for the cookie alone: RFC 9111 section 3.5 keeps only what came with
        // `Authorization` out of caches, and on this side nothing does.
        head.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        head.headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        head.extensions.clear();
        Response::from_parts(head, body)
    }

    /// Where an answer leads to, as a path of ours; nowhere when it is not in the API.
    fn here(&self, asked: &Uri, location: &HeaderValue) -> Option<HeaderValue> {
        let to = Url::parse(&asked.to_string()).ok()?.join(location.to_str().ok()?).ok()?;
        let uri: Uri = to.as_str().split('#').next()?.parse().ok()?;
        let base: Uri = self.resource.base().parse().ok()?;
        let rest = uri.path().strip_prefix(base.path().trim_end_matches('/'))?;
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let here = || HeaderValue::try_from(format!("{}{rest}{query}", self.path)).ok();
        self.resource.contains(&uri).then(here)?
    }

    fn pass(&self, headers: &HeaderMap, listed: &[HeaderName]) -> HeaderMap {
        // RFC 9110 section 7.6.1: what a hop names is for the next one alone.
        let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
        let named: Vec<&str> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
        let passes = |name: &HeaderName| {
            (listed.contains(name) || self.passing.contains(name))
                && !is_ours(name)
                && !named.iter().any(|other| other.eq_ignore_ascii_case(name.as_str()))
        };
        let passing = headers.iter().filter(|(name, _)| passes(name));
        passing.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// `TRACE` would show the page the token, and `CONNECT` leads elsewhere.
pub(super) fn methods() -> [Method; 7] {
    use Method as M;
    [M::GET, M::HEAD, M::OPTIONS, M::POST, M::PUT, M::PATCH, M::DELETE]
}

/// Whether a header is never passed on, whatever the list says.
fn is_ours(name: &HeaderName) -> bool {
    const PREFIXES: [&str; 4] = ["access-control-", "proxy-", "sec-", "x-forwarded-"];
    OURS.contains(name) || PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
}

static OURS: [HeaderName; 28] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("authentication-info"),
    HeaderName::from_static("dpop"),
    HeaderName::from_static("dpop-nonce"),
    header::HOST,
    header::ORIGIN,
    header::FORWARDED,
    HeaderName::from_static("x-real-ip"),
    header::LOCATION,
    header::REFRESH,
    header::ALT_SVC,
    HeaderName::from_static("clear-site-data"),
    header::CACHE_CONTROL,
    header::CONTENT_SECURITY_POLICY,
    header::REFERRER_POLICY,
    header::STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("service-worker-allowed"),
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::VIA,
];

/// What a page may ask an API with.
static ASKED: [HeaderName; 14] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("prefer"),
];

/// What an API may tell a page.
static ANSWERED: [HeaderName; 13] = [
    header::ACCEPT_RANGES,
    header::ALLOW,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::RETRY_AFTER,
    header::VARY,
    HeaderName::from_static("preference-applied"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::tricky;

    fn photos() -> Upstream {
        Upstream::new("/api/photos", Resource::new("https://photos.example/v1/").unwrap()).unwrap()
    }

    fn asked(method: Method, target: &str, headers: &[(&'static str, &'static str)]) -> http::request::Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn target(path: &str) -> Option<String> {
        let request = photos().request(&asked(Method::GET, path, &[]), Bytes::new());
        request.map(|request| request.uri().to_string())
    }

    #[test]
    fn l28_no_path_leaves_the_api_that_is_listed() {
        let at = |rest: &str| Some(format!("https://photos.example/v1{rest}"));
        for rest in
            ["", "/", "/7", "/7?size=large", "/ann%2F7", "//7", "/https://evil.example", "/@evil.example"]
        {
            assert_eq!(target(&format!("/api/photos{rest}")), at(rest), "{rest}");
        }
        for rest in [
            "x",
            "@evil.example/",
            ".evil.example/",
            ":8443/",
            "/..",
            "/../admin",
            "/./../admin",
            "/7/../../admin",
            "/%2e%2e/admin",
            "/.%2E/admin",
            "/..%2fadmin",
            "/7%2f..%2F..%2fadmin",
            "/%252e%252e%252fadmin",
            "/..%5cadmin",
            "/..;/admin",
            "/..%3bx/admin",
        ] {
            assert_eq!(target(&format!("/api/photos{rest}")), None, "{rest}");
        }
    }

    proptest! {
        #[test]
        fn l28_whatever_path_is_asked_for_is_below_the_api_or_nothing(rest in tricky()) {
            // What a server cannot be asked for is refused before.
            let path: Option<Uri> = format!("/api/photos{rest}").parse().ok();
            if let Some(to) = path.and_then(|path| target(&path.to_string())) {
                // In the way in which browsers read addresses, and once more where it is decoded first.
                let decoded = to.replace("%2f", "/").replace("%2F", "/").replace("%5c", "/").replace("%5C", "/");
                for read in [Url::parse(&to).unwrap(), Url::parse(&decoded).unwrap()] {
                    prop_assert_eq!(read.host_str(), Some("photos.example"));
                    prop_assert!(read.path() == "/v1" || read.path().starts_with("/v1/"), "{}", to);
                }
            }
        }
    }

    #[test]
    fn l28_the_api_gets_no_cookie_and_nothing_that_only_a_proxy_may_say() {
        let head = asked(
            Method::PUT,
            "/api/photos/7",
            &[
                ("accept", "application/json"),
                ("content-type", "text/plain"),
                ("if-match", "\"1\""),
                ("x-colour", "blue"),
                ("cookie", "__Host-backend-session=x"),
                ("authorization", "Bearer mine"),
                ("dpop", "mine"),
                ("proxy-authorization", "Basic mine"),
                ("x-forwarded-for", "127.0.0.1"),
                ("forwarded", "for=127.0.0.1"),
                ("x-real-ip", "127.0.0.1"),
                ("x-user", "admin"),
                ("x-csrf", "1"),
                ("origin", "https://app.example"),
                ("referer", "https://app.example/"),
                ("sec-fetch-site", "same-origin"),
                ("host", "app.example"),
                ("connection", "keep-alive, If-Match"),
                ("keep-alive", "timeout=5"),
                ("te", "trailers"),
                ("upgrade", "websocket"),
                ("transfer-encoding", "chunked"),
            ],
        );
        let upstream =
            ["x-colour", "cookie", "authorization", "x-forwarded-for", "connection", "sec-fetch-site"]
                .into_iter()
                .fold(photos(), |upstream, name| upstream.passing(HeaderName::from_static(name)));
        let request = upstream.request(&head, Bytes::from_static(b"x")).unwrap();
        let names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept", "content-type", "x-colour"]);
        assert_eq!((request.method(), &request.body()[..]), (&Method::PUT, &b"x"[..]));
    }

    #[test]
    fn l28_no_method_shows_the_page_what_the_api_was_sent() {
        for method in [Method::TRACE, Method::CONNECT, Method::from_bytes(b"TRACK").unwrap()] {
            assert!(photos().request(&asked(method, "/api/photos/7", &[]), Bytes::new()).is_none());
        }
    }

    #[test]
    fn l28_the_page_gets_no_credentials_and_no_other_origin_a_permission() {
        let asked = Uri::from_static("https://photos.example/v1/7");
        let mut answer = Response::builder().status(201);
        for (name, value) in [
            ("content-type", "application/json"),
            ("etag", "\"1\""),
            ("location", "8?x=1"),
            ("set-cookie", "__Host-backend-session=fixed"),
            ("www-authenticate", "Basic realm=\"x\""),
            ("authorization", "Bearer x"),
            ("authentication-info", "x"),
            ("dpop-nonce", "x"),
            ("access-control-allow-origin", "https://evil.example"),
            ("access-control-allow-credentials", "true"),
            ("cache-control", "public, max-age=3600"),
            ("clear-site-data", "\"cookies\""),
            ("strict-transport-security", "max-age=0"),
            ("refresh", "0; url=https://evil.example"),
            ("alt-svc", "h3=\"evil.example:443\""),
            ("x-internal", "db7"),
            ("connection", "etag"),
        ] {
            answer = answer.header(name, value);
        }
        let answer = photos().answer(&asked, answer.body(()).unwrap());
        let mut names: Vec<_> = answer.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cache-control", "content-type", "location", "x-content-type-options"]);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["location"], "/api/photos/8?x=1");
    }

    #[test]
    fn an_answer_leads_to_places_of_the_api_by_our_own_paths_and_nowhere_else() {
        let to = |location: &'static str| {
            let asked = Uri::from_static("https://photos.example/v1/albums/");
            photos().here(&asked, &HeaderValue::from_static(location))
        };
        for (location, here) in [
            ("7", "/api/photos/albums/7"),
            ("/v1/7#top", "/api/photos/7"),
            ("https://photos.example/v1/7", "/api/photos/7"),
            ("../7", "/api/photos/7"),
        ] {
            assert_eq!(to(location).unwrap(), here, "{location}");
        }
        for location in [
            "/v2/7",
            "../../7",
            "//evil.example/v1/7",
            "https://evil.example/v1/7",
            "http://photos.example/v1/7",
            "/v10",
        ] {
            assert_eq!(to(location), None, "{location}");
        }
    }
}

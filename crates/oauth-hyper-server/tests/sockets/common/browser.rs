//! A browser that keeps cookies and follows nothing by itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use oauth_sansio::form;
use url::Url;

use super::{LOGGED_IN, Line, PASSWORD};

#[derive(Clone)]
pub(crate) struct Browser {
    line: Line,
    jar: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, jar: BTreeMap::new() }
    }

    /// Lets Ann log in.
    pub(crate) fn log_in(&mut self) {
        let (name, value) = LOGGED_IN.split_once('=').unwrap();
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) async fn get(&mut self, url: &Url) -> Response<Bytes> {
        self.send(Method::GET, url, String::new()).await
    }

    /// Presses a button of the consent page.
    pub(crate) async fn decide(&mut self, consent: &Url, decision: &str) -> Response<Bytes> {
        let body = form::encode([("password", PASSWORD), ("decision", decision)]);
        self.send(Method::POST, consent, body).await
    }

    /// Begins an authorization; gives the address of its consent page.
    pub(crate) async fn begin(&mut self, authorization: &Url) -> Url {
        let sent = self.get(authorization).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{sent:?}");
        location(&sent).parse().unwrap()
    }

    /// All of it: there, the page, the decision; gives the address at which the application is called back.
    pub(crate) async fn authorize(&mut self, authorization: &Url, decision: &str) -> Uri {
        let consent = self.begin(authorization).await;
        let page = self.get(&consent).await;
        assert_eq!((page.status(), &page.body()[..13]), (StatusCode::OK, &b"Photo Printer"[..]));
        let decided = self.decide(&consent, decision).await;
        assert_eq!(decided.status(), StatusCode::SEE_OTHER, "{decided:?}");
        // A browser keeps the fragment to itself.
        location(&decided).split('#').next().unwrap().parse().unwrap()
    }

    pub(crate) fn request(&self, method: Method, url: &Url, body: String) -> Request<Bytes> {
        let mut request = Request::builder().method(method).uri(url.as_str());
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, form::MEDIA_TYPE);
        }
        if !self.jar.is_empty() {
            let pairs: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        request.body(Bytes::from(body)).unwrap()
    }

    async fn send(&mut self, method: Method, url: &Url, body: String) -> Response<Bytes> {
        let response = self.line.send(self.request(method, url, body)).await;
        self.keep_cookies(response.headers());
        response
    }

    pub(crate) fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }
}

pub(crate) fn location(response: &Response<Bytes>) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

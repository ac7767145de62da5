//! A browser with one tab: it keeps cookies by their origin, brings them as `SameSite` says, and follows nothing by itself.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use oauth_hyper_client::Client as Http;
use oauth_sansio::{Outgoing, form};
use serde_json::Value;
use url::Url;

#[derive(Clone)]
pub(crate) struct Browser {
    http: Http,
    pub(crate) app: Url,
    jar: Vec<Cookie>,
    /// All that the page's origin has ever said to it.
    pub(crate) heard: String,
}

#[derive(Clone)]
struct Cookie {
    origin: url::Origin,
    name: String,
    value: String,
    is_strict: bool,
}

/// Who causes a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A page of the same origin, or the person.
    Own,
    /// A link or a redirect of another site.
    Other,
}

impl Browser {
    pub(crate) fn new(http: Http, app: Url) -> Self {
        Self { http, app, jar: Vec::new(), heard: String::new() }
    }

    /// Opens an address.
    pub(crate) async fn open(&mut self, by: By, url: &Url) -> Response<Bytes> {
        self.send(by, Request::get(url.as_str()), url, Bytes::new()).await
    }

    /// A script of the page asks its backend.
    pub(crate) async fn script(&mut self, method: Method, path: &str, body: &'static str) -> Response<Bytes> {
        self.ask(method, path, &[("x-csrf", "1")], body).await
    }

    /// Asks the backend, with cookies, and with these headers.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Response<Bytes> {
        // As it stands: a program that is no browser resolves no dots.
        let uri = format!("{}{path}", self.app.as_str().trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let app = self.app.clone();
        self.send(By::Own, request, &app, body.into()).await
    }

    /// What a script reads.
    pub(crate) async fn json(&mut self, path: &str) -> Value {
        let answer = self.script(Method::GET, path, "").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// Goes to the provider, decides there, and gives the address at which it is to come back.
    pub(crate) async fn decide(&mut self, login: &str, decision: &str) -> Url {
        let login = self.app.join(login).unwrap();
        let away = self.open(By::Own, &login).await;
        assert_eq!(away.status(), StatusCode::SEE_OTHER, "{away:?}");
        let consent = self.open(By::Other, &location(&away)).await;
        let consent = location(&consent);
        assert_eq!(self.open(By::Other, &consent).await.body(), "may it?");
        let request = Request::post(consent.as_str()).header(header::CONTENT_TYPE, form::MEDIA_TYPE);
        let body = Bytes::from(form::encode([("decision", decision)]));
        let decided = self.send(By::Own, request, &consent, body).await;
        let mut back = location(&decided);
        // A browser keeps the fragment to itself.
        back.set_fragment(None);
        back
    }

    /// The whole login; gives the answer of the callback.
    pub(crate) async fn log_in(&mut self, return_to: &str) -> Response<Bytes> {
        let login = format!("/login?{}", form::encode([("return_to", return_to)]));
        let back = self.decide(&login, "allow").await;
        let came = self.open(By::Other, &back).await;
        assert_eq!(came.status(), StatusCode::SEE_OTHER, "{came:?}");
        came
    }

    /// The value of a cookie that the backend has set.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let own = self.jar.iter().find(|cookie| cookie.name == name && cookie.origin == self.app.origin());
        own.map(|cookie| cookie.value.as_str())
    }

    /// The names of the cookies that the backend has set.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let own = self.jar.iter().filter(|cookie| cookie.origin == self.app.origin());
        own.map(|cookie| cookie.name.as_str()).collect()
    }

    /// Somebody puts a cookie there.
    pub(crate) fn plant(&mut self, name: &str, value: &str) {
        let (origin, is_strict) = (self.app.origin(), false);
        self.jar.push(Cookie { origin, name: name.to_owned(), value: value.to_owned(), is_strict });
    }

    async fn send(
        &mut self,
        by: By,
        mut request: http::request::Builder,
        url: &Url,
        body: Bytes,
    ) -> Response<Bytes> {
        let brings =
            |cookie: &&Cookie| cookie.origin == url.origin() && !(cookie.is_strict && by == By::Other);
        let pairs: Vec<_> = self
            .jar
            .iter()
            .filter(brings)
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if !pairs.is_empty() {
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let response = self.http.send(Outgoing::once(request.body(body).unwrap())).await.unwrap();
        if url.origin() == self.app.origin() {
            self.heard += &format!("{:?} {:?} ", response.headers(), response.body());
        }
        self.keep(url, response.headers());
        response
    }

    fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.jar.retain(|cookie| cookie.name != name || cookie.origin != url.origin());
            if !line.contains("Max-Age=0") {
                self.jar.push(Cookie {
                    origin: url.origin(),
                    name: name.to_owned(),
                    value: value.to_owned(),
                    is_strict: line.contains("SameSite=Strict"),
                });
            }
        }
    }
}

pub(crate) fn location(response: &Response<Bytes>) -> Url {
    response.headers()[header::LOCATION].to_str().unwrap().parse().unwrap()
}

//! A provider for development, and a browser: it keeps cookies, follows redirects, presses buttons.

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use oauth_clock::SystemClock;
use oauth_hyper_client::Client as Http;
use oauth_provider::config::Settings;
use oauth_provider::{Serving, StartError};
use oauth_sansio::{Outgoing, form};
use url::Url;

/// A provider that runs, and what it was told.
pub(crate) struct Provider {
    pub(crate) origin: Url,
    pub(crate) password: String,
}

impl Provider {
    /// One for development, with these settings besides.
    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        loop {
            // Between the look and the use, somebody else may have taken it.
            if let Some(started) = Self::on(free_port(), more).await {
                return started;
            }
        }
    }

    /// Where the port is free.
    pub(crate) async fn on(port: u16, more: &[(&str, &str)]) -> Option<Self> {
        let listen = format!("127.0.0.1:{port}");
        let usual = [("OAUTH__LISTEN", listen.as_str()), ("OAUTH__STORE__KIND", "memory")];
        let told = usual.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::load(None, told).unwrap();
        let serving = match Serving::start(settings, Arc::new(SystemClock)).await {
            Err(StartError::Listen { .. }) => return None,
            started => started.unwrap(),
        };
        let password =
            serving.demonstration().map(|demonstration| demonstration.password.expose().to_owned());
        tokio::spawn(serving.run(std::future::pending()));
        let origin = Url::parse(&format!("http://{listen}")).unwrap();
        Some(Self { origin, password: password.unwrap_or_default() })
    }

    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { provider: self, http: Http::new(), cookies: HashMap::new(), page: Page::default() }
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// What a step in full begins with.
const STEP: &str = " id=\"step-";

/// What the browser shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) address: String,
    pub(crate) status: StatusCode,
    pub(crate) html: String,
}

impl Page {
    /// The value of the first field of this name.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.html));
        unescaped(rest.split('"').next().unwrap())
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// What stands on the page, without its tags and its drawing.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let html = self.html.split("</style>").nth(1).unwrap_or_default();
        let (before, after) = html.split_once("<svg").unwrap_or((html, ""));
        let html = format!("{before}{}", after.split_once("</svg>").map_or("", |(_, rest)| rest));
        for piece in html.split('<') {
            out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
            out.push(' ');
        }
        unescaped(&out.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The last step in full.
    pub(crate) fn last(&self) -> String {
        let last = self.html.split(STEP).nth(1).unwrap_or_default();
        Self { html: format!("</style><{last}"), ..Self::default() }.text()
    }

    pub(crate) fn steps(&self) -> usize {
        self.html.matches(STEP).count()
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A person's browser.
pub(crate) struct Browser<'a> {
    provider: &'a Provider,
    http: Http,
    pub(crate) cookies: HashMap<String, String>,
    pub(crate) page: Page,
}

impl Browser<'_> {
    pub(crate) async fn send(&mut self, method: Method, address: &str, body: String) -> Response<Bytes> {
        let url = self.provider.origin.join(address).unwrap();
        let mut request = Request::builder().method(method).uri(url.as_str());
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, form::MEDIA_TYPE);
        }
        let request = Outgoing::once(request.body(Bytes::from(body)).unwrap());
        let answer = self.http.send(Outgoing { max_response_bytes: 1 << 20, ..request }).await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Sends, and follows redirects to the page at their end.
    async fn go(&mut self, mut method: Method, address: &str, mut body: String) -> &Page {
        let mut address = address.to_owned();
        for _ in 0..8 {
            let answer = self.send(method, &address, body).await;
            if !answer.status().is_redirection() {
                let html = String::from_utf8(answer.body().to_vec()).unwrap();
                self.page = Page { address, status: answer.status(), html };
                return &self.page;
            }
            address = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
            (method, body) = (Method::GET, String::new());
        }
        panic!("redirected without end");
    }

    pub(crate) async fn open(&mut self, address: &str) -> &Page {
        self.go(Method::GET, address, String::new()).await
    }

    pub(crate) async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> &Page {
        self.go(Method::POST, address, form::encode(fields.iter().copied())).await
    }

    /// Begins a dance.
    pub(crate) async fn begin(&mut self, dance: &str) -> &Page {
        let token = self.open("/playground").await.field("form_token");
        self.submit("/playground", &[("form_token", &token), ("do", "begin"), ("dance", dance)]).await
    }

    /// Makes the next step, broken if a name is given.
    pub(crate) async fn next(&mut self, broken: &str) -> &Page {
        let (token, at) = (self.page.field("form_token"), self.page.field("at"));
        let fields = [("form_token", token.as_str()), ("at", &at), ("do", "go_on"), ("break", broken)];
        self.submit("/playground", &fields).await
    }

    /// Goes to the provider, logs in and allows it; comes back to the playground.
    pub(crate) async fn allow(&mut self) -> &Page {
        self.next("").await;
        if self.page.html.contains("current-password") {
            let (address, password) = (self.page.address.clone(), self.provider.password.clone());
            self.submit(&address, &[("username", "ann"), ("password", &password)]).await;
        }
        self.decide("allow").await
    }

    pub(crate) async fn decide(&mut self, decision: &str) -> &Page {
        let (address, token) = (self.page.address.clone(), self.page.field("form_token"));
        self.submit(&address, &[("form_token", &token), ("decision", decision)]).await;
        assert_eq!((self.page.address.as_str(), self.page.status), ("/playground", StatusCode::OK));
        &self.page
    }
}

//! A browser's side of the pages: it keeps the cookie and sends forms.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "a test; not every file uses all of it")]

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use oauth_clock::ManualClock;
use oauth_hyper_server::{Pages as _, Turn, Visit};
use oauth_provider::{LoginConsent, Unavailable, User, Users};
use oauth_sansio::{Answer, Login, Person, Prompt, Secret, Timestamp, form};
use oauth_store::{IssuerStore, MemoryStore};
use url::Url;

pub(crate) const ADDRESS: &str = "/oauth2/consent?handle=Zm9vYmFy";

/// When the clock begins.
pub(crate) const START: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Alice and Bob; their passwords are their names backwards. Nothing can be told of the name `down`.
pub(crate) struct Two;

#[async_trait]
impl Users for Two {
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable> {
        match (username, password.expose()) {
            ("alice", "ecila") => Ok(Some(User::new("u1", "Alice"))),
            ("bob", "bob") => Ok(Some(User::new("u2", "Bob"))),
            ("down", _) => Err(Unavailable::new("the directory is down")),
            _ => Ok(None),
        }
    }
}

pub(crate) fn prompt() -> Prompt {
    Prompt {
        client_id: "photo-printer".into(),
        client_name: "Photo Printer".into(),
        return_host: Some("printer.example.com".into()),
        return_origin: Some("https://printer.example.com".into()),
        scopes: vec!["photos.read".into(), "albums.read".into()],
        ..Prompt::default()
    }
}

pub(crate) struct Site {
    pub(crate) pages: LoginConsent,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: IssuerStore,
}

impl Site {
    pub(crate) fn new(origin: &str, users: impl Users) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), origin);
        let pages = LoginConsent::new(&origin.parse::<Url>().unwrap(), Arc::new(users), store.clone());
        Self { pages: pages.unwrap().clock(clock.clone()), clock, store }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { site: self, cookies: Vec::new(), prompt: prompt(), peer: None }
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new("https://as.example.com", Two)
    }
}

pub(crate) struct Browser<'a> {
    site: &'a Site,
    /// `name=value`.
    pub(crate) cookies: Vec<String>,
    pub(crate) prompt: Prompt,
    pub(crate) peer: Option<IpAddr>,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self) -> Turn {
        self.visit(&Method::GET, &Bytes::new()).await
    }

    pub(crate) async fn post(&mut self, fields: &[(&str, &str)]) -> Turn {
        self.visit(&Method::POST, &Bytes::from(form::encode(fields.iter().copied()))).await
    }

    /// Who the pages say is here.
    pub(crate) async fn identify(&self) -> Option<Person> {
        let (method, uri, headers, body) =
            (Method::GET, Uri::from_static(ADDRESS), self.headers(), Bytes::new());
        let visit = Visit { method: &method, uri: &uri, headers: &headers, body: &body, peer: self.peer };
        self.site.pages.identify(&self.prompt, &visit).await
    }

    fn headers(&self) -> HeaderMap {
        let cookies = self.cookies.iter();
        cookies.map(|cookie| (header::COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    pub(crate) async fn visit(&mut self, method: &Method, body: &Bytes) -> Turn {
        let headers = self.headers();
        let uri = Uri::from_static(ADDRESS);
        let visit = Visit { method, uri: &uri, headers: &headers, body, peer: self.peer };
        let turn = self.site.pages.interact(&self.prompt, &visit).await;
        if let Turn::Page(page) = &turn {
            for cookie in page.headers().get_all(header::SET_COOKIE) {
                let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
                let name = pair.split('=').next().unwrap();
                self.cookies.retain(|kept| kept.split('=').next() != Some(name));
                if !rest.contains("Max-Age=0") {
                    self.cookies.push(pair.to_owned());
                }
            }
        }
        turn
    }

    /// Logs in and follows the redirect to the consent page.
    pub(crate) async fn log_in(&mut self, username: &str, password: &str) -> String {
        let answer = page(self.post(&[("username", username), ("password", password)]).await);
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], ADDRESS);
        html(self.get().await)
    }

    /// Presses a button of a consent page.
    pub(crate) async fn decide(&mut self, consent_page: &str, decision: &str) -> Turn {
        self.post(&[("form_token", &form_token(consent_page)), ("decision", decision)]).await
    }
}

/// Somebody who gave name and password when the clock began.
pub(crate) fn person(subject: &str) -> Person {
    let login = Login { auth_time: START, acr: None, amr: vec!["pwd".into()] };
    Person { login: Some(login), ..Person::new(subject) }
}

pub(crate) fn page(turn: Turn) -> Response<Bytes> {
    match turn {
        Turn::Page(page) => page,
        Turn::Answer(answer) => panic!("answered {answer:?}"),
    }
}

pub(crate) fn html(turn: Turn) -> String {
    text(&page(turn))
}

pub(crate) fn text(page: &Response<Bytes>) -> String {
    String::from_utf8(page.body().to_vec()).unwrap()
}

pub(crate) fn answer(turn: Turn) -> Answer {
    match turn {
        Turn::Answer(answer) => answer,
        Turn::Page(page) => panic!("showed {}", text(&page)),
    }
}

pub(crate) fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once(r#"name="form_token" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

pub(crate) fn is_login(page: &str) -> bool {
    page.contains(r#"autocomplete="current-password""#)
}

pub(crate) fn is_consent(page: &str) -> bool {
    page.contains(r#"name="decision" value="allow""#)
}

//! The least that a token endpoint does for client credentials (RFC 6749 section 4.4), in one function on a bare hyper: a
//! form is read, the client is looked up and its secret compared, a token is drawn and its digest kept, an answer is
//! written. No other grant, no limits, no reasons, no store that could be elsewhere: what a server needs beside this is its
//! own cost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use oauth_sansio::form::{Form, Limits};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use oauth_bench::setting::SECRET;

pub(crate) struct Least {
    clients: HashMap<String, Client>,
    tokens: Mutex<HashMap<[u8; 32], Kept>>,
}

struct Client {
    id: Arc<str>,
    secret: [u8; 32],
    scope: Arc<str>,
}

/// What a token is worth, for whoever is asked about it.
#[expect(dead_code, reason = "nobody asks here")]
struct Kept {
    client: Arc<str>,
    scope: Arc<str>,
    until: SystemTime,
}

impl Least {
    pub(crate) fn new() -> Self {
        let client =
            Client { id: "app".into(), secret: Sha256::digest(SECRET).into(), scope: "photos".into() };
        Self { clients: HashMap::from([("app".into(), client)]), tokens: Mutex::default() }
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return refused() };
        let answer = self.token(&head, &body.to_bytes());
        answer.unwrap_or_else(refused)
    }

    fn token(&self, head: &http::request::Parts, body: &[u8]) -> Option<Response<Full<Bytes>>> {
        let form = Form::parse(body, &Limits::default()).ok()?;
        let is_ours = head.method == http::Method::POST
            && head.uri.path() == "/oauth2/token"
            && form.one("grant_type").ok()? == Some("client_credentials");
        let mut credentials = [0; 256];
        let basic = head.headers.get(header::AUTHORIZATION)?.as_bytes().strip_prefix(b"Basic ")?;
        let length = STANDARD.decode_slice(basic, &mut credentials).ok()?;
        let (id, secret) = str::from_utf8(credentials.get(..length)?).ok()?.split_once(':')?;
        let client = self.clients.get(id)?;
        let is_theirs: bool = Sha256::digest(secret).as_slice().ct_eq(&client.secret).into();
        if !is_ours || !is_theirs || form.one("scope").ok()? != Some(&client.scope) {
            return None;
        }
        let mut token = String::with_capacity(43);
        URL_SAFE_NO_PAD.encode_string(random(), &mut token);
        let until = now() + Duration::from_secs(600);
        let kept = Kept { client: client.id.clone(), scope: client.scope.clone(), until };
        self.tokens.lock().expect("nobody panics").insert(Sha256::digest(&token).into(), kept);
        let scope = &client.scope;
        let body = format!(
            r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":600,"scope":"{scope}"}}"#
        );
        let mut response = Response::new(Full::new(body.into()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(response)
    }
}

fn refused() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

#[allow(clippy::disallowed_methods, reason = "a clock that is handed in is a cost of its own")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[allow(clippy::disallowed_methods, reason = "as above")]
fn random() -> [u8; 32] {
    rand::random()
}

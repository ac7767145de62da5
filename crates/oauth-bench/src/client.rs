//! What a client does itself for one authorization: the address for the browser, and the answer with the tokens read. The
//! limit is what cannot be left out: the challenge, every parameter of the address encoded once, the JSON read where it
//! lies. Beside each stands the same with what makes it shorter still: what never changes was encoded before, and whether
//! the JSON is UTF-8 is asked of all its bytes at once. Nothing of it is random, or a secret that is wiped.

use std::fmt::Write as _;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, Uri};
use oauth_sansio::{Exchange as _, Moment, Progress, Secret, Timestamp};
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, RefreshToken, Scope, TokenUrl};
use oauth2_core::client::{Client, Config, Server};
use oauth2_core::metadata::Transport;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::harness::{Case, compare};
use crate::one_pass::OnePass;

const AUTHORIZE: &str = "https://as.example.com/authorize";
const TOKEN: &str = "https://as.example.com/token";
const CLIENT_ID: &str = "photo-printer";
const REDIRECT_URI: &str = "https://printer.example.com/ready";
const ANSWER: &str = r#"{"access_token":"oat_2YotnFZFEjr1zCsicMWpAA2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"refresh_token":"ort_tGzv3JOkF0XG5Qx2TlKWIA2YotnFZFEjr1zCsicMWpAA","scope":"photos.read photos.write"}"#;

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let server = Server::new("https://as.example.com", Some(AUTHORIZE), TOKEN, Transport::Https)?;
    let mut config = Config::new(server, CLIENT_ID);
    config.redirect_uri = Some(REDIRECT_URI.into());
    let client = Client::new(config)?;
    let peer = BasicClient::new(ClientId::new(CLIENT_ID.into()))
        .set_auth_uri(AuthUrl::new(AUTHORIZE.into())?)
        .set_token_uri(TokenUrl::new(TOKEN.into())?)
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into())?);
    let refresh_token = Secret::from("ort_2YotnFZFEjr1zCsicMWpAA");
    let endpoint = Uri::from_static(TOKEN);
    let answer = Bytes::from_static(ANSWER.as_bytes());
    let encode = OnePass::new();

    compare(
        "oauth2-client, the address for the browser",
        rounds,
        vec![
            Case::new("limit: challenge, every parameter encoded once", || {
                black_box(address(&encode, black_box(&[7; 32])));
            }),
            Case::new("the same, what never changes encoded before", || {
                black_box(prepared_address(black_box(&[7; 32])));
            }),
            Case::new("oauth2-core, start_as_text", || {
                black_box(
                    client.authorize().scope("photos.read").start_as_text(moment()).expect("an address"),
                );
            }),
            Case::new("oauth2 5.0", || {
                let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
                let request =
                    peer.authorize_url(CsrfToken::new_random).add_scope(Scope::new("photos.read".into()));
                let _ = black_box((request.set_pkce_challenge(challenge).url(), verifier));
            }),
        ],
    );
    let sent = || {
        let mut exchange = client.refresh(&refresh_token);
        exchange.request(moment()).expect("a request");
        (exchange, response(&answer))
    };
    compare(
        &format!("oauth2-client, an answer of {} bytes read", ANSWER.len()),
        rounds,
        vec![
            Case::new("limit: the JSON read where it lies", || {
                let body = black_box(ANSWER.as_bytes());
                black_box(serde_json::from_slice::<Answer<'_>>(body).expect("an answer"));
            }),
            Case::new("the same, all bytes checked at once", || {
                let body = std::str::from_utf8(black_box(ANSWER.as_bytes())).expect("is text");
                black_box(serde_json::from_str::<Answer<'_>>(body).expect("an answer"));
            }),
            Case::prepared("oauth2-core, Exchange::response", sent, |(exchange, response)| {
                let Ok(Progress::Done(tokens)) = exchange.response(response, moment()) else {
                    panic!("tokens come at once")
                };
                black_box(tokens);
            }),
        ],
    );
    compare(
        "oauth2-client, a whole renewal",
        rounds,
        vec![
            Case::new("limit: both messages, the JSON read, its texts kept", || {
                black_box(least(&endpoint, refresh_token.expose(), &answer));
            }),
            Case::new("oauth2-core, request and answer", || {
                let mut exchange = client.refresh(&refresh_token);
                black_box(exchange.request(moment()).expect("a request"));
                let Ok(Progress::Done(tokens)) = exchange.response(response(&answer), moment()) else {
                    panic!("tokens come at once")
                };
                black_box(tokens);
            }),
            Case::new("oauth2 5.0, request and answer", || {
                let token = RefreshToken::new("ort_2YotnFZFEjr1zCsicMWpAA".into());
                let request = peer.exchange_refresh_token(&token);
                let send = |request: oauth2::HttpRequest| {
                    black_box(request);
                    Ok::<_, std::convert::Infallible>(response(&answer).map(|body| body.to_vec()))
                };
                black_box(request.request(&send).expect("tokens"));
            }),
        ],
    );
    Ok(())
}

fn moment() -> Moment {
    Moment::new(Timestamp::from_unix(1_800_000_000), [9; 32])
}

fn response(body: &Bytes) -> Response<Bytes> {
    let mut response = Response::new(body.clone());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

/// What an address for the browser cannot do without.
fn address(encode: &OnePass, random: &[u8; 32]) -> Vec<u8> {
    let (challenge, state) = challenge_and_state(random);
    let parameters = [
        ("?response_type=", "code"),
        ("&client_id=", CLIENT_ID),
        ("&redirect_uri=", REDIRECT_URI),
        ("&code_challenge_method=", "S256"),
        ("&code_challenge=", text(&challenge)),
        ("&state=", text(&state)),
        ("&scope=", "photos.read"),
    ];
    let length =
        parameters.iter().map(|(name, value)| name.len() + OnePass::room(value.len())).sum::<usize>();
    let mut address = vec![0; AUTHORIZE.len() + length];
    address[..AUTHORIZE.len()].copy_from_slice(AUTHORIZE.as_bytes());
    let mut end = AUTHORIZE.len();
    for (name, value) in parameters {
        address[end..end + name.len()].copy_from_slice(name.as_bytes());
        end = encode.write(value, &mut address, end + name.len());
    }
    address.truncate(end);
    address
}

/// The same, but for what is the same each time.
fn prepared_address(random: &[u8; 32]) -> String {
    let (challenge, state) = challenge_and_state(random);
    let mut address = String::with_capacity(320);
    let _ = write!(
        address,
        "{AUTHORIZE}?response_type=code&client_id={CLIENT_ID}&redirect_uri=https%3A%2F%2Fprinter.example.com%2Fready\
         &code_challenge_method=S256&code_challenge="
    );
    address.push_str(text(&challenge));
    address.push_str("&state=");
    address.push_str(text(&state));
    address.push_str("&scope=photos.read");
    address
}

/// 32 bytes as 43 characters.
type Text = [u8; 43];

/// The challenge of a verifier of these bytes, and a state of them.
fn challenge_and_state(random: &[u8; 32]) -> (Text, Text) {
    let (mut challenge, mut verifier) = ([0; 43], [0; 43]);
    let _ = URL_SAFE_NO_PAD.encode_slice(random, &mut verifier);
    let _ = URL_SAFE_NO_PAD.encode_slice(Sha256::digest(verifier), &mut challenge);
    (challenge, verifier)
}

fn text(base64url: &Text) -> &str {
    std::str::from_utf8(base64url).expect("base64url is text")
}

/// What no exchange does without that hands over HTTP messages and outlives them: the request with its body and headers,
/// the answer as the other rows are given it, the JSON read, its texts copied.
fn least(endpoint: &Uri, refresh_token: &str, answer: &Bytes) -> [String; 3] {
    let body = ["grant_type=refresh_token&refresh_token=", refresh_token, "&client_id=", CLIENT_ID].concat();
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.clone();
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    black_box(request);
    let response = response(answer);
    let read: Answer<'_> = serde_json::from_slice(response.body()).expect("an answer");
    [read.access_token, read.refresh_token, read.scope].map(str::to_owned)
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, and no more")]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    refresh_token: &'a str,
    scope: &'a str,
}

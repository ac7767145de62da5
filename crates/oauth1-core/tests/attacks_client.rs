//! Attacks on the application's side.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, Timestamp};
use oauth1_core::{
    client::{
        AnswerError, Blame, Callback, CallbackError, Client, Config, ConfigError, Error, Pending, Provider,
        SignError, TokenCredentials,
    },
    signature::{AuthorizationHeader, Key, Plaintext, Scratch, SignatureMethod as _},
};
use url::Url;

fn moment() -> Moment {
    Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32])
}

fn config(origin: &str) -> Config {
    let url = |path: &str| Url::parse(origin).unwrap().join(path).unwrap();
    let mut provider = Provider::new(url("/i"), url("/a?x=1"), url("/t"));
    provider.realm = Some("R \"q\"".into());
    Config::new("key", "hunter2", provider)
}

fn client() -> Client {
    Client::new(config("https://photos.example.net")).unwrap()
}

fn answered(status: u16, body: &'static str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn temporary(response: Response<Bytes>) -> Result<Pending, Error> {
    match client().temporary_credentials(Callback::OutOfBand).response(response, moment())? {
        Progress::Done(pending) => Ok(pending),
        other => panic!("{other:?}"),
    }
}

fn pending() -> Pending {
    temporary(answered(
        200,
        "oauth_token=tmp&oauth_token_secret=hunter3&oauth_callback_confirmed=true&x=hunter4",
    ))
    .unwrap()
}

fn token() -> TokenCredentials {
    let answer = answered(200, "oauth_token=tok&oauth_token_secret=hunter5&session=hunter6");
    match pending().verifier(&client(), "hunter7").response(answer, moment()).unwrap() {
        Progress::Done(token) => token,
        other => panic!("{other:?}"),
    }
}

fn sent(outgoing: &Outgoing) -> AuthorizationHeader {
    AuthorizationHeader::parse(outgoing.request.headers()["authorization"].as_bytes()).unwrap().unwrap()
}

fn parameter<'h>(header: &'h AuthorizationHeader, name: &str) -> Option<&'h str> {
    header.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

#[test]
fn o10_a_provider_must_confirm_the_callback() {
    for body in [
        "oauth_token=t&oauth_token_secret=s",
        "oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=false",
        "oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=",
        "oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=TRUE",
    ] {
        let error = temporary(answered(200, body)).unwrap_err();
        assert_eq!(error, Error::Answer(AnswerError::CallbackNotConfirmed), "{body}");
        assert_eq!(error.blame(), Blame::Incompatible);
    }
    let twice =
        "oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=true&oauth_callback_confirmed=false";
    assert_eq!(
        temporary(answered(200, twice)),
        Err(Error::Answer(AnswerError::Repeated("oauth_callback_confirmed")))
    );
}

#[test]
fn o10_a_callback_is_always_named() {
    for (callback, written) in [
        (Callback::OutOfBand, "oob"),
        (
            Callback::Uri(Url::parse("https://printer.example.com/ready?a=b c").unwrap()),
            "https://printer.example.com/ready?a=b%20c",
        ),
    ] {
        let outgoing = client().temporary_credentials(callback).request(moment()).unwrap();
        assert_eq!(parameter(&sent(&outgoing), "oauth_callback"), Some(written));
        assert_eq!(sent(&outgoing).realm.as_deref(), Some("R \"q\""));
        assert_eq!(outgoing.request.method(), http::Method::POST);
        assert!(!outgoing.safe_to_repeat);
    }
}

#[test]
fn o21_the_client_sends_plaintext_over_tls_only() {
    let plaintext = |origin, allow_insecure_loopback| {
        let method = Arc::new(Plaintext);
        Client::new(Config { method, allow_insecure_loopback, ..config(origin) }).unwrap()
    };
    let sign =
        |client: &Client, uri: &str| client.sign(&mut Request::get(uri).body("").unwrap(), None, moment());
    let client = plaintext("https://photos.example.net", false);
    assert_eq!(sign(&client, "https://photos.example.net/p"), Ok(()));
    for uri in ["http://photos.example.net/p", "http://127.0.0.1/p", "http://localhost/p"] {
        assert_eq!(sign(&client, uri), Err(SignError::NeedsTls), "{uri}");
    }
    let demo = plaintext("http://127.0.0.1:8080", true);
    assert_eq!(sign(&demo, "http://127.0.0.1:8080/p"), Ok(()));
    assert_eq!(sign(&demo, "http://127.0.0.1.evil.example/p"), Err(SignError::NeedsTls));
    assert_eq!(sign(&demo, "http://127.0.0.1@evil.example/p"), Err(SignError::NeedsTls));
}

#[test]
fn o22_the_client_asks_for_credentials_over_tls_only() {
    let new = |origin: &str, allow_insecure_loopback| {
        Client::new(Config { allow_insecure_loopback, ..config(origin) }).map(drop)
    };
    assert_eq!(new("https://photos.example.net", false), Ok(()));
    assert_eq!(new("http://photos.example.net", false), Err(ConfigError::Insecure));
    assert_eq!(new("http://photos.example.net", true), Err(ConfigError::Insecure));
    assert_eq!(new("http://127.0.0.1:8080", false), Err(ConfigError::Insecure));
    assert_eq!(new("http://[::1]:8080", true), Ok(()));
    // Each of the three counts.
    for weaken in [
        |provider: &mut Provider| provider.temporary.set_scheme("http"),
        |provider: &mut Provider| provider.authorization.set_scheme("http"),
        |provider: &mut Provider| provider.token.set_scheme("http"),
    ] {
        let mut config = config("https://photos.example.net");
        weaken(&mut config.provider).unwrap();
        assert_eq!(Client::new(config).map(drop), Err(ConfigError::Insecure));
    }
}

#[test]
fn o28_a_callback_for_another_token_is_refused_and_uses_nothing_up() {
    let (pending, client) = (pending(), client());
    let callback = |uri: &str| pending.callback(&client, &uri.parse().unwrap());
    for (uri, expected) in [
        ("/cb?oauth_token=evil&oauth_verifier=v", CallbackError::TokenMismatch),
        ("/cb?oauth_token=evil&oauth_problem=permission_denied", CallbackError::TokenMismatch),
        ("/cb?denied=evil", CallbackError::TokenMismatch),
        ("/cb?oauth_verifier=v", CallbackError::Missing("oauth_token")),
        ("/cb?oauth_token=tmp", CallbackError::Missing("oauth_verifier")),
        ("/cb?oauth_token=tmp&oauth_verifier=", CallbackError::Empty("oauth_verifier")),
        ("/cb?oauth_token=tmp&oauth_token=tmp&oauth_verifier=v", CallbackError::Repeated("oauth_token")),
        ("/cb?oauth_token=tmp&oauth_verifier=v&oauth_verifier=w", CallbackError::Repeated("oauth_verifier")),
        (
            "/cb?oauth_token=tmp&oauth%5Fverifier=v&oauth_verifier=w",
            CallbackError::Repeated("oauth_verifier"),
        ),
        ("/cb?oauth_token=tmp&oauth_problem=permission_denied", CallbackError::Denied),
        ("/cb?denied=tmp", CallbackError::Denied),
        ("/cb?oauth_token=tmp&oauth_problem=token_expired", CallbackError::Problem("token_expired".into())),
        ("/cb?oauth_token=tmp&oauth_problem=%0AForged:%20line", CallbackError::Problem(String::new())),
    ] {
        assert_eq!(callback(uri).map(drop), Err(expected), "{uri}");
    }
    let mut exchange = callback("/cb?oauth_token=tmp&oauth_verifier=v+w").unwrap();
    let sent = sent(&exchange.request(moment()).unwrap());
    assert_eq!(parameter(&sent, "oauth_token"), Some("tmp"));
    assert_eq!(parameter(&sent, "oauth_verifier"), Some("v w"));
}

#[test]
fn o28_authorization_url_carries_the_token_and_no_secret() {
    let url = pending().authorization_url(&client());
    assert_eq!(url.as_str(), "https://photos.example.net/a?x=1&oauth_token=tmp");
}

#[test]
fn o32_a_redirect_is_an_error_and_never_followed() {
    for status in [301, 302, 303, 307, 308, 304] {
        let response = Response::builder()
            .status(status)
            .header("location", "https://evil.example/")
            .body(Bytes::from_static(b"oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=true"))
            .unwrap();
        let error = temporary(response).unwrap_err();
        assert_eq!(error, Error::Redirected(StatusCode::from_u16(status).unwrap()));
        assert_eq!(error.blame(), Blame::Peer);
    }
}

#[test]
fn o32_a_signature_is_good_for_one_origin_only() {
    let sign = |uri: &str| {
        let mut request = Request::get(uri).body("").unwrap();
        client().sign(&mut request, Some(&token()), moment()).unwrap();
        let header =
            AuthorizationHeader::parse(request.headers()["authorization"].as_bytes()).unwrap().unwrap();
        parameter(&header, "oauth_signature").unwrap().to_owned()
    };
    let here = sign("https://photos.example.net/p");
    for other in
        ["https://evil.example/p", "http://photos.example.net/p", "https://photos.example.net:8443/p"]
    {
        assert_ne!(sign(other), here, "{other}");
    }
    assert_eq!(sign("https://photos.example.net/p"), here, "the same moment signs the same");
}

#[test]
fn refusals_carry_the_problem_when_it_is_a_word() {
    let told = Response::builder()
        .status(401)
        .header("www-authenticate", "OAuth realm=\"x\", oauth_problem=\"timestamp_refused\"")
        .body(Bytes::new())
        .unwrap();
    let error = temporary(told).unwrap_err();
    assert_eq!(error.to_string(), "the provider refused with 401 Unauthorized: timestamp_refused");
    assert_eq!(error.blame(), Blame::Refusal);
    let error = temporary(answered(401, "oauth_problem=nonce_used&x=1")).unwrap_err();
    assert_eq!(
        error,
        Error::Refused { status: StatusCode::UNAUTHORIZED, problem: Some("nonce_used".into()) }
    );
    let error = temporary(answered(500, "oauth_problem=<b>%0A</b>")).unwrap_err();
    assert_eq!(error, Error::Refused { status: StatusCode::INTERNAL_SERVER_ERROR, problem: None });
    assert_eq!(error.blame(), Blame::Peer);
}

#[test]
fn a_form_is_signed_and_an_unseen_one_is_refused() {
    let request = || {
        Request::post("https://photos.example.net/p")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .header("content-length", "5")
            .body("a=1+2".to_owned())
            .unwrap()
    };
    assert_eq!(client().sign_without_body(&mut request(), None, moment()), Err(SignError::UnseenForm));
    let mut stream = request().map(|_| std::marker::PhantomData::<fn()>);
    stream.headers_mut().insert("content-type", "image/png".parse().unwrap());
    assert_eq!(client().sign_without_body(&mut stream, None, moment()), Ok(()));

    let mut in_form = request();
    client().signer(Some(&token())).sign_in_form(&mut in_form, moment()).unwrap();
    assert!(in_form.body().starts_with("a=1+2&oauth_consumer_key=key&oauth_token=tok&"));
    assert_eq!(in_form.headers()["content-length"], in_form.body().len().to_string());
    assert!(!in_form.headers().contains_key("authorization"));
    let mut json = Request::post("https://h/").body("{}".to_owned()).unwrap();
    assert_eq!(client().signer(None).sign_in_form(&mut json, moment()), Err(SignError::NotAForm));

    let mut in_query = Request::get("https://photos.example.net/p?a=1").body("").unwrap();
    client().signer(None).sign_in_query(&mut in_query, moment()).unwrap();
    assert!(
        in_query.uri().to_string().starts_with("https://photos.example.net/p?a=1&oauth_consumer_key=key&")
    );
}

#[test]
fn timestamp_follows_the_clock_and_its_offset() {
    for (clock_offset, written) in
        [(0, "1800000000"), (-60, "1799999940"), (90, "1800000090"), (i64::MIN, "0")]
    {
        let client = Client::new(Config { clock_offset, ..config("https://photos.example.net") }).unwrap();
        let outgoing = client.temporary_credentials(Callback::OutOfBand).request(moment()).unwrap();
        assert_eq!(parameter(&sent(&outgoing), "oauth_timestamp"), Some(written));
    }
}

#[test]
fn nonces_of_two_moments_differ() {
    let mut signer = client().signer(None);
    let mut nonce = |seed| {
        let mut request = Request::get("https://photos.example.net/p").body("").unwrap();
        signer.sign(&mut request, Moment::new(Timestamp::from_unix(1), [seed; 32])).unwrap();
        let header =
            AuthorizationHeader::parse(request.headers()["authorization"].as_bytes()).unwrap().unwrap();
        parameter(&header, "oauth_nonce").unwrap().to_owned()
    };
    let (a, b) = (nonce(1), nonce(2));
    assert!(a != b && a.len() == 22);
    assert_eq!(nonce(1), a);
}

#[test]
fn no_secret_is_printed() {
    let (client, pending, token) = (client(), pending(), token());
    let mut request = Request::get("https://photos.example.net/p?q=hunter8").body("").unwrap();
    client.sign(&mut request, Some(&token), moment()).unwrap();
    let header = AuthorizationHeader::parse(request.headers()["authorization"].as_bytes()).unwrap().unwrap();
    let signature = parameter(&header, "oauth_signature").unwrap();
    let printed = [
        format!("{client:?} {pending:?} {token:?}"),
        format!("{:?}", client.temporary_credentials(Callback::OutOfBand)),
        format!("{:?}", pending.verifier(&client, "hunter7")),
        format!("{:?} {:?}", client.signer(Some(&token)), Scratch::default()),
        format!("{:?} {header:?}", request.headers()),
        format!("{:?}", client.config().method.prepare(&Key::shared(&Secret::new("hunter2"), None)).unwrap()),
        format!("{:?}", Plaintext.prepare(&Key::shared(&Secret::new("hunter2"), None)).unwrap()),
    ]
    .join("\n");
    assert!(!printed.contains("hunter") && !printed.contains(signature), "{printed}");
    // What is kept is kept readable, because it is asked for.
    assert!(serde_json::to_string(&pending).unwrap().contains("hunter3"));
    let kept: TokenCredentials = serde_json::from_str(&serde_json::to_string(&token).unwrap()).unwrap();
    assert!(kept == token);
}

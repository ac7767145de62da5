//! A client that bends to its provider: places, methods, parameters, formats, and OAuth 1.0 without the a.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use oauth_sansio::{Exchange, Moment, Progress, Secret, Timestamp, form::FormError};
use oauth1_core::{
    client::{
        AnswerError, Blame, Callback, CallbackError, Client, Config, ConfigError, CredentialMethod, Error,
        Pending, Placement, Provider, SignError, TokenCredentials,
    },
    server::{self, Callbacks, Reason},
    signature::{HmacSha1, Key, Limits, Origin, Received},
};
use support::{
    CALLBACK, ORIGIN, PHOTOS, World,
    app::{App, callback, run},
    printer,
};
use url::Url;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn moment() -> Moment {
    Moment::new(NOW, [7; 32])
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let url = |path: &str| Url::parse(ORIGIN).unwrap().join(path).unwrap();
    let mut config =
        Config::new("printer", "hunter2", Provider::new(url("/i?a=1"), url("/a?x=1"), url("/t")));
    change(&mut config);
    config
}

fn client(change: impl FnOnce(&mut Config)) -> Client {
    Client::new(config(change)).unwrap()
}

fn sent<E: Exchange>(exchange: &mut E) -> Request<Bytes> {
    exchange.request(moment()).unwrap_or_else(|_| panic!("no request")).request
}

fn answered(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn done<E: Exchange>(exchange: E, body: &str) -> Result<E::Done, E::Error> {
    match exchange.response(answered(200, body.to_owned()), moment())? {
        Progress::Done(done) => Ok(done),
        _ => panic!("more than one round trip"),
    }
}

/// What a provider reads of a request that is signed as it should be.
fn received(request: &Request<Bytes>, token_secret: Option<&str>) -> Received {
    let origin = Origin::new(&Url::parse(ORIGIN).unwrap()).unwrap();
    let received = Received::read(request, &origin, &Limits::default()).unwrap().expect("it is signed");
    let key = Key::shared(&Secret::new("hunter2"), token_secret.map(Secret::new).as_ref());
    assert!(received.is_signed_with(&HmacSha1, &key), "{}", received.base_string());
    received
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

#[test]
fn parameters_travel_in_header_query_or_form_through_the_whole_dance() {
    for placement in [Placement::Header, Placement::Query, Placement::Form] {
        let mut world = World::new();
        let app = App::with(&world, |config| config.provider.placement = placement);
        let token = app.connect(&mut world);
        let mut request = Request::post(PHOTOS)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from_static(b"size=small"))
            .unwrap();
        app.0.signer(Some(&token)).sign_in(placement, &mut request, world.moment()).unwrap();
        assert_eq!(request.headers().contains_key("authorization"), placement == Placement::Header);
        assert!(world.fetch(&request).is_ok(), "{placement:?}");
    }
}

#[test]
fn a_provider_may_want_get_and_then_all_is_in_header_or_query() {
    for placement in [Placement::Header, Placement::Query] {
        let client = client(|config| {
            (config.provider.method, config.provider.placement) = (CredentialMethod::Get, placement);
            config.provider.extra.temporary = pairs(&[("scope", "read write")]);
        });
        let request = sent(&mut client.temporary_credentials(Callback::OutOfBand));
        assert_eq!((request.method(), request.body().len()), (&Method::GET, 0));
        assert!(!request.headers().contains_key("content-type"));
        assert!(request.uri().query().unwrap().starts_with("a=1&scope=read+write"));
        assert_eq!(received(&request, None).callback(), Some("oob"));
    }
    let refused = Client::new(config(|config| {
        (config.provider.method, config.provider.placement) = (CredentialMethod::Get, Placement::Form);
    }));
    assert_eq!(refused.map(drop), Err(ConfigError::FormInGet));
}

#[test]
fn a_providers_own_parameters_are_signed_wherever_they_travel() {
    for (placement, extra_in_query) in [
        (Placement::Header, false),
        (Placement::Header, true),
        (Placement::Query, false),
        (Placement::Query, true),
        (Placement::Form, false),
        (Placement::Form, true),
    ] {
        let client = client(|config| {
            config.provider.placement = placement;
            config.provider.extra_in_query = extra_in_query;
            config.provider.extra.temporary = pairs(&[("scope", "a b")]);
        });
        let mut exchange = client.temporary_credentials(callback()).with("lang", "ü&");
        let request = sent(&mut exchange);
        let written = "scope=a+b&lang=%C3%BC%26";
        let query = request.uri().query().unwrap();
        let body = std::str::from_utf8(request.body()).unwrap();
        assert_eq!((query.contains(written), body.contains(written)), (extra_in_query, !extra_in_query));
        assert_eq!(received(&request, None).callback(), Some(CALLBACK));
        // Signed: without them the signature is another one.
        let mut stripped: Request<Bytes> =
            request.map(|body| String::from_utf8(body.into()).unwrap().replace(written, "").into());
        *stripped.uri_mut() = stripped.uri().to_string().replace(written, "").parse().unwrap();
        let origin = Origin::new(&Url::parse(ORIGIN).unwrap()).unwrap();
        let stripped = Received::read(&stripped, &origin, &Limits::default()).unwrap().unwrap();
        assert!(!stripped.is_signed_with(&HmacSha1, &Key::shared(&Secret::new("hunter2"), None)));
    }
}

#[test]
fn the_authorization_address_and_the_token_request_take_parameters_of_the_provider_and_of_the_call() {
    let client = client(|config| {
        config.provider.extra.authorization = pairs(&[("expiration", "never")]);
        config.provider.extra.token = pairs(&[("x_auth_mode", "client")]);
    });
    let pending = begin(&client);
    let url = pending.authorization_url_with(&client, &[("name", "My printer")]);
    assert_eq!(url.query(), Some("x=1&oauth_token=tmp&expiration=never&name=My+printer"));
    let request = sent(&mut pending.verifier(&client, "v").with("more", "1"));
    assert_eq!(request.body(), "x_auth_mode=client&more=1");
    assert_eq!(received(&request, Some("s")).verifier(), Some("v"));
}

#[test]
fn names_of_the_protocol_are_no_extra_parameters() {
    for extra in [
        |provider: &mut Provider| provider.extra.temporary = pairs(&[("oauth_callback", "x")]),
        |provider: &mut Provider| provider.extra.authorization = pairs(&[("oauth_token", "x")]),
        |provider: &mut Provider| provider.extra.token = pairs(&[("oauth_body_hash", "x")]),
    ] {
        let refused = Client::new(config(|config| extra(&mut config.provider)));
        assert_eq!(refused.map(drop), Err(ConfigError::ProtocolParameter));
    }
    let client = client(|_| {});
    let mut exchange = client.temporary_credentials(Callback::OutOfBand).with("oauth_verifier", "x");
    assert_eq!(exchange.request(moment()).map(drop), Err(Error::Sign(SignError::ProtocolParameter)));
}

#[test]
fn o14_what_is_signed_already_is_not_signed_again() {
    let client = client(|_| {});
    let mut signer = client.signer(None);
    let post = |uri: &str, body: &'static str| {
        let request = Request::post(uri).header("content-type", "application/x-www-form-urlencoded");
        request.body(body.to_owned()).unwrap()
    };
    for (uri, body) in [
        ("https://h/?oauth_token=x", ""),
        ("https://h/?a=1&oauth_x", ""),
        ("https://h/?%6fauth_token=x", ""),
        ("https://h/", "a=1&oauth_signature=x"),
        ("https://h/", "oaut%68_nonce=x"),
    ] {
        for placement in [Placement::Header, Placement::Query, Placement::Form] {
            let signed = signer.sign_in(placement, &mut post(uri, body), moment());
            assert_eq!(signed, Err(SignError::ProtocolParameter), "{uri} {body}");
        }
    }
    // Twice in a row, in each place.
    let mut in_query = post("https://h/?a=oauth_token", "b=1");
    signer.sign_in_query(&mut in_query, moment()).unwrap();
    assert_eq!(signer.sign(&mut in_query, moment()), Err(SignError::ProtocolParameter));
    let mut in_header = post("https://h/", "oauth=1&OAUTH_TOKEN=2");
    signer.sign(&mut in_header, moment()).unwrap();
    assert_eq!(signer.sign_in_query(&mut in_header, moment()), Err(SignError::SignedInHeader));
    assert_eq!(signer.sign_in_form(&mut in_header, moment()), Err(SignError::SignedInHeader));
    // A new signature in the place of the old one, and other people's headers, are no harm.
    assert_eq!(signer.sign(&mut in_header, moment()), Ok(()));
    in_header.headers_mut().insert("authorization", "Basic eDp5".parse().unwrap());
    assert_eq!(signer.sign_in_form(&mut in_header, moment()), Ok(()));
}

#[test]
fn version_and_an_empty_token_are_sent_as_the_provider_wants() {
    let header = |change: fn(&mut Provider)| {
        let client = client(|config| change(&mut config.provider));
        let request = sent(&mut client.temporary_credentials(Callback::OutOfBand));
        received(&request, None);
        request.headers()["authorization"].to_str().unwrap().to_owned()
    };
    let usual = header(|_| {});
    assert!(usual.contains("oauth_version=\"1.0\"") && !usual.contains("oauth_token"));
    assert!(!header(|provider| provider.send_version = false).contains("oauth_version"));
    assert!(header(|provider| provider.send_empty_token = true).contains("oauth_token=\"\""));
}

#[test]
fn a_provider_is_plain_data() {
    let minimal = serde_json::json!({
        "temporary": "https://photos.example.net/i?a=1",
        "authorization": "https://photos.example.net/a?x=1",
        "token": "https://photos.example.net/t",
    });
    let read: Provider = serde_json::from_value(minimal).unwrap();
    assert_eq!(read, config(|_| {}).provider);
    let full = config(|config| {
        let provider = &mut config.provider;
        provider.placement = Placement::Query;
        provider.method = CredentialMethod::Get;
        provider.extra.token = pairs(&[("a", "b")]);
        provider.revocation = Some(provider.token.clone());
        (provider.send_version, provider.send_empty_token, provider.extra_in_query) = (false, true, true);
    });
    let kept = serde_json::to_string(&full.provider).unwrap();
    assert_eq!(serde_json::from_str::<Provider>(&kept).unwrap(), full.provider);
}

fn begin(client: &Client) -> Pending {
    let body = "oauth_token=tmp&oauth_token_secret=s&oauth_callback_confirmed=true";
    done(client.temporary_credentials(callback()), body).unwrap()
}

fn exchanged(body: &str) -> Result<TokenCredentials, Error> {
    let client = client(|_| {});
    done(begin(&client).verifier(&client, "v"), body)
}

#[test]
fn an_answer_may_be_a_json_object() {
    let client = client(|_| {});
    let body = r#" {"oauth_token":"tmp","oauth_token_secret":"s","oauth_callback_confirmed":true,"a":null}"#;
    let pending = done(client.temporary_credentials(Callback::OutOfBand), body).unwrap();
    assert_eq!((pending.token(), pending.extra()), ("tmp", &[][..]));

    let token = exchanged(
        r#"{"oauth_token":"t\u0061","oauth_token_secret":"","user_id":17,"premium":false,"name":"J ö","oauth_expires_in":60}"#,
    )
    .unwrap();
    assert_eq!((token.token.as_str(), token.secret.expose()), ("ta", ""));
    assert_eq!(token.extra, pairs(&[("user_id", "17"), ("premium", "false"), ("name", "J ö")]));
    assert_eq!(token.expires, Some(NOW.plus(Duration::from_secs(60))));
}

#[test]
fn a_json_answer_is_held_to_the_same_rules() {
    for (body, wrong) in [
        (r#"{"oauth_token":"t"}"#, AnswerError::Missing("oauth_token_secret")),
        (r#"{"oauth_token":null,"oauth_token_secret":"s"}"#, AnswerError::Missing("oauth_token")),
        (r#"{"oauth_token":"","oauth_token_secret":"s"}"#, AnswerError::Empty("oauth_token")),
        (
            r#"{"oauth_token":"t","oauth\u005ftoken":"t","oauth_token_secret":"s"}"#,
            AnswerError::Repeated("oauth_token"),
        ),
        (r#"{"oauth_token":"t","oauth_token_secret":"s""#, AnswerError::Json),
        (r#"{"oauth_token":"t","oauth_token_secret":"s"} x"#, AnswerError::Json),
        ("{}", AnswerError::Missing("oauth_token")),
        ("[]", AnswerError::Missing("oauth_token")),
    ] {
        assert_eq!(exchanged(body).map(drop), Err(Error::Answer(wrong)), "{body}");
    }
    let deep = format!("{{\"a\":{}", "[".repeat(10_000));
    assert_eq!(exchanged(&deep).map(drop), Err(Error::Answer(AnswerError::Json)));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(65_536));
    assert_eq!(exchanged(&long).map(drop), Err(Error::Answer(AnswerError::Form(FormError::TooLong))));
}

#[test]
fn a_problem_is_heard_in_form_and_in_json() {
    for (body, problem) in [
        ("oauth_problem=nonce_used", Some("nonce_used")),
        (r#"{"oauth_problem":"nonce_used"}"#, Some("nonce_used")),
        (r#"{"oauth_problem":"<b>"}"#, None),
        (r#"{"oauth_problem":"#, None),
    ] {
        let exchange = client(|_| {}).temporary_credentials(Callback::OutOfBand);
        let refused = exchange.response(answered(401, body), moment()).unwrap_err();
        let problem = problem.map(str::to_owned);
        assert_eq!(refused, Error::Refused { status: StatusCode::UNAUTHORIZED, problem }, "{body}");
    }
}

#[test]
fn o07_a_provider_without_the_a_is_refused_unless_the_caller_insists() {
    let unconfirmed = "oauth_token=tmp&oauth_token_secret=s";
    let careful = client(|_| {});
    let refused = done(careful.temporary_credentials(callback()), unconfirmed);
    assert_eq!(refused.map(drop), Err(Error::Answer(AnswerError::CallbackNotConfirmed)));

    let insisting = client(|config| config.dangerously_accept_oauth_1_0 = true);
    let pending = done(insisting.temporary_credentials(callback()), unconfirmed).unwrap();
    // The callback goes where 1.0 had it.
    let url = pending.authorization_url(&insisting);
    assert!(url.query_pairs().any(|(name, value)| (&*name, &*value) == ("oauth_callback", CALLBACK)));
    let mut exchange = pending.callback(&insisting, &"/ready?oauth_token=tmp".parse().unwrap()).unwrap();
    let request = sent(&mut exchange);
    assert_eq!(received(&request, Some("s")).verifier(), None);
    // What lies in a session does not overrule the configuration.
    assert_eq!(
        pending.callback(&careful, &"/ready?oauth_token=tmp".parse().unwrap()).map(drop),
        Err(CallbackError::Missing("oauth_verifier"))
    );
    // A forged callback is still seen.
    assert_eq!(
        pending.callback(&insisting, &"/ready?oauth_token=evil".parse().unwrap()).map(drop),
        Err(CallbackError::TokenMismatch)
    );
    let pending = done(insisting.temporary_credentials(Callback::OutOfBand), unconfirmed).unwrap();
    assert!(!pending.authorization_url(&insisting).as_str().contains("oauth_callback"));
    assert!(pending.without_verifier(&insisting).is_ok());
}

#[test]
fn o07_a_provider_with_the_a_is_held_to_it_by_all() {
    let insisting = client(|config| config.dangerously_accept_oauth_1_0 = true);
    let pending = begin(&insisting);
    assert!(!pending.authorization_url(&insisting).as_str().contains("oauth_callback"));
    let callback = pending.callback(&insisting, &"/ready?oauth_token=tmp".parse().unwrap());
    assert_eq!(callback.map(drop), Err(CallbackError::Missing("oauth_verifier")));
    assert_eq!(pending.without_verifier(&insisting).map(drop), Err(CallbackError::Missing("oauth_verifier")));
    let kept: Pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    assert!(kept.without_verifier(&insisting).is_err());
}

#[test]
fn an_established_callback_is_not_sent_and_still_called() {
    let mut world = World::new();
    let callbacks = Callbacks::Established(CALLBACK.into());
    world.store.register(server::Client { callbacks, ..printer() });
    let app = App::new(&world);
    let pending = app.begin(&mut world, Callback::Established);
    let exchange = app.come_back(&mut world, &pending).unwrap();
    assert!(run(&mut world, exchange).is_ok());
}

fn sessions() -> (World, App) {
    let world = World::with(
        |config| {
            config.lifetimes.token = Some(Duration::from_secs(3600));
            config.lifetimes.authorization = Some(Duration::from_secs(86_400));
            config.paths.revoke = Some("/oauth1/revoke".into());
        },
        |_| {},
    );
    let app = App::with(&world, |config| {
        config.provider.revocation = Some(Url::parse(&format!("{ORIGIN}/oauth1/revoke")).unwrap());
    });
    (world, app)
}

#[test]
fn token_credentials_say_when_they_end_and_are_renewed_after_it() {
    let (mut world, app) = sessions();
    let (begun, first) = (world.now, app.connect(&mut world));
    assert_eq!(first.expires, Some(begun.plus(Duration::from_secs(3600))));
    assert_eq!(first.authorization_expires, Some(begun.plus(Duration::from_secs(86_400))));
    assert_eq!(first.extra, []);
    world.pass(Duration::from_secs(3600));
    assert_eq!(app.photo(&mut world, &first), Err(Reason::Expired));
    let kept: TokenCredentials = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    let second = run(&mut world, app.0.renew(&kept)).unwrap();
    assert_eq!(second.authorization_expires, first.authorization_expires);
    assert!(second.session_handle != first.session_handle && second.token != first.token);
    assert!(app.photo(&mut world, &second).is_ok());
    // Renewed once.
    assert_eq!(run(&mut world, app.0.renew(&first)).map(drop), Err(StatusCode::UNAUTHORIZED));
}

#[test]
fn what_a_renewal_does_not_say_stays_as_it_was() {
    let client = client(|config| config.provider.renewal = Some(Url::parse("https://r.example/x").unwrap()));
    let mut token = TokenCredentials::new("t", "s");
    assert_eq!(client.renew(&token).request(moment()).map(drop), Err(Error::NotRenewable));
    assert_eq!(Error::NotRenewable.blame(), Blame::Caller);
    (token.session_handle, token.authorization_expires) = (Some("hunter3".into()), Some(NOW));
    let mut exchange = client.renew(&token);
    assert!(!format!("{exchange:?}").contains("hunter"));
    let request = sent(&mut exchange);
    assert_eq!(request.uri(), "https://r.example/x");
    assert!(
        request.headers()["authorization"].to_str().unwrap().contains("oauth_session_handle=\"hunter3\"")
    );
    let renewed = done(exchange, "oauth_token=t2&oauth_token_secret=s2&oauth_expires_in=1").unwrap();
    assert_eq!(renewed.session_handle, token.session_handle);
    assert_eq!(renewed.authorization_expires, Some(NOW));
    assert_eq!(renewed.expires, Some(NOW.plus(Duration::from_secs(1))));
}

#[test]
fn an_end_is_a_number_of_seconds_or_an_error() {
    for seconds in ["", "-1", "+1", "1.5", "soon", "18446744073709551616"] {
        let body = format!("oauth_token=t&oauth_token_secret=s&oauth_expires_in={seconds}");
        let error = exchanged(&body.replace('+', "%2B")).map(drop);
        assert_eq!(error, Err(Error::Answer(AnswerError::Seconds("oauth_expires_in"))), "{seconds}");
    }
    let end = "oauth_token=t&oauth_token_secret=s&oauth_authorization_expires_in=18446744073709551615";
    assert_eq!(exchanged(end).unwrap().authorization_expires, Some(Timestamp::from_unix(u64::MAX)));
    let twice = "oauth_token=t&oauth_token_secret=s&oauth_session_handle=a&oauth_session_handle=a";
    assert_eq!(exchanged(twice).map(drop), Err(Error::Answer(AnswerError::Repeated("oauth_session_handle"))));
}

#[test]
fn token_credentials_are_given_back() {
    let (mut world, app) = sessions();
    let token = app.connect(&mut world);
    run(&mut world, app.0.revoke(&token)).unwrap();
    assert_eq!(app.photo(&mut world, &token), Err(Reason::Revoked));
    let elsewhere = client(|_| {});
    assert_eq!(elsewhere.revoke(&token).request(moment()).map(drop), Err(Error::NotRevocable));
}

#[test]
fn credentials_without_a_person_take_two_requests_and_no_verifier() {
    let client = client(|_| {});
    let mut exchange = client.credentials_without_a_person().with("x_auth_mode", "own");
    assert_eq!(received(&sent(&mut exchange), None).callback(), Some("oob"));
    // Nobody is sent anywhere, so nothing has to be confirmed.
    let answer = answered(200, "oauth_token=tmp&oauth_token_secret=s");
    let Ok(Progress::Again(mut exchange)) = exchange.response(answer, moment()) else { panic!() };
    let request = sent(&mut exchange);
    let second = received(&request, Some("s"));
    assert_eq!((second.token(), second.verifier(), second.callback()), (Some("tmp"), None, None));
    assert_eq!(request.body(), "x_auth_mode=own");
    assert_eq!(done(exchange, "oauth_token=t&oauth_token_secret=s2").unwrap().token, "t");
}

#[test]
fn our_own_provider_gives_nothing_out_without_a_person() {
    let mut world = World::new();
    let app = App::new(&world);
    let refused = run(&mut world, app.0.credentials_without_a_person()).map(drop);
    assert_eq!(refused, Err(StatusCode::BAD_REQUEST));
    assert!(world.store.tokens.is_empty());
}

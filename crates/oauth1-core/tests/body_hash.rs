//! `oauth_body_hash`: a body that is no form is covered by the signature.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header::CONTENT_TYPE};
use oauth_sansio::Moment;
use oauth1_core::{
    client::{self, BodyHashing, Client, Config, SignError, TokenCredentials},
    server::Reason,
    signature::{HmacSha1, HmacSha256, HmacSha512, ReadError, SignatureMethod},
};
use support::{World, server_paths};

const NOTE: &str = "https://photos.example.net/notes";

fn application(world: &World, body_hash: BodyHashing, method: impl SignatureMethod + 'static) -> Client {
    let (paths, url) = (server_paths(), |path| world.url(path).parse().unwrap());
    let provider = client::Provider::new(url(paths.temporary), url(paths.authorize), url(paths.token));
    let config = Config::new("printer", "printer secret", provider);
    Client::new(Config { body_hash, method: Arc::new(method), ..config }).unwrap()
}

fn token(world: &mut World) -> TokenCredentials {
    let token = world.token();
    let json = serde_json::json!({ "token": token.token, "secret": token.secret.expose() });
    serde_json::from_value(json).unwrap()
}

fn note(method: Method, kind: &str, body: &'static str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(NOTE).header(CONTENT_TYPE, kind);
    request.body(Bytes::from(body)).unwrap()
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn fetch(world: &mut World, request: &Request<Bytes>) -> Result<(), (Reason, StatusCode)> {
    let fetched = world.fetch(request);
    fetched.map(drop).map_err(|reply| (reply.reason.unwrap(), reply.response.status()))
}

#[test]
fn o20_a_changed_body_is_refused_and_the_nonce_is_not_spent() {
    let mut world = World::new();
    let token = token(&mut world);
    let methods: [(Arc<dyn SignatureMethod>, BodyHashing); 4] = [
        (Arc::new(HmacSha1), BodyHashing::OfMethod),
        (Arc::new(HmacSha256), BodyHashing::OfMethod),
        (Arc::new(HmacSha512), BodyHashing::OfMethod),
        (Arc::new(HmacSha256), BodyHashing::Sha1),
    ];
    for (number, (method, body_hash)) in methods.into_iter().enumerate() {
        let config = application(&world, body_hash, HmacSha1).config().clone();
        let app = Client::new(Config { method, ..config }).unwrap();
        let mut request = note(Method::PUT, JSON, r#"{"amount":1}"#);
        let moment = Moment::new(world.now, [u8::try_from(number).unwrap(); 32]);
        app.sign(&mut request, Some(&token), moment).unwrap();

        let mut changed = request.clone();
        *changed.body_mut() = Bytes::from(r#"{"amount":9}"#);
        assert_eq!(
            fetch(&mut world, &changed),
            Err((Reason::BodyHash, StatusCode::UNAUTHORIZED)),
            "{number}"
        );
        *changed.body_mut() = Bytes::new();
        assert_eq!(fetch(&mut world, &changed), Err((Reason::BodyHash, StatusCode::UNAUTHORIZED)));
        assert_eq!(fetch(&mut world, &request), Ok(()), "{number}");
    }
}

#[test]
fn o20_a_hash_that_was_taken_out_or_exchanged_breaks_the_signature() {
    let mut world = World::new();
    let token = token(&mut world);
    let app = application(&world, BodyHashing::OfMethod, HmacSha1);
    let mut request = note(Method::POST, JSON, "1");
    app.sign(&mut request, Some(&token), world.moment()).unwrap();
    let header = request.headers()["authorization"].to_str().unwrap().to_owned();
    let (before, after) = header.split_once("oauth_body_hash=\"").unwrap();
    let (hash, after) = after.split_once("\", ").unwrap();
    *request.body_mut() = Bytes::from("2");
    for forged in [
        format!("{before}{after}"),
        header.replace(hash, &oauth_sansio::percent::encode(&HmacSha1.body_hash().of(b"2"))),
    ] {
        request.headers_mut().insert("authorization", forged.parse().unwrap());
        assert_eq!(fetch(&mut world, &request), Err((Reason::Signature, StatusCode::UNAUTHORIZED)));
    }
}

#[test]
fn o20_where_it_is_required_no_body_goes_uncovered() {
    let mut world = World::with(|_| {}, |resource| resource.body_hash_required = true);
    let token = token(&mut world);
    let missing = Reason::Read(ReadError::Missing("oauth_body_hash"));
    let never = application(&world, BodyHashing::Never, HmacSha1);
    let mut send = |app: &Client, mut request: Request<Bytes>| {
        app.sign(&mut request, Some(&token), world.moment()).unwrap();
        fetch(&mut world, &request)
    };
    assert_eq!(send(&never, note(Method::POST, JSON, "{}")), Err((missing, StatusCode::BAD_REQUEST)));
    // A DELETE may have a body as well as any other.
    assert_eq!(send(&never, note(Method::DELETE, "", "x")), Err((missing, StatusCode::BAD_REQUEST)));
    assert_eq!(send(&never, note(Method::GET, "", "")), Ok(()));
    assert_eq!(send(&never, note(Method::POST, FORM, "a=b")), Ok(()));
    let always = application(&World::new(), BodyHashing::OfMethod, HmacSha1);
    for request in
        [note(Method::POST, JSON, "{}"), note(Method::GET, "", ""), note(Method::POST, FORM, "a=b")]
    {
        assert_eq!(send(&always, request), Ok(()));
    }
}

#[test]
fn a_form_may_not_come_with_a_hash() {
    let mut world = World::new();
    let token = world.token();
    let hash = HmacSha1.body_hash().of(b"a=b");
    let request = world.printer().token(&token).form("a=b").with("oauth_body_hash", &hash).post(NOTE);
    let refused = fetch(&mut world, &request);
    assert_eq!(refused, Err((Reason::Unexpected("oauth_body_hash"), StatusCode::BAD_REQUEST)));
}

#[test]
fn a_body_that_is_not_at_hand_cannot_be_covered() {
    let mut world = World::new();
    let token = token(&mut world);
    let app = application(&world, BodyHashing::Sha1, HmacSha1);
    let mut stream = Request::put(NOTE).body(std::io::empty()).unwrap();
    let refused = app.sign_without_body(&mut stream, Some(&token), world.moment());
    assert_eq!(refused, Err(SignError::UnseenBody));
    assert!(!stream.headers().contains_key("authorization"));
}

#[test]
fn the_body_is_wanted_only_where_it_matters() {
    let mut world = World::new();
    let token = token(&mut world);
    let app = |hashing| application(&World::new(), hashing, HmacSha1);
    let mut wants = |hashing, kind| {
        let mut request = note(Method::PUT, kind, "");
        app(hashing).sign(&mut request, Some(&token), world.moment()).unwrap();
        world.verifier.wants_body(&request)
    };
    assert!(!wants(BodyHashing::Never, JSON));
    assert!(wants(BodyHashing::Never, FORM) && wants(BodyHashing::OfMethod, JSON));
    let mut in_query = note(Method::PUT, JSON, "");
    app(BodyHashing::Sha1).signer(Some(&token)).sign_in_query(&mut in_query, world.moment()).unwrap();
    assert!(world.verifier.wants_body(&in_query));
    assert_eq!(fetch(&mut world, &in_query), Ok(()));
    let required = World::with(|_| {}, |resource| resource.body_hash_required = true);
    assert!(required.verifier.wants_body(&note(Method::GET, JSON, "")));
}

#[test]
fn credential_requests_carry_no_hash() {
    use oauth_sansio::Exchange as _;
    let mut world = World::new();
    let app = application(&world, BodyHashing::OfMethod, HmacSha1);
    let mut exchange = app.temporary_credentials(client::Callback::OutOfBand);
    let request = exchange.request(world.moment()).unwrap().request;
    assert!(!request.headers()["authorization"].to_str().unwrap().contains("oauth_body_hash"));
}

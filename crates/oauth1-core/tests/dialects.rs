//! A client that bends to its provider: places, methods, parameters.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Exchange as _, Secret};
use oauth1_core::{
    client::{Callback, Client, ConfigError, CredentialMethod, Error, Placement, Provider, SignError},
    signature::{HmacSha1, Key, Limits, Origin, Received},
};
use support::{
    CALLBACK, ORIGIN, PHOTOS, World,
    app::{App, callback},
    client::{begin, client, config, moment, pairs, received, sent},
};
use url::Url;

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

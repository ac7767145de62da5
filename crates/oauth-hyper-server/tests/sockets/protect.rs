//! The layer in front of an API.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use oauth_hyper_server::{Grant, Protect};
use oauth_sansio::form;
use oauth1_core::client::{BodyHashing, Client, Config};
use oauth2_core::resource;
use serde_json::{Value, json};
use tower_layer::Layer as _;
use tower_service::Service as _;

use crate::common::{CLIENT_ID, Photos, Raw, SCOPE, Stage, form_post};

pub(crate) fn told(response: &Response<Bytes>) -> Value {
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

fn challenges(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(header::WWW_AUTHENTICATE).iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn without_credentials_both_ways_are_told_and_no_error() {
    let stage = Stage::new().await;
    let origin = stage.api.as_str().trim_end_matches('/');
    let both = [r#"Bearer realm="photos", scope="photos""#.to_owned(), format!(r#"OAuth realm="{origin}""#)];
    let form = form_post(&stage.photo_url(), &[("album", "summer")]);
    let mut foreign = stage.photo();
    foreign.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
    for request in [stage.photo(), form, foreign] {
        let response = stage.line.send(request).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(challenges(response.headers()), both);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn s13_the_api_gets_a_grant_and_no_credentials() {
    let stage = Stage::new().await;
    let (token, tokens) = (stage.token1().await, stage.tokens2().await);
    for (request, protocol) in
        [(stage.signed_photo(&token), "OAuth1"), (stage.bearer_photo(&tokens), "OAuth2")]
    {
        assert_eq!(
            told(&stage.line.send(request).await),
            json!({
                "method": "GET",
                "target": "/photos?file=vacation.jpg&size=original",
                "authorization": false,
                "protocol": protocol,
                "client_id": CLIENT_ID,
                "subject": "ann",
                "scopes": [SCOPE],
                "body": "",
            })
        );
    }
}

#[tokio::test]
async fn a_signature_may_travel_in_header_query_or_form_and_the_api_gets_the_body() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let client = stage.client1();
    let mut signer = client.signer(Some(&token));

    let mut in_query = stage.photo();
    signer.sign_in_query(&mut in_query, stage.moment()).unwrap();
    let seen = told(&stage.line.send(in_query).await);
    assert_eq!((&seen["protocol"], &seen["body"]), (&json!("OAuth1"), &json!("")));

    let album = || form_post(&stage.photo_url(), &[("album", "summer & sun")]);
    let mut in_header = album();
    signer.sign(&mut in_header, stage.moment()).unwrap();
    let seen = told(&stage.line.send(in_header).await);
    assert_eq!(seen["body"], "album=summer+%26+sun");

    let mut in_form = album();
    signer.sign_in_form(&mut in_form, stage.moment()).unwrap();
    let sent = str::from_utf8(in_form.body()).unwrap().to_owned();
    let seen = told(&stage.line.send(in_form).await);
    assert_eq!(
        (&seen["protocol"], &seen["subject"], &seen["body"]),
        (&json!("OAuth1"), &json!("ann"), &json!(sent))
    );

    // And a form that was changed on its way is refused.
    let mut changed = album();
    signer.sign(&mut changed, stage.moment()).unwrap();
    *changed.body_mut() = Bytes::from(form::encode([("album", "winter")]));
    assert_eq!(stage.line.send(changed).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn o20_a_body_whose_hash_is_signed_reaches_the_api_whole_or_not_at_all() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let config = stage.client1().config().clone();
    let client = Client::new(Config { body_hash: BodyHashing::OfMethod, ..config }).unwrap();
    let mut note = Request::post(stage.photo_url().as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(r#"{"amount":1}"#))
        .unwrap();
    client.sign(&mut note, Some(&token), stage.moment()).unwrap();
    let mut changed = note.clone();
    *changed.body_mut() = Bytes::from(r#"{"amount":9}"#);
    assert_eq!(stage.line.send(changed).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(told(&stage.line.send(note).await)["body"], r#"{"amount":1}"#);
}

#[tokio::test]
async fn a_form_with_a_bearer_token_reaches_the_api_whole() {
    let stage = Stage::new().await;
    let tokens = stage.tokens2().await;
    let mut album = form_post(&stage.photo_url(), &[("album", "summer")]);
    tokens.authorize(&mut album).unwrap();
    let seen = told(&stage.line.send(album).await);
    assert_eq!((&seen["protocol"], &seen["body"]), (&json!("OAuth2"), &json!("album=summer")));
}

#[tokio::test]
async fn s13_a_token_in_a_form_is_found_where_the_settings_say_so_and_the_rest_of_the_form_passes() {
    let stage = Stage::new().await;
    let tokens = stage.tokens2().await;
    let form = || {
        let fields = [("album", "summer"), ("access_token", tokens.access_token.expose())];
        form_post(&stage.photo_url(), &fields).map(Full::new)
    };
    let protect = |form_body| {
        let config = resource::Config { form_body, ..resource::Config::default() };
        let verifier = resource::Verifier::new(config).unwrap();
        Protect::new(stage.store.clone()).clock(stage.clock.clone()).oauth2(verifier)
    };
    let (request, _) = protect(true).admit(form()).await.unwrap();
    assert_eq!(request.extensions().get::<Grant>().unwrap().subject(), Some("ann"));
    let body = request.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "album=summer");
    let refused = protect(false).admit(form()).await.map(drop).unwrap_err();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_in_the_query_is_found_where_that_is_insisted_on_and_not_handed_on() {
    let stage = Stage::new().await;
    let tokens = stage.tokens2().await;
    let link = || {
        let mut url = stage.photo_url();
        url.query_pairs_mut().append_pair("access_token", tokens.access_token.expose());
        url.query_pairs_mut().append_pair("album", "summer");
        Request::get(url.as_str()).body(Full::new(Bytes::new())).unwrap()
    };
    let protect = |insecure_query| {
        let config = resource::Config { insecure_query, ..resource::Config::default() };
        let verifier = resource::Verifier::new(config).unwrap();
        Protect::new(stage.store.clone()).clock(stage.clock.clone()).oauth2(verifier)
    };
    let (request, _) = protect(true).admit(link()).await.unwrap();
    assert_eq!(request.extensions().get::<Grant>().unwrap().subject(), Some("ann"));
    assert_eq!(request.uri().query(), Some("file=vacation.jpg&size=original&album=summer"));
    let refused = protect(false).admit(link()).await.map(drop).unwrap_err();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

/// The API answers from the first piece, while the rest has not been sent: nothing in between waited for it.
#[tokio::test]
async fn a_body_that_is_no_form_passes_as_a_stream() {
    let stage = Stage::new().await;
    let (token, tokens) = (stage.token1().await, stage.tokens2().await);
    let url = stage.api.join("/first-piece").unwrap();
    let request = || {
        let request = Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/json");
        request.body(Bytes::new()).unwrap()
    };
    let (mut signed, mut bearer) = (request(), request());
    stage.client1().sign(&mut signed, Some(&token), stage.moment()).unwrap();
    tokens.authorize(&mut bearer).unwrap();
    for request in [signed, bearer] {
        let authorization = request.headers()[header::AUTHORIZATION].to_str().unwrap();
        let mut socket = Raw::connect(&url).await;
        let head = format!(
            "POST /first-piece HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\nauthorization: {authorization}\r\n\r\n7\r\n[\"piece\r\n"
        );
        socket.send(head).await;
        let answer = socket.answer().await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body.contains(r#""body":"[\"piece""#), "{answer:?}");
    }
}

#[tokio::test]
async fn s02_two_authorization_headers_are_a_bad_request() {
    let stage = Stage::new().await;
    let (token, tokens) = (stage.token1().await, stage.tokens2().await);
    let signed = stage.signed_photo(&token).headers()[header::AUTHORIZATION].clone();
    let bearer = stage.bearer_photo(&tokens).headers()[header::AUTHORIZATION].clone();
    for pair in [[&bearer, &bearer], [&signed, &bearer], [&bearer, &signed], [&signed, &signed]] {
        let mut request = stage.photo();
        pair.into_iter().for_each(|value| {
            request.headers_mut().append(header::AUTHORIZATION, value.clone());
        });
        let response = stage.line.send(request).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
    // The nonce of a request that was refused for another reason is as good as new.
    let mut request = stage.photo();
    request.headers_mut().insert(header::AUTHORIZATION, signed);
    told(&stage.line.send(request).await);
}

/// A link that somebody else has signed makes nobody act for him.
#[tokio::test]
async fn s02_a_token_and_a_signature_are_a_bad_request() {
    let stage = Stage::new().await;
    let (token, tokens) = (stage.token1().await, stage.tokens2().await);
    let client = stage.client1();
    let mut signer = client.signer(Some(&token));
    let mut in_query = stage.photo();
    signer.sign_in_query(&mut in_query, stage.moment()).unwrap();
    let mut in_form = form_post(&stage.photo_url(), &[("album", "summer")]);
    signer.sign_in_form(&mut in_form, stage.moment()).unwrap();
    for signed in [in_query, in_form] {
        let mut both = signed.clone();
        tokens.authorize(&mut both).unwrap();
        assert_eq!(stage.line.send(both).await.status(), StatusCode::BAD_REQUEST);
        // Its nonce is as good as new.
        told(&stage.line.send(signed).await);
    }
}

#[tokio::test]
async fn o14_a_signature_in_two_places_is_a_bad_request() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let mut twice = stage.photo();
    stage.client1().signer(Some(&token)).sign_in_query(&mut twice, stage.moment()).unwrap();
    let header = stage.signed_photo(&token).headers()[header::AUTHORIZATION].clone();
    twice.headers_mut().insert(header::AUTHORIZATION, header);
    assert_eq!(stage.line.send(twice).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn half_a_signature_is_a_bad_request_and_not_a_missing_token() {
    let stage = Stage::new().await;
    let half = form_post(&stage.photo_url(), &[("oauth_consumer_key", CLIENT_ID), ("oauth_nonce", "x")]);
    let response = stage.line.send(half).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(challenges(response.headers()), [""; 0]);
}

#[tokio::test]
async fn a_layer_speaks_the_protocols_it_was_given_and_no_others() {
    let stage = Stage::new().await;
    let (token, tokens) = (stage.token1().await, stage.tokens2().await);
    let oauth1 = || {
        let mut config = oauth1_core::resource::Config::new(stage.api.clone());
        config.insecure_loopback = true;
        oauth1_core::resource::Verifier::new(config).unwrap()
    };
    let oauth2 = || oauth2_core::resource::Verifier::new(Default::default()).unwrap();
    let layer = || Protect::new(stage.store.clone()).clock(stage.clock.clone());
    for (layer, signed, bearer, bare) in [
        (layer(), 403, 403, 403),
        (layer().oauth1(oauth1()), 200, 400, 400),
        (layer().oauth2(oauth2()), 401, 200, 401),
        (layer().oauth1(oauth1()).oauth2(oauth2()), 200, 200, 401),
    ] {
        let ask = async |request: Request<Bytes>| {
            let answer = layer.layer(Photos).call(request.map(Full::new)).await.unwrap();
            answer.status().as_u16()
        };
        let answers = [
            ask(stage.signed_photo(&token)).await,
            ask(stage.bearer_photo(&tokens)).await,
            ask(stage.photo()).await,
        ];
        assert_eq!(answers, [signed, bearer, bare], "{layer:?}");
    }
}

#[tokio::test]
async fn s09_o34_what_was_authorized_is_kept_out_of_shared_caches() {
    let stage = Stage::new().await;
    let (token, tokens) = (stage.token1().await, stage.tokens2().await);
    let mut in_query = stage.photo();
    stage.client1().signer(Some(&token)).sign_in_query(&mut in_query, stage.moment()).unwrap();
    for request in [stage.signed_photo(&token), in_query, stage.bearer_photo(&tokens)] {
        let response = stage.line.send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "private");
    }
}

#[tokio::test]
async fn s01_a_token_in_the_query_is_no_token() {
    let stage = Stage::new().await;
    let tokens = stage.tokens2().await;
    let mut url = stage.photo_url();
    url.query_pairs_mut().append_pair("access_token", tokens.access_token.expose());
    let ask = || Request::get(url.as_str()).body(Bytes::new()).unwrap();

    let response = stage.line.send(ask()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenges = challenges(response.headers());
    assert_eq!(challenges.len(), 2);
    assert!(challenges.iter().all(|challenge| !challenge.contains("error")), "{challenges:?}");

    // Beside one in the header it is one too many (RFC 6750 section 2).
    let mut twice = ask();
    tokens.authorize(&mut twice).unwrap();
    assert_eq!(stage.line.send(twice).await.status(), StatusCode::BAD_REQUEST);
}

//! A provider and a resource behind a reverse proxy that says under which origin a request came.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bytes::Bytes;
use http::{Request, StatusCode, header::SET_COOKIE};
use oauth1_core::server::{HopError, HopHeader, Reason, TrustedHop};
use support::{CALLBACK, Credentials, ORIGIN, PHOTOS, World, credentials, location, server_paths};

const OTHER: &str = "https://fotos.example.net:8443";

/// Reached under two origins.
fn world() -> World {
    let hop = || {
        let origins = [ORIGIN, OTHER].map(|origin| origin.parse().unwrap()).into();
        Some(TrustedHop { header: HopHeader::XForwarded, origins })
    };
    World::with(|config| config.trusted_hop = hop(), |config| config.trusted_hop = hop())
}

/// The request as it arrives from the hop, which has overwritten the headers.
fn through(mut request: Request<Bytes>, proto: &str, host: &str) -> Request<Bytes> {
    request.headers_mut().insert("x-forwarded-proto", proto.parse().unwrap());
    request.headers_mut().insert("x-forwarded-host", host.parse().unwrap());
    request
}

/// The dance of a client that knows the provider under another origin than the configured one.
fn token(world: &mut World) -> Credentials {
    let hop = |request| through(request, "https", "fotos.example.net:8443");
    let paths = server_paths();
    let first = world.printer().with("oauth_callback", CALLBACK).post(&format!("{OTHER}{}", paths.temporary));
    let temporary = credentials(&world.send(&hop(first)));

    let authorize = format!("{OTHER}{}?oauth_token={}", paths.authorize, temporary.token);
    let reply = world.send(&hop(Request::get(authorize).body(Bytes::new()).unwrap()));
    let consent = location(&reply.response).unwrap();
    assert!(consent.starts_with(&format!("{OTHER}{}?", paths.consent)), "{consent}");
    let cookie = reply.response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-"));
    let consent = Request::post(consent).header("cookie", cookie).body(Bytes::new()).unwrap();
    let back = location(&world.send(&hop(consent)).response).unwrap();

    let verifier = support::query_of(&back, "oauth_verifier").unwrap();
    let last = world.printer().nonce("token").token(&temporary).with("oauth_verifier", &verifier);
    credentials(&world.send(&hop(last.post(&format!("{OTHER}{}", paths.token)))))
}

#[test]
fn a_dance_keeps_to_the_origin_that_the_hop_names() {
    let mut world = world();
    let token = token(&mut world);
    let photo = |world: &World, nonce| world.printer().nonce(nonce).token(&token).get(PHOTOS);
    assert!(world.fetch(&through(photo(&world, "1"), "https", "photos.example.net")).is_ok());
    let other = world.printer().nonce("2").token(&token).get(&format!("{OTHER}/photos"));
    assert!(world.fetch(&through(other, "https", "fotos.example.net:8443")).is_ok());
    // A signature for one of them is none for the other.
    let refused = world.fetch(&through(photo(&world, "3"), "https", "fotos.example.net:8443"));
    assert_eq!(refused.unwrap_err().reason, Some(Reason::Signature));
}

#[test]
fn o18_a_hop_that_names_no_origin_of_this_server_is_a_bad_request() {
    let mut world = world();
    let token = token(&mut world);
    let photo = || world.printer().token(&token).get(PHOTOS);
    let marks = world.store.spent.len();
    for (request, error) in [
        (photo(), HopError::Missing),
        (through(photo(), "https", "evil.example"), HopError::Unlisted),
        (through(photo(), "http", "photos.example.net"), HopError::Unlisted),
        (through(photo(), "https", "evil.example, photos.example.net"), HopError::Several),
    ] {
        let refused = world.fetch(&request).unwrap_err();
        assert_eq!(refused.reason, Some(Reason::Hop(error)));
        assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST);
    }
    for path in [server_paths().authorize, server_paths().consent] {
        let request =
            Request::get(format!("{ORIGIN}{path}?oauth_token=x&handle=x")).body(Bytes::new()).unwrap();
        let refused = world.send(&request);
        assert_eq!(refused.reason, Some(Reason::Hop(HopError::Missing)));
        assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(world.store.spent.len(), marks);
}

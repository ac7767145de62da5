//! Attacks on the redirect URI.

use http::StatusCode;
use oauth2_core::server::{Application, Client, Reason, RedirectUriError, check_redirect_uri};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn a01_an_unregistered_redirect_uri_gets_a_400_and_no_location() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let reply = world.authorize(&changed(&request, "redirect_uri", "https://evil.example/cb"));
    assert_direct(&reply, StatusCode::BAD_REQUEST, "unregistered");
    assert_eq!(reply.reason, Some(Reason::RedirectUriUnregistered));
    assert_eq!(world.store.borrow().size(), (0, 0));

    let reply = world.authorize(&changed(&request, "client_id", "nobody"));
    assert_direct(&reply, StatusCode::BAD_REQUEST, "unknown client");
}

#[test]
fn a02_redirect_uris_match_byte_for_byte() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let near = [
        "https://app.example/cb/",
        "https://app.example/c",
        "https://app.example/cbx",
        "https://app.example/CB",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "http://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example:8443/cb",
        "https://app.example/cb?",
        "https://app.example/cb?x=1",
        "https://app.example/cb#",
        "https://app.example/cb#x",
        "https://app.example/cb;x",
        "https://app.example/%63b",
        "https://app.example/x/../cb",
        "https://app.example//cb",
        "https://app.example./cb",
        "https://sub.app.example/cb",
        "https://app.example.evil/cb",
        " https://app.example/cb",
        "https://app.example/cb ",
    ];
    for uri in near {
        assert_direct(
            &world.authorize(&changed(&request, "redirect_uri", uri)),
            StatusCode::BAD_REQUEST,
            uri,
        );
    }
    assert_eq!(world.authorize(&request).reason, None);
}

#[test]
fn a03_uris_that_two_parsers_read_differently_are_neither_registered_nor_matched() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let tricks = [
        "http://localhost:80@evil.example/",
        "https://app.example@evil.example/cb",
        "https://evil.example\\@app.example/cb",
        "https://app.example\\cb",
        "https://app.example/c\tb",
        "https://app.example/c\r\nb",
        "https://app.example/c\0b",
        "https://app.example/cb\u{a0}",
        "https://app。example/cb",
        "https://app.example\u{ff0f}cb",
        "https://\u{212a}elvin.example/cb",
        "https:app.example/cb",
        "https:///app.example/cb",
        "https://:443/cb",
        "https://app.example:99999/cb",
        "https://%61pp.example/cb",
        "http://127.1/cb",
        "http://2130706433/cb",
        "http://0x7f.0.0.1/cb",
        "http://[0:0:0:0:0:0:0:1]/cb",
        "https://[::1",
        "https://a]b/cb",
        "//app.example/cb",
    ];
    for uri in tricks {
        assert!(check_redirect_uri(uri, Application::Web).is_err(), "{uri:?}");
        assert!(check_redirect_uri(uri, Application::Native).is_err(), "{uri:?}");
        assert_direct(
            &world.authorize(&changed(&request, "redirect_uri", uri)),
            StatusCode::BAD_REQUEST,
            uri,
        );
    }
}

#[test]
fn a04_only_the_port_of_a_loopback_literal_may_differ_and_only_for_native_clients() {
    let world = World::new();
    let request = world.request("native", CHALLENGE);
    for uri in ["http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", "http://127.0.0.1/cb"] {
        assert_eq!(world.authorize(&changed(&request, "redirect_uri", uri)).reason, None, "{uri}");
    }
    let wider = [
        "http://127.0.0.1.evil:1/cb",
        "http://127.0.0.1:1.evil/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.2:1/cb",
        "http://localhost:1/cb",
        "http://[::1]:1/cb",
        "https://127.0.0.1:1/cb",
        "http://127.0.0.1:1/other",
        "http://127.0.0.1:1/cb?x",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:+1/cb",
        "http://127.0.0.1:65536/cb",
        "http://2130706433:1/cb",
    ];
    for uri in wider {
        assert_direct(
            &world.authorize(&changed(&request, "redirect_uri", uri)),
            StatusCode::BAD_REQUEST,
            uri,
        );
    }
    let loopback = vec!["http://127.0.0.1/cb".to_owned()];
    world.register(Client { application: Application::Web, redirect_uris: loopback, ..native() });
    let reply = world.authorize(&changed(&request, "redirect_uri", "http://127.0.0.1:1/cb"));
    assert_direct(&reply, StatusCode::BAD_REQUEST, "web");
}

#[test]
fn a05_dangerous_schemes_are_refused_at_registration_and_at_request() {
    let world = World::new();
    let request = world.request("native", CHALLENGE);
    let schemes = [
        "javascript:alert(1)",
        "JavaScript://app.example/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.example/x",
        "myapp:/cb",
        "urn:ietf:wg:oauth:2.0:oob",
        "http://app.example/cb",
    ];
    for uri in schemes {
        for application in [Application::Web, Application::Native] {
            let refused = check_redirect_uri(uri, application).unwrap_err();
            assert!(matches!(refused, RedirectUriError::Scheme | RedirectUriError::Insecure), "{uri}");
        }
        let client = Client { redirect_uris: vec![uri.to_owned()], ..native() };
        assert!(client.check().is_err(), "{uri}");
        // Even if it got into the table.
        world.register(client);
        for request in [changed(&request, "redirect_uri", uri), without(&request, "redirect_uri")] {
            let reply = world.authorize(&request);
            assert_direct(&reply, StatusCode::BAD_REQUEST, uri);
            assert_eq!(reply.reason, Some(Reason::RedirectUriUnfit), "{uri}");
        }
    }
    assert_eq!(check_redirect_uri("com.example.app:/cb", Application::Native), Ok(()));
    assert_eq!(check_redirect_uri("com.example.app:/cb", Application::Web), Err(RedirectUriError::Scheme));
}

//! A listener of its own for clients with certificates (RFC 8705 section 5).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_hyper_client::Client as Http;
use oauth_sansio::Outgoing;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};
use serde_json::{Value, json};

use crate::certificates::Identity;
use crate::provider::{CREDENTIALS, Provider, bound, is_bound_either_way, is_invalid_client, told};
use crate::running::free_port;

/// A client that shows its certificate where it is asked for one, and remembers whether it was.
#[derive(Debug)]
struct Shows {
    certified: Arc<CertifiedKey>,
    was_asked: AtomicBool,
}

impl Shows {
    fn new(identity: &Identity) -> Arc<Self> {
        let crypto = rustls::crypto::ring::default_provider();
        let key = crypto.key_provider.load_private_key(identity.private_key()).unwrap();
        let certified = Arc::new(CertifiedKey::new(vec![identity.certificate.clone()], key));
        Arc::new(Self { certified, was_asked: AtomicBool::new(false) })
    }

    /// Since the last call.
    fn was_asked(&self) -> bool {
        self.was_asked.swap(false, Ordering::SeqCst)
    }

    fn connections(self: &Arc<Self>, provider: &Provider) -> Http {
        let tls = ClientConfig::builder().with_root_certificates(provider.authority.roots());
        Http::with_tls(tls.with_client_cert_resolver(self.clone()))
    }
}

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::SeqCst);
        Some(self.certified.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// And the origin of its other listener.
fn provider() -> (Provider, String) {
    let port = free_port();
    let origin = format!("https://127.0.0.1:{port}");
    let mutual = format!("mutual = {{ listen = \"127.0.0.1:{port}\", origin = \"{origin}\" }}");
    let provider = Provider::with_tls(&format!("client_authorities = \"authority.pem\", {mutual}"));
    provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
    (provider, origin)
}

#[tokio::test]
async fn a_certificate_is_asked_for_at_a_listener_of_its_own_and_not_where_everybody_comes() {
    let (provider, mutual) = provider();
    let own = provider.authority.vouches_for("machine");
    let shows = Shows::new(&own);
    let http = shows.connections(&provider);
    let there = format!("{mutual}/oauth2/token");

    // From one listener to the other with one memory of TLS sessions: neither goes on with a session of the other's.
    is_invalid_client(&provider.asks(&http, "/oauth2/token", &CREDENTIALS, &[]).await);
    assert!(!shows.was_asked());
    told(&provider.asks(&http, &there, &CREDENTIALS, &[]).await);
    assert!(shows.was_asked());
    is_invalid_client(&provider.asks(&http, "/oauth2/token", &CREDENTIALS, &[]).await);
    assert!(!shows.was_asked());
    let token = told(&provider.asks(&http, &there, &CREDENTIALS, &[]).await);

    let token = ("token", token["access_token"].as_str().unwrap());
    let introspect = format!("{mutual}/oauth2/introspect");
    let seen = told(&provider.asks(&http, &introspect, &[token], &[]).await);
    assert_eq!((&seen["active"], &seen["cnf"]), (&json!(true), &bound(&own)));
    is_invalid_client(&provider.asks(&http, "/oauth2/introspect", &[token], &[]).await);
    let other = provider.showing(Some(&provider.authority.vouches_for("other")));
    is_invalid_client(&provider.asks(&other, &there, &CREDENTIALS, &[]).await);
    is_invalid_client(&provider.asks(&provider.showing(None), &there, &CREDENTIALS, &[]).await);
}

#[tokio::test]
async fn clients_with_certificates_are_told_where_to_go_and_find_nothing_else_there() {
    let (provider, mutual) = provider();
    let metadata = provider.metadata().await;
    let at = |origin: &str, path: &str| json!(format!("{origin}/oauth2/{path}"));
    let aliased = [
        ("token_endpoint", "token"),
        ("pushed_authorization_request_endpoint", "par"),
        ("introspection_endpoint", "introspect"),
        ("revocation_endpoint", "revoke"),
        ("device_authorization_endpoint", "device_authorization"),
    ];
    let aliases: serde_json::Map<_, _> =
        aliased.iter().map(|(name, path)| ((*name).to_owned(), at(&mutual, path))).collect();
    assert_eq!(metadata["mtls_endpoint_aliases"], Value::Object(aliases));
    for (name, path) in aliased {
        assert_eq!(metadata[name], at(provider.issuer(), path), "{name}");
    }

    let http = provider.showing(Some(&provider.authority.vouches_for("machine")));
    let status = async |origin: &str, path: &str| {
        let request = Request::get(format!("{origin}{path}"));
        let request = Outgoing::repeatable(request.body(Bytes::new()).unwrap());
        http.send(request).await.unwrap().status()
    };
    for path in [
        "/oauth2/authorize",
        "/oauth2/jwks",
        "/oauth1/authorize",
        "/account",
        "/.well-known/oauth-authorization-server",
    ] {
        assert_eq!(status(&mutual, path).await, StatusCode::NOT_FOUND, "{path}");
        assert_ne!(status(provider.issuer(), path).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(status(&mutual, "/health/ready").await, StatusCode::OK);

    // Our connections are there to be told of the end.
    tokio::task::spawn_blocking(|| provider.running.stop()).await.unwrap();
    let request = Request::get(format!("{mutual}/health/live")).body(Bytes::new()).unwrap();
    assert!(http.send(Outgoing::repeatable(request)).await.is_err(), "it ends with the other");
}

#[tokio::test]
async fn a_client_finds_the_listener_by_itself_and_its_proofs_name_it() {
    let (provider, _) = provider();
    let own = provider.authority.vouches_for("machine");
    let metadata = provider.discovered().await;
    is_bound_either_way(&provider, &metadata, &own).await;
}

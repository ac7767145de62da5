//! TLS of `oauth serve`: its certificate is renewed while it runs.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use oauth_hyper_client::Client as Http;
use oauth_sansio::Outgoing;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::certificates::pem;
use crate::running::{Place, Running, free_port, serve};

/// Writes a pair into the place of the one before.
fn write_pair(place: &Place) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    place.with("cert.pem", &pem("CERTIFICATE", made.cert.der()));
    place.with("key.pem", &pem("PRIVATE KEY", &made.signing_key.serialize_der()));
    made.cert.der().clone()
}

/// Whether it shows this certificate, on a new connection.
async fn shows(port: u16, certificate: &CertificateDer<'static>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let http = Http::with_tls(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth());
    let request = Request::get(format!("https://127.0.0.1:{port}/health/live")).body(Bytes::new()).unwrap();
    http.send(Outgoing::repeatable(request)).await.is_ok()
}

async fn soon_shows(port: u16, certificate: &CertificateDer<'static>) -> bool {
    for _ in 0..100 {
        if shows(port, certificate).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
    let (place, port) = (Place::new(), free_port());
    let first = write_pair(&place);
    let mut command = serve(&place, &[]);
    for (name, value) in [
        ("OAUTH__ISSUER", format!("https://127.0.0.1:{port}")),
        ("OAUTH__LISTEN", format!("127.0.0.1:{port}")),
        ("OAUTH__TLS__CERTIFICATE", "cert.pem".into()),
        ("OAUTH__TLS__KEY", "key.pem".into()),
        ("OAUTH__TLS__READ_EVERY", "1h".into()),
    ] {
        command.env(name, value);
    }
    let running = Running::of(command, port);
    assert!(soon_shows(port, &first).await);
    let second = write_pair(&place);
    assert!(!shows(port, &second).await, "nobody has said so");
    running.signal("-HUP");
    assert!(soon_shows(port, &second).await && !shows(port, &first).await);

    place.with("key.pem", "no key\n");
    running.signal("-HUP");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(shows(port, &second).await, "the one before stays");
    let said = running.stop().err;
    assert!(said.contains("read again") && said.contains("stays as it was"), "{said}");
}

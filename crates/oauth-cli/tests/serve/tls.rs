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

/// It serves with the pair in its place, and with these variables besides.
fn running(place: &Place, port: u16, more: &[(&str, String)]) -> Running {
    let mut command = serve(place, &[]);
    command.env("OAUTH__ISSUER", format!("https://127.0.0.1:{port}"));
    command.env("OAUTH__LISTEN", format!("127.0.0.1:{port}"));
    command.env("OAUTH__TLS__CERTIFICATE", "cert.pem").env("OAUTH__TLS__KEY", "key.pem");
    command.envs(more.iter().map(|(name, value)| (name, value)));
    Running::of(command, port)
}

/// Connections to whoever shows this certificate.
fn trusting(certificate: &CertificateDer<'static>) -> Http {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    Http::with_tls(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// Whether it answers; over a connection that is kept, where there is one.
async fn answers(http: &Http, port: u16) -> bool {
    let request = Request::get(format!("https://127.0.0.1:{port}/health/live")).body(Bytes::new()).unwrap();
    http.send(Outgoing::repeatable(request)).await.is_ok()
}

/// Whether it shows this certificate, on a new connection.
async fn shows(port: u16, certificate: &CertificateDer<'static>) -> bool {
    answers(&trusting(certificate), port).await
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
    let running = running(&place, port, &[("OAUTH__TLS__READ_EVERY", "1h".into())]);
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

/// How often the files were read again and it ended like this, as `/metrics` has it.
async fn reads(figures: u16, outcome: &str) -> u32 {
    let request = Request::get(format!("http://127.0.0.1:{figures}/metrics")).body(Bytes::new()).unwrap();
    let answer = Http::new().send(Outgoing::repeatable(request)).await.unwrap();
    let text = String::from_utf8(answer.into_body().into()).unwrap();
    let name = format!("oauth_tls_reads_total{{outcome=\"{outcome}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn the_files_are_read_again_by_themselves_and_connections_that_are_there_go_on() {
    let (place, port, figures) = (Place::new(), free_port(), free_port());
    let first = write_pair(&place);
    let listen = format!("127.0.0.1:{figures}");
    let settings = [("OAUTH__TLS__READ_EVERY", "1s".into()), ("OAUTH__METRICS__LISTEN", listen)];
    let _running = running(&place, port, &settings);
    let there = trusting(&first);
    assert!(answers(&there, port).await);
    assert_eq!(reads(figures, "taken").await, 0, "what it began with was not read again");

    let second = write_pair(&place);
    assert!(soon_shows(port, &second).await && !shows(port, &first).await);
    assert!(answers(&there, port).await, "the one that was there");
    assert_eq!(reads(figures, "taken").await, 1);

    // Once more than when one file was new and the other was not yet, if it looked just then.
    let before = reads(figures, "refused").await;
    place.with("key.pem", "no key\n");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(reads(figures, "refused").await, before + 1, "it is told once");
    assert!(shows(port, &second).await && answers(&there, port).await);
    let third = write_pair(&place);
    assert!(soon_shows(port, &third).await);
    assert_eq!(reads(figures, "taken").await, 2);
}

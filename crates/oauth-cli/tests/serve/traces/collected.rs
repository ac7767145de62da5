//! OTLP over HTTP, on a real socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use oauth_sansio::Outgoing;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use prost::Message as _;
use tokio::time::Instant;

use crate::application::Application;
use crate::running::{Place, Running, free_port, serve};

/// What a collector was sent, until it is told to end.
struct Collector {
    port: u16,
    taken: JoinHandle<Vec<Sent>>,
}

/// One request, with its headers as lines.
struct Sent {
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Collector {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = std::thread::spawn(move || {
            let sent = listener.incoming().map_while(|stream| take(stream.unwrap()));
            sent.collect()
        });
        Self { port, taken }
    }

    fn end(self) -> Vec<Sent> {
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap());
        self.taken.join().unwrap()
    }
}

/// One request; none from who says nothing.
fn take(stream: TcpStream) -> Option<Sent> {
    let mut reader = BufReader::new(&stream);
    let (mut line, mut headers, mut length) = (String::new(), Vec::new(), None);
    reader.read_line(&mut line).unwrap();
    if line.is_empty() {
        return None;
    }
    assert_eq!(line.trim_end(), "POST /v1/traces HTTP/1.1");
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let header = line.to_ascii_lowercase();
        length = length.or(header.strip_prefix("content-length:").map(|text| text.trim().parse().unwrap()));
        headers.push(line.trim_end().to_owned());
    }
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    (&stream).write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
    Some(Sent { headers, body })
}

fn spans(sent: &[Sent]) -> Vec<Span> {
    let requests = sent.iter().map(|sent| ExportTraceServiceRequest::decode(sent.body.as_slice()).unwrap());
    let scopes = requests.flat_map(|request| request.resource_spans).flat_map(|of| of.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

fn attribute(span: &Span, name: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    found.value.clone()?.value
}

fn text(text: &str) -> Option<Value> {
    Some(Value::StringValue(text.into()))
}

/// A provider to try things out with, whose traces go there.
fn traced(place: &Place, collector: u16, more: &[(&str, &str)]) -> Running {
    let port = free_port();
    let mut command = serve(place, &["--listen", &format!("127.0.0.1:{port}")]);
    command.env("OAUTH__TRACES__ENDPOINT", format!("http://127.0.0.1:{collector}/v1/traces"));
    command.envs(more.iter().copied());
    Running::of(command, port)
}

#[tokio::test]
async fn a_request_is_a_span_with_what_the_store_did_below_it_and_no_secret() {
    let (place, collector) = (Place::new(), Collector::new());
    let running = traced(&place, collector.port, &[("RUST_LOG", "trace")]);
    let app = Application::of(&place, &running);
    let (credentials, tokens) = (app.token_credentials().await, app.tokens().await);
    app.get("/no/such/place?who=stranger").await;
    running.stop();

    let sent = collector.end();
    let spans = spans(&sent);
    let request = spans.iter().find(|span| span.name == "oauth2 Token").unwrap();
    assert!(request.parent_span_id.is_empty());
    assert_eq!(request.kind(), SpanKind::Server);
    assert_eq!(attribute(request, "endpoint"), text("oauth2 Token"));
    assert_eq!(attribute(request, "http.request.method"), text("POST"));
    assert_eq!(attribute(request, "http.response.status_code"), Some(Value::IntValue(200)));
    let below = spans.iter().filter(|span| span.parent_span_id == request.span_id);
    let mut below: Vec<_> =
        below.map(|span| (span.name.as_str(), span.trace_id == request.trace_id)).collect();
    below.dedup();
    assert_eq!(below, [("store load", true), ("store commit", true)]);
    assert!(spans.iter().any(|span| span.name == "none"));
    assert!(spans.iter().all(|span| span.events.is_empty() && span.links.is_empty()));

    let refresh_token = tokens.refresh_token.unwrap();
    for secret in [
        app.password.as_str(),
        app.secret.expose(),
        credentials.token.as_str(),
        credentials.secret.expose(),
        tokens.access_token.expose(),
        refresh_token.expose(),
        "stranger",
        "/no/such",
        "code=",
        "oauth_verifier",
    ] {
        let told = |sent: &Sent| sent.body.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!sent.iter().any(told), "{secret}");
    }
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Asks with a trace that is or is not to be recorded.
async fn ask(app: &Application, flags: &str) {
    let url = app.origin.join("/oauth2/jwks").unwrap();
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-{flags}");
    let request = Request::get(url.as_str()).header("traceparent", traceparent);
    app.http.send(Outgoing::repeatable(request.body(Bytes::new()).unwrap())).await.unwrap();
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_stranger_does_not_choose_the_trace_and_whether_it_is_recorded() {
    let (place, collector) = (Place::new(), Collector::new());
    let running = traced(&place, collector.port, &[]);
    let app = Application::of(&place, &running);
    ask(&app, "00").await;
    running.stop();
    let recorded = spans(&collector.end());
    let request = recorded.iter().find(|span| span.name == "oauth2 Jwks").unwrap();
    assert_ne!(hexadecimal(&request.trace_id), TRACE);

    let (place, collector) = (Place::new(), Collector::new());
    let running = traced(&place, collector.port, &[("OAUTH__TRACES__SAMPLE", "0")]);
    ask(&Application::of(&place, &running), "01").await;
    running.stop();
    assert!(collector.end().is_empty());
}

#[tokio::test]
async fn a_trace_goes_on_that_a_declared_proxy_names() {
    let (place, collector) = (Place::new(), Collector::new());
    let proxy = ("OAUTH__BEHIND_PROXY__ADDRESSES", "[\"127.0.0.1\"]");
    let running = traced(&place, collector.port, &[proxy, ("OAUTH__TRACES__SAMPLE", "0")]);
    ask(&Application::of(&place, &running), "01").await;
    running.stop();
    let recorded = spans(&collector.end());
    let request = recorded.iter().find(|span| span.name == "oauth2 Jwks").unwrap();
    assert_eq!(hexadecimal(&request.trace_id), TRACE);
    assert_eq!(hexadecimal(&request.parent_span_id), "00f067aa0ba902b7");
}

#[tokio::test]
async fn a_collector_gets_the_headers_of_the_environment_and_no_log_has_them() {
    const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    let (place, collector) = (Place::new(), Collector::new());
    let headers = "authorization=Bearer%20collectors-secret, x-tenant=photos";
    let running = traced(&place, collector.port, &[(NAME, headers), ("RUST_LOG", "trace")]);
    Application::of(&place, &running).get("/oauth2/jwks").await;
    let ended = running.stop();
    let sent = collector.end();
    assert!(spans(&sent).iter().any(|span| span.name == "oauth2 Jwks"));
    for Sent { headers, body } in &sent {
        for header in ["authorization: bearer collectors-secret", "x-tenant: photos"] {
            assert!(headers.iter().any(|line| line.eq_ignore_ascii_case(header)), "{headers:?}");
        }
        assert!(!String::from_utf8_lossy(body).contains("collectors-secret"));
    }
    assert!(!ended.err.contains("collectors-secret") && !ended.out.contains("collectors-secret"));
}

#[tokio::test]
async fn a_collector_that_never_answers_holds_up_no_request_and_not_the_end() {
    let place = Place::new();
    // It lets everybody in, and reads nothing.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let running = traced(&place, silent.local_addr().unwrap().port(), &[("OTEL_BSP_SCHEDULE_DELAY", "10")]);
    let app = Application::of(&place, &running);
    app.get("/oauth2/jwks").await;
    // Now a batch waits for its answer.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    for _ in 0..3000 {
        assert_eq!(app.get("/oauth2/jwks").await.status(), 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
    let begun = Instant::now();
    let ended = running.stop();
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    assert!(ended.err.contains("not all traces were sent"), "{}", ended.err);
}

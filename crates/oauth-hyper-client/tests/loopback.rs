//! Where a browser comes back to an application on the same machine.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use oauth_clock::{Clock, ManualClock, SystemClock};
use oauth_hyper_client::{Client as Http, Loopback, LoopbackError};
use oauth_sansio::{Exchange as _, Moment, Timestamp};
use oauth2_core::client::{CallbackError, Client, Config, Error, Pending, Server, TokenExchange};
use oauth2_core::metadata::Transport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const AS: &str = "https://as.example";

/// An application that waits for its browser.
struct Waiting {
    authority: String,
    state: String,
    end: JoinHandle<Result<TokenExchange, LoopbackError>>,
}

async fn waiting(timeout: Duration) -> Waiting {
    waiting_by(Arc::new(SystemClock), timeout).await
}

async fn waiting_by(clock: Arc<dyn Clock>, timeout: Duration) -> Waiting {
    let loopback = Loopback::bind().await.unwrap();
    let server =
        Server::new(AS, Some("https://as.example/a"), "https://as.example/t", Transport::Https).unwrap();
    let mut config = Config::new(server.with_iss_parameter(), "app");
    config.redirect_uri = Some(loopback.redirect_uri().to_owned());
    let client = Client::new(config).unwrap();
    let (_, pending): (_, Pending) = client.authorize().start(clock.moment().unwrap()).unwrap();
    let url = url::Url::parse(loopback.redirect_uri()).unwrap();
    assert_eq!((url.scheme(), url.host_str(), url.path()), ("http", Some("127.0.0.1"), "/callback"));
    let authority = format!("127.0.0.1:{}", url.port().unwrap());
    let state = pending.state().expose().to_owned();
    let http = Http::new().clock(clock);
    let end = tokio::spawn(async move { loopback.finish(&http, &client, pending, timeout).await });
    Waiting { authority, state, end }
}

fn moment() -> Moment {
    SystemClock.moment().unwrap()
}

/// What is answered to a request with this line and host.
async fn visit(authority: &str, line: &str, host: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(authority).await?;
    socket.write_all(format!("{line} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn l22_l30_one_answer_is_taken_at_one_address_and_leaves_no_trace() {
    let Waiting { authority, state, end } = waiting(Duration::from_secs(10)).await;
    let right = format!("/callback?code=c&state={state}&iss=https%3A%2F%2Fas.example");
    for (line, host) in [
        (format!("GET {right}"), "evil.example"),
        (format!("POST {right}"), &authority),
        (format!("GET /other?code=c&state={state}"), &authority),
        (format!("GET /callback/{right}"), &authority),
    ] {
        let answer = visit(&authority, &line, host).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
    for stranger in ["/done", "/callback", "/callback?code=c&state=guessed", "/callback?error=access_denied"]
    {
        let answer = visit(&authority, &format!("GET {stranger}"), &authority).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    // Somebody who says nothing stands in nobody's way.
    let _silent = TcpStream::connect(&authority).await.unwrap();
    let answer = visit(&authority, &format!("GET {right}"), &authority).await.unwrap().to_ascii_lowercase();
    // What stays in the address bar and the history of the browser has no query.
    assert!(answer.starts_with("http/1.1 303") && answer.contains("location: /done\r\n"), "{answer}");
    let page = visit(&authority, "GET /done", &authority).await.unwrap().to_ascii_lowercase();
    assert!(page.starts_with("http/1.1 200") && page.contains("access was granted"), "{page}");
    for answer in [answer, page] {
        assert!(
            answer.contains("referrer-policy: no-referrer") && answer.contains("cache-control: no-store")
        );
        assert!(!answer.contains(&state.to_ascii_lowercase()), "{answer}");
    }
    let mut exchange = end.await.unwrap().unwrap();
    let sent = exchange.request(moment()).unwrap().request;
    assert!(sent.body().starts_with(b"grant_type=authorization_code&code=c&"));
    // Nobody listens any more: the page was shown once.
    for line in ["GET /done", &format!("GET {right}")] {
        assert!(visit(&authority, line, &authority).await.is_err());
    }
}

#[tokio::test]
async fn l22_nobody_from_elsewhere_reaches_the_listener() {
    let Waiting { authority, end, .. } = waiting(Duration::from_millis(200)).await;
    let port: u16 = authority.rsplit(':').next().unwrap().parse().unwrap();
    // Another address of this machine, as one of its network would be.
    assert!(TcpStream::connect((Ipv4Addr::new(127, 0, 0, 2), port)).await.is_err());
    assert!(matches!(end.await.unwrap(), Err(LoopbackError::TimedOut(_))));
}

#[tokio::test]
async fn l01_a_browser_that_comes_back_after_the_authorization_has_ended_gets_nothing() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
    let Waiting { authority, state, end } = waiting_by(clock.clone(), Duration::from_secs(10)).await;
    let right = format!("GET /callback?code=c&state={state}&iss=https%3A%2F%2Fas.example");
    // The listener has begun to wait.
    visit(&authority, "GET /callback", &authority).await.unwrap();
    clock.advance(Duration::from_secs(600));
    visit(&authority, &right, &authority).await.unwrap();
    let error = end.await.unwrap().unwrap_err();
    assert!(matches!(error, LoopbackError::Refused(Error::Callback(CallbackError::Expired))), "{error}");
}

#[tokio::test]
async fn a_refusal_and_a_lie_end_the_wait() {
    let Waiting { authority, state, end } = waiting(Duration::from_secs(10)).await;
    let refusal = format!("GET /callback?error=access_denied&state={state}&iss=https://as.example");
    visit(&authority, &refusal, &authority).await.unwrap();
    let page = visit(&authority, "GET /done", &authority).await.unwrap();
    assert!(page.contains("Access was not granted"), "{page}");
    assert!(matches!(end.await.unwrap(), Err(LoopbackError::Refused(Error::Refused(_)))));

    let Waiting { authority, state, end } = waiting(Duration::from_secs(10)).await;
    let lie = format!("GET /callback?code=c&state={state}&iss=https://evil.example");
    visit(&authority, &lie, &authority).await.unwrap();
    let error = end.await.unwrap().unwrap_err();
    assert!(matches!(error, LoopbackError::Refused(Error::Callback(CallbackError::IssMismatch))), "{error}");
}

//! Where a browser comes back to an application on the same machine (RFC 8252 section 7.3).

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use oauth2_core::client::{self, CallbackFailed, Pending, TokenExchange};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::Client;
use crate::page::page;

/// Listens on this machine alone, on a port that nobody knows beforehand, for one answer of a browser.
///
/// ```no_run
/// use std::time::Duration;
/// use oauth_hyper_client::{Client, Loopback};
/// use oauth_sansio::Moment;
/// use oauth2_core::client::{self, Config, Tokens};
///
/// async fn login(mut config: Config, moment: Moment) -> Result<Tokens, Box<dyn std::error::Error>> {
///     let (http, loopback) = (Client::new(), Loopback::bind().await?);
///     config.redirect_uri = Some(loopback.redirect_uri().to_owned());
///     let client = client::Client::new(config)?;
///     let (url, pending) = client.authorize().scope("photos").start(moment)?;
///     println!("Open {url}");
///     let exchange = loopback.finish(&http, &client, pending, Duration::from_secs(300)).await?;
///     Ok(http.run(exchange).await?)
/// }
/// ```
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    authority: String,
    redirect_uri: String,
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum LoopbackError {
    /// Nobody can listen here.
    #[error("the loopback interface does not work: {0}")]
    Io(#[from] io::Error),
    /// The browser did not come back.
    #[error("the browser did not come back within {0:?}")]
    TimedOut(Duration),
    /// It came back without what was asked for.
    #[error(transparent)]
    Refused(#[from] client::Error),
    /// There was no randomness, nor a time.
    #[error(transparent)]
    NoEntropy(#[from] oauth_clock::NoEntropy),
}

/// What a request that came to the redirect URI is.
#[derive(Debug)]
pub enum Visit<T> {
    /// The answer that was waited for.
    Answer(T),
    /// Nothing: anybody on this machine may have sent it.
    Stranger,
}

/// The path of the redirect URI.
const PATH: &str = "/callback";

/// Where the browser is sent on to.
const PAGE: &str = "/done";

/// How long a visitor may take for its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the browser may take to where it is sent on.
const ONWARD: Duration = Duration::from_secs(2);

/// How long the last one may take for its page.
const FAREWELL: Duration = Duration::from_secs(1);

/// Visitors at one time; others wait.
const VISITORS: usize = 16;

impl Loopback {
    /// Listens at 127.0.0.1, on a port that the system chooses. A name such as `localhost` could lead elsewhere (RFC 8252
    /// section 8.3).
    ///
    /// # Errors
    /// When nobody can listen.
    pub async fn bind() -> io::Result<Self> {
        Self::bind_to(0).await
    }

    /// The same on a port that is registered with a server that does not allow any (RFC 8252 section 7.3 says that it
    /// should).
    ///
    /// # Errors
    /// When somebody else listens there.
    pub async fn bind_to(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let authority = listener.local_addr()?.to_string();
        Ok(Self { listener, redirect_uri: format!("http://{authority}{PATH}"), authority })
    }

    /// Where the browser is to come back to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the browser that was sent away with this authorization.
    ///
    /// # Errors
    /// When it does not come in time, or comes with a refusal or a lie. Whoever does not know the authorization's `state` is
    /// shown the door, and the wait goes on.
    pub async fn finish(
        self,
        http: &Client,
        client: &client::Client,
        pending: Pending,
        timeout: Duration,
    ) -> Result<TokenExchange, LoopbackError> {
        let mut waits = Some(pending);
        let came = self.wait(timeout, |uri| {
            // The time is that of the visit: a person may have taken longer than the authorization lives.
            let now = match http.moment() {
                Ok(moment) => moment.now(),
                Err(error) => return Visit::Answer(Err(error.into())),
            };
            let Some(pending) = waits.take() else { return Visit::Stranger };
            match pending.callback(client, uri, now) {
                Ok(exchange) => Visit::Answer(Ok(exchange)),
                Err(CallbackFailed { error, pending: None }) => Visit::Answer(Err(error.into())),
                Err(CallbackFailed { pending: Some(pending), .. }) => {
                    waits = Some(*pending);
                    Visit::Stranger
                }
            }
        });
        came.await?
    }

    /// Waits for a request to the redirect URI that is the answer. Its browser is sent on to a page whose address has no query.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn wait<T, E>(
        self,
        timeout: Duration,
        mut judge: impl FnMut(&Uri) -> Visit<Result<T, E>>,
    ) -> Result<Result<T, E>, LoopbackError> {
        let mut door = Door::open(self);
        let came = async {
            loop {
                let (uri, answer) = door.next().await?;
                let visit = if uri.path() == PATH { judge(&uri) } else { Visit::Stranger };
                let (page, end) = match visit {
                    Visit::Answer(end) => (sent_on(said(&end)), Some(end)),
                    Visit::Stranger => (page(StatusCode::BAD_REQUEST, STRANGER), None),
                };
                // A visitor that has gone needs no page.
                let _ = answer.send(page);
                if let Some(end) = end {
                    return Ok(end);
                }
            }
        };
        let came = tokio::time::timeout(timeout, came).await.unwrap_or(Err(LoopbackError::TimedOut(timeout)));
        if let Ok(end) = &came {
            let _ = tokio::time::timeout(ONWARD, door.show(said(end))).await;
        }
        door.close().await;
        came
    }
}

/// Where visitors come in.
struct Door {
    listener: TcpListener,
    authority: String,
    connections: JoinSet<()>,
    visits: mpsc::Sender<Visited>,
    visit: mpsc::Receiver<Visited>,
}

impl Door {
    fn open(Loopback { listener, authority, .. }: Loopback) -> Self {
        let (visits, visit) = mpsc::channel(1);
        Self { listener, authority, connections: JoinSet::new(), visits, visit }
    }

    /// The next one who asks for one of the two paths.
    async fn next(&mut self) -> io::Result<Visited> {
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if self.connections.len() < VISITORS => {
                    let serving = serve(accepted?.0, self.authority.clone(), self.visits.clone());
                    self.connections.spawn(serving);
                }
                Some(_) = self.connections.join_next() => {}
                Some(visited) = self.visit.recv() => return Ok(visited),
            }
        }
    }

    /// Shows this to the browser that was sent on, once.
    async fn show(&mut self, says: &str) -> io::Result<()> {
        loop {
            let (uri, answer) = self.next().await?;
            if uri.path() == PAGE {
                let _ = answer.send(page(StatusCode::OK, says));
                return Ok(());
            }
            let _ = answer.send(page(StatusCode::BAD_REQUEST, STRANGER));
        }
    }

    /// Lets nobody in any more; whoever is there gets its page.
    async fn close(self) {
        drop((self.listener, self.visit));
        let _ = tokio::time::timeout(FAREWELL, self.connections.join_all()).await;
    }
}

type Visited = (Uri, oneshot::Sender<Response<Full<Bytes>>>);

/// Serves one connection: one request, and no more.
async fn serve(stream: TcpStream, authority: String, visits: mpsc::Sender<Visited>) {
    let visit = service_fn(|request: Request<hyper::body::Incoming>| {
        let (visits, is_asked) = (visits.clone(), is_asked(&request, &authority));
        async move {
            if !is_asked {
                return Ok::<_, Infallible>(page(StatusCode::NOT_FOUND, STRANGER));
            }
            let (answer, answered) = oneshot::channel();
            let _ = visits.send((request.into_parts().0.uri, answer)).await;
            Ok(answered.await.unwrap_or_else(|_| page(StatusCode::NOT_FOUND, STRANGER)))
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    let http =
        http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false).max_buf_size(32 * 1024);
    let _ = tokio::time::timeout(PATIENCE * 2, http.serve_connection(TokioIo::new(stream), visit)).await;
}

/// To a page whose address has neither code nor state in it: what is in the address of a page stays in the history of the
/// browser (RFC 9700 section 4.2.4).
fn sent_on(says: &str) -> Response<Full<Bytes>> {
    let mut response = page(StatusCode::SEE_OTHER, says);
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(PAGE));
    response
}

fn said<T, E>(end: &Result<T, E>) -> &'static str {
    if end.is_ok() { DONE } else { FAILED }
}

/// Whether a request is for one of the two paths: at this very host, which a page under another name could not say.
fn is_asked<B>(request: &Request<B>, authority: &str) -> bool {
    let host = request.headers().get(header::HOST);
    request.method() == Method::GET
        && [PATH, PAGE].contains(&request.uri().path())
        && host.is_some_and(|host| host.as_bytes() == authority.as_bytes())
}

const DONE: &str = "Access was granted. You can close this window and go back to the application.";
const FAILED: &str = "Access was not granted. You can close this window; the application says why.";
const STRANGER: &str = "There is nothing here.";

//! Serving: connections in, requests to a service, an orderly end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use rustls::server::danger::ClientCertVerifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use crate::idle::IdleWatch;
use crate::in_flight::InFlight;
use crate::{Connection, client_certificate};

/// A listener with its rules: how long a head may take, how many connections at once, how to end.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    header_timeout: Duration,
    grace: Duration,
    max_headers: usize,
    max_connections: usize,
}

impl Server {
    /// A server with defaults: heads within ten seconds, 100 headers and 64 KiB a head, 1024 connections, ten seconds
    /// to finish at the end.
    pub fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            tls: None,
            authorities: None,
            header_timeout: Duration::from_secs(10),
            grace: Duration::from_secs(10),
            max_headers: 100,
            max_connections: 1024,
        }
    }

    /// Serves over TLS (RFC 9110 section 4.2.2); set `alpn_protocols` to offer HTTP/2.
    #[must_use]
    pub fn tls(self, config: Arc<rustls::ServerConfig>) -> Self {
        Self { tls: Some(TlsAcceptor::from(config)), ..self }
    }

    /// Whether one of these authorities vouches for a client's certificate is told with each request, in the
    /// [`ClientCertificate`](oauth2_core::server::ClientCertificate) of its extensions; without them nobody does. That
    /// clients are asked for a certificate at all, the settings of [`tls`](Self::tls) say, with a verifier of their own:
    /// these authorities, or [`AnyClientCertificate`](crate::AnyClientCertificate).
    #[must_use]
    pub fn client_authorities(self, authorities: Arc<dyn ClientCertVerifier>) -> Self {
        Self { authorities: Some(authorities), ..self }
    }

    /// How long a TLS handshake or a request's head may take, and how long a connection may idle. Up to a quarter is
    /// added to it.
    #[must_use]
    pub fn header_timeout(self, header_timeout: Duration) -> Self {
        Self { header_timeout, ..self }
    }

    /// How long requests in flight may take to finish once the server is told to stop.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// How many connections are served at once; more wait to be accepted.
    #[must_use]
    pub fn max_connections(self, max_connections: usize) -> Self {
        Self { max_connections, ..self }
    }

    /// How many headers a request over HTTP/1.1 may have; one with more gets 431. Over HTTP/2 only their size counts.
    #[must_use]
    pub fn max_headers(self, max_headers: usize) -> Self {
        Self { max_headers, ..self }
    }

    /// Serves until `shutdown` comes, then takes no new connection, finishes the requests in flight within the grace
    /// period, cuts those that are left, and returns. A request that came whole is carried out though its sender may have
    /// left.
    pub async fn serve<S, B>(self, service: S, shutdown: impl Future<Output = ()>)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let connections = Arc::new(Semaphore::new(self.max_connections));
        let (graceful, idle) = (GracefulShutdown::new(), IdleWatch::new(self.header_timeout));
        let http = Arc::new(self.http());
        let mut shutdown = pin!(shutdown);
        // Dropped at the end, which ends what is left of them.
        let mut tasks = JoinSet::new();
        loop {
            let accept = async {
                let permit = connections.clone().acquire_owned().await.ok();
                (self.listener.accept().await, permit)
            };
            let (accepted, permit) = tokio::select! {
                accepted = accept => accepted,
                () = &mut shutdown => break,
            };
            while tasks.try_join_next().is_some() {}
            let Ok((socket, peer)) = accepted else {
                // Most likely out of file descriptors; some connection must end before the next can begin.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let _ = socket.set_nodelay(true);
            let (service, http) = (service.clone(), http.clone());
            let (tls, timeout) = (self.tls.clone(), self.header_timeout);
            let authorities = self.authorities.clone();
            let (watcher, in_flight) = (graceful.watcher(), InFlight::default());
            let counted = in_flight.clone();
            let connection = tasks.spawn(async move {
                let _permit = permit;
                // A handshake has its own time.
                let handshake = counted.begin();
                let mut certificate = None;
                let io: Box<dyn Socket> = match tls {
                    None => Box::new(socket),
                    Some(tls) => match tokio::time::timeout(timeout, tls.accept(socket)).await {
                        Ok(Ok(socket)) => {
                            certificate = client_certificate::shown(socket.get_ref().1, authorities.as_ref());
                            Box::new(socket)
                        }
                        Ok(Err(_)) | Err(_) => return,
                    },
                };
                drop(handshake);
                let service = counted.counting(Connection { peer }, certificate, service);
                let connection = http.serve_connection(TokioIo::new(io), service).into_owned();
                if let Err(error) = watcher.watch(connection).await {
                    tracing::debug!(%error, "connection broken");
                }
            });
            idle.watch(in_flight, connection);
        }
        drop(self.listener);
        let _ = tokio::time::timeout(self.grace, graceful.shutdown()).await;
        tasks.shutdown().await;
    }

    fn http(&self) -> auto::Builder<TokioExecutor> {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            // A head that is too late ends the connection whatever it speaks: see `IdleWatch`.
            .header_read_timeout(None)
            // A request that came whole is carried out and answered, whoever closes their half meanwhile. To look for that
            // would also take room for another request each time.
            .half_close(true)
            // Answers here are small: to copy one behind its head costs less than to hand the kernel two pieces.
            .writev(false)
            .max_headers(self.max_headers)
            .max_buf_size(64 * 1024);
        http.http2().timer(TokioTimer::new()).max_header_list_size(64 * 1024);
        http
    }
}

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

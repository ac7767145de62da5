//! The description of an application, served as the standard wants it: over TLS, at the address that is its identifier.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_hyper_client::GuardedClient;
use oauth_hyper_server::Server;
use oauth2_core::client::{ClientDocument, ClientMetadata};
use rustls::{ClientConfig, RootCertStore, ServerConfig, pki_types::PrivateKeyDer};
use tokio::net::TcpListener;
use tower_service::Service;

pub(crate) struct Description {
    /// Where it is, and who the application is.
    pub(crate) url: String,
    /// Whose word is believed about who serves it.
    roots: RootCertStore,
}

impl Description {
    pub(crate) async fn serve() -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("https://{}/client.json", socket.local_addr().unwrap());
        // On any port (RFC 8252 section 7.3).
        let metadata =
            ClientMetadata::for_application("An example of a client", ["http://127.0.0.1/callback"]);
        let document = ClientDocument::new(&url, metadata).unwrap();

        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let tls = ServerConfig::builder().with_no_client_auth();
        let tls = tls.with_single_cert(vec![cert.der().clone()], key).unwrap();
        let server = Server::new(socket).tls(Arc::new(tls));
        tokio::spawn(server.serve(Described(document), std::future::pending()));
        Self { url, roots }
    }

    /// What fetches it.
    pub(crate) fn client(&self) -> GuardedClient {
        let tls = ClientConfig::builder().with_root_certificates(self.roots.clone()).with_no_client_auth();
        GuardedClient::with_tls(tls).dangerously_reach_loopback()
    }
}

#[derive(Clone)]
struct Described(ClientDocument);

impl Service<Request<Incoming>> for Described {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        assert_eq!(request.uri().path(), self.0.path());
        ready(Ok(self.0.response().map(Full::new)))
    }
}

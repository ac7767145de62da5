//! The servers over one store, in a thread of their own.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use oauth_bench::fixed::{Fixed, NoPages};
use oauth_bench::setting;
use oauth_hyper_server::{Protect, ProviderService, Server};
use oauth_store::IssuerStore;
use oauth1_core::{resource, server as core1};
use oauth2_core::server::AuthorizationServer;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tower_layer::Layer as _;

use crate::requests::API;

/// Where they are.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) bare: SocketAddr,
    pub(crate) provider: SocketAddr,
    pub(crate) api: SocketAddr,
}

/// Serves until the process ends.
pub(crate) fn start(store: IssuerStore, body: Bytes) -> anyhow::Result<Addresses> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || serve(store, body, &tell).expect("it serves"));
    Ok(told.recv()?)
}

fn serve(store: IssuerStore, body: Bytes, tell: &mpsc::Sender<Addresses>) -> anyhow::Result<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let bind = || TcpListener::bind("127.0.0.1:0");
        let (bare, provider, api) = (bind().await?, bind().await?, bind().await?);
        tell.send(Addresses {
            bare: bare.local_addr()?,
            provider: provider.local_addr()?,
            api: api.local_addr()?,
        })?;
        let service = ProviderService::new(store.clone(), Arc::new(NoPages));
        let service = service.oauth2(AuthorizationServer::new(setting::config()?)?);
        let verifier = resource::Verifier::new(resource::Config::new(API.parse()?))?;
        let protected = Protect::new(store).oauth1(verifier).layer(Fixed(body.clone()));
        tokio::spawn(Server::new(provider).serve(service, pending()));
        tokio::spawn(Server::new(api).serve(protected, pending()));
        loop {
            let (socket, _) = bare.accept().await?;
            socket.set_nodelay(true)?;
            let service = TowerToHyperService::new(Fixed(body.clone()));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        }
    })
}

/// The client of OAuth 1.
pub(crate) fn printer() -> core1::Client {
    core1::Client {
        client_id: "printer".into(),
        name: "Printer".into(),
        secret: setting::SECRET.into(),
        public_key: None,
        callbacks: core1::Callbacks::Any,
        methods: Default::default(),
    }
}

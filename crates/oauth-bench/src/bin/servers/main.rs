//! The token endpoint over HTTP/1.1 keep-alive, beside a bare hyper server that answers a fixed body of the same size,
//! and beside the servers of other people; and a protected API beside one that nobody protects.
//!
//! Each server runs in a thread of its own, or a process, with one connection, all of them on one processor; what is
//! compared is the CPU time of that thread per request, which does not count the load. It is measured twice: with the load
//! on another processor, where a server sleeps between two requests and waking it is part of what a request costs; and
//! with the load on the same one, where nobody ever sleeps and whatever a server does counts for more. How many requests
//! a second the one connection has seen answered stands beside it: that is time on the wall, and the load's time is in it.

#![allow(clippy::print_stdout, reason = "a report is printed")]

mod least;
mod load;
mod oidc_provider;
mod peers;

use std::convert::Infallible;
use std::error::Error;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser as _;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use oauth_hyper_server::{Protect, ProviderService, Server};
use oauth2_core::jose::{Algorithm, JwkSet, LocalSigner, Signer as _, Unsigned};
use oauth2_core::resource::{self, KeySource, Signed, Verifier};
use oauth2_core::server::AuthorizationServer;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower_layer::Layer as _;

use oauth_bench::cpu::{cores, cpu_time, keep_to, low, wall_time};
use oauth_bench::fixed::{Fixed, NoPages};
use oauth_bench::{Arguments, setting};

use crate::least::Least;
use crate::load::Load;
use crate::oidc_provider::OidcProvider;

const REQUESTS: u32 = 200;

/// Rounds that are not counted: Node compiles what is often run, and its heap finds its size.
const WARM_UP: usize = 10;

fn main() -> anyhow::Result<()> {
    let Arguments { group, rounds } = Arguments::parse();
    // Before any of them is chosen.
    let cores = cores()?;
    if "oauth2-token-hyper".contains(&group) {
        compare("oauth2-token-hyper: client credentials", rounds, &cores, servers)?;
    }
    if "oauth2-resource-hyper".contains(&group) {
        let what = "oauth2-resource-hyper: a request with a JWT that was seen before";
        compare(what, rounds, &cores, apis)?;
    }
    Ok(())
}

fn compare(
    what: &str,
    rounds: usize,
    cores: &[usize],
    servers: impl Fn() -> anyhow::Result<Vec<Served>>,
) -> anyhow::Result<()> {
    // The first has the most to do for others.
    let [first, .., last] = cores else { anyhow::bail!("this takes two processors") };
    keep_to(*last)?;
    let mut served = servers()?;
    for (place, load) in [("another processor", first), ("the same processor", last)] {
        for server in &mut served {
            (0..WARM_UP).try_for_each(|_| server.round())?;
            server.times.clear();
        }
        keep_to(*load)?;
        let (count, rounds) = (served.len(), rounds.div_ceil(3));
        for round in 0..rounds {
            for i in 0..count {
                served[(round + i) % count].round()?;
            }
        }
        println!(
            "\n{what} over HTTP/1.1 keep-alive, CPU of the server per request, the load on {place}  ({rounds} rounds)"
        );
        tell(&served);
    }
    Ok(())
}

fn tell(served: &[Served]) {
    let mut limit = None;
    for Served { name, times, .. } in served {
        let [cpu, wall] =
            [0, 1].map(|which| low(&mut times.iter().map(|time| time[which]).collect::<Vec<_>>()));
        let limit = *limit.get_or_insert(cpu);
        println!("  {name:<48} {cpu:>9.0} ns  {:>7.2} ×  {:>6.0} requests/s", cpu / limit, 1e9 / wall);
    }
}

fn servers() -> anyhow::Result<Vec<Served>> {
    let mut token = Served::here("our server, token endpoint, in-memory store", Kind::Token)?;
    let body = token.load.exchange()?;
    let mut served = vec![
        Served::here("limit: bare hyper, a fixed body of the same size", Kind::Bare(body.clone()))?,
        Served::here("our server with its limits, the same fixed body", Kind::Fixed(body))?,
        Served::here("the least a token endpoint does, on bare hyper", Kind::Least)?,
        token,
        Served::here("oauth-as 1.0 on bare hyper, its memory store", Kind::OauthAs)?,
        Served::here("oxide-auth 0.6 on axum, secrets by SHA-256", Kind::OxideAuth)?,
    ];
    if let Some(mut node) = OidcProvider::start()? {
        let load = Load::connect(node.address)?;
        let time = Box::new(move || node.cpu_time());
        served.push(Served::new("oidc-provider 9 on Node, its memory adapter", load, time));
    }
    Ok(served)
}

/// The same answer, to everybody and to who has a token.
fn apis() -> anyhow::Result<Vec<Served>> {
    let key = LocalSigner::generate(Algorithm::Es256, "2026-11")?;
    let claims = r#"{"iss":"https://as.example.com","sub":"ann","aud":"https://api.example.com","exp":4000000000,"iat":1700000000,"jti":"dbe39bf3a3ba4238a513f51d6e1691c4","client_id":"app","scope":"photos"}"#;
    let unsigned = Unsigned::new(&key, Some("at+jwt"), claims.as_bytes());
    let signature = key.sign(unsigned.input())?;
    let token = unsigned.signed(&signature);
    let keys = KeySource::Fixed(Arc::new(JwkSet::new([key.public()?])));
    let config = resource::Config {
        identifier: Some("https://api.example.com".into()),
        scopes: "photos".parse()?,
        signed: vec![Signed::by(setting::ISSUER, keys)],
        ..resource::Config::default()
    };
    let protect = Protect::alone().oauth2(Verifier::new(config)?);
    let body = Bytes::from_static(br#"{"photos":["vacation.jpg"],"owner":"ann","access_token":"none"}"#);
    let using = |address| Load::using(address, &token);
    Ok(vec![
        Served::with("limit: bare hyper, a fixed body", Kind::Bare(body.clone()), using)?,
        Served::with("the same behind our layer", Kind::Protected(Box::new(protect), body), using)?,
    ])
}

/// A server, and one connection to it.
struct Served {
    name: &'static str,
    load: Load,
    /// How much CPU time the server has used.
    time: Box<dyn FnMut() -> anyhow::Result<Duration>>,
    /// Nanoseconds per request, of CPU and on the wall, round by round.
    times: Vec<[f64; 2]>,
}

impl Served {
    fn new(name: &'static str, load: Load, time: Box<dyn FnMut() -> anyhow::Result<Duration>>) -> Self {
        Self { name, load, time, times: Vec::new() }
    }

    /// One in a thread of this process.
    fn here(name: &'static str, kind: Kind) -> anyhow::Result<Self> {
        Self::with(name, kind, Load::connect)
    }

    fn with(
        name: &'static str,
        kind: Kind,
        connect: impl Fn(SocketAddr) -> anyhow::Result<Load>,
    ) -> anyhow::Result<Self> {
        let (tell_address, address) = mpsc::channel();
        let (ask, asked) = unbounded_channel();
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread.spawn(move || serve(kind, &tell_address, asked).expect("it serves"))?;
        let load = connect(address.recv()?)?;
        let time = move || {
            let (tell, told) = mpsc::channel();
            ask.send(tell)?;
            Ok(told.recv()?)
        };
        Ok(Self::new(name, load, Box::new(time)))
    }

    fn round(&mut self) -> anyhow::Result<()> {
        let before = [(self.time)()?, wall_time()];
        for _ in 0..REQUESTS {
            self.load.exchange()?;
        }
        let after = [(self.time)()?, wall_time()];
        let per_request =
            |which: usize| (after[which] - before[which]).as_nanos() as f64 / f64::from(REQUESTS);
        self.times.push([0, 1].map(per_request));
        Ok(())
    }
}

enum Kind {
    Bare(Bytes),
    Fixed(Bytes),
    Least,
    Token,
    Protected(Box<Protect>, Bytes),
    OauthAs,
    OxideAuth,
}

fn serve(
    kind: Kind,
    tell_address: &mpsc::Sender<SocketAddr>,
    mut asked: UnboundedReceiver<mpsc::Sender<Duration>>,
) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let store = setting::store(&runtime)?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        tell_address.send(listener.local_addr()?)?;
        tokio::task::spawn(async move {
            while let Some(tell) = asked.recv().await {
                let _ = tell.send(cpu_time());
            }
        });
        match kind {
            Kind::Bare(body) => bare(listener, TowerToHyperService::new(Fixed(body))).await?,
            Kind::Fixed(body) => Server::new(listener).serve(Fixed(body), pending()).await,
            Kind::Least => {
                let least = Least::new();
                let handle = |request| async { Ok::<_, Infallible>(least.answer(request).await) };
                bare(listener, service_fn(handle)).await?;
            }
            Kind::Token => {
                let service = ProviderService::new(store, Arc::new(NoPages));
                let service = service.oauth2(AuthorizationServer::new(setting::config()?)?);
                Server::new(listener).serve(service, pending()).await;
            }
            Kind::Protected(protect, body) => {
                bare(listener, TowerToHyperService::new(protect.layer(Fixed(body)))).await?;
            }
            Kind::OauthAs => {
                let service = peers::oauth_as().await?;
                let handle = |request| async { Ok::<_, Infallible>(service.handle(request).await) };
                bare(listener, service_fn(handle)).await?;
            }
            Kind::OxideAuth => bare(listener, TowerToHyperService::new(peers::oxide_auth()?)).await?,
        }
        Ok(())
    })
}

/// Serves one connection with what hyper does by itself.
async fn bare<S>(listener: TcpListener, service: S) -> anyhow::Result<()>
where
    S: HttpService<Incoming, Error: Into<Box<dyn Error + Send + Sync>>>,
    S::ResBody: Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    let (socket, _) = listener.accept().await?;
    socket.set_nodelay(true)?;
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
    Ok(())
}

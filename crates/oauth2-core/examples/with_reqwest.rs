//! Any exchange over `reqwest`: `CLIENT_SECRET=.. cargo run -p oauth2-core --example with_reqwest -- https://as.example client`
//! asks a server for its metadata and for a token of the application itself.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use bytes::{Bytes, BytesMut};
use http::Response;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Exchange, Outgoing, Progress};
use oauth2_core::client::{Client, ClientAuthentication, Config, Discovery, Server};
use oauth2_core::metadata::Transport;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(issuer), Some(client_id)) = (arguments.next(), arguments.next()) else {
        return Err("usage: with_reqwest ISSUER CLIENT_ID".into());
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    // An exchange says itself when it is to go elsewhere.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let transport = Transport::HttpsOrInsecureLoopback;
    let metadata = run(&http, Discovery::new(issuer, transport)?).await?;
    let mut config = Config::new(Server::from_metadata(&metadata, transport)?, client_id);
    config.authentication = ClientAuthentication::SecretBasic(std::env::var("CLIENT_SECRET")?.into());
    let tokens = run(&http, Client::new(config)?.client_credentials(&"".parse()?)?).await?;
    println!("{tokens:?}");
    Ok(())
}

/// The loop that every exchange takes.
async fn run<E: Exchange>(http: &reqwest::Client, mut exchange: E) -> Result<E::Done>
where
    E::Error: std::error::Error + 'static,
{
    loop {
        let answer = send(http, exchange.request(SystemClock.moment()?)?).await?;
        exchange = match exchange.response(answer, SystemClock.moment()?)? {
            Progress::Done(done) => return Ok(done),
            Progress::Again(next) => next,
            Progress::Wait(until, next) => {
                tokio::time::sleep(until.since(SystemClock.moment()?.now())).await;
                next
            }
        };
    }
}

async fn send(http: &reqwest::Client, outgoing: Outgoing) -> Result<Response<Bytes>> {
    let request = outgoing.request.map(reqwest::Body::from).try_into()?;
    let mut answer = http.execute(request).await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    // No answer is longer than the request allows.
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > outgoing.max_response_bytes {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(response.map(|_| body.freeze()))
}

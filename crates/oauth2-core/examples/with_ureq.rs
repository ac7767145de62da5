//! Any exchange over `ureq`, without a runtime: `cargo run -p oauth2-core --example with_ureq -- https://as.example client photos`
//! lets a person grant access on another device, and waits for it.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program for a terminal, which waits")]

use bytes::Bytes;
use http::Response;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Exchange, Outgoing, Progress};
use oauth2_core::client::{Client, Config, Discovery, Server};
use oauth2_core::metadata::Transport;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(issuer), Some(client_id)) = (arguments.next(), arguments.next()) else {
        return Err("usage: with_ureq ISSUER CLIENT_ID [SCOPE]".into());
    };
    // An exchange says itself when it is to go elsewhere, and reads refusals, too.
    let http = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().new_agent();
    let transport = Transport::HttpsOrInsecureLoopback;
    let metadata = run(&http, Discovery::new(issuer, transport)?)?;
    let client = Client::new(Config::new(Server::from_metadata(&metadata, transport)?, client_id))?;
    let codes = run(&http, client.device(&arguments.next().unwrap_or_default().parse()?)?)?;
    println!("Go to {} and enter {}", codes.verification_uri, codes.user_code);
    println!("{:?}", run(&http, codes.poll(&client)?)?);
    Ok(())
}

/// The loop that every exchange takes.
fn run<E: Exchange>(http: &ureq::Agent, mut exchange: E) -> Result<E::Done>
where
    E::Error: std::error::Error + 'static,
{
    loop {
        let answer = send(http, exchange.request(SystemClock.moment()?)?)?;
        exchange = match exchange.response(answer, SystemClock.moment()?)? {
            Progress::Done(done) => return Ok(done),
            Progress::Again(next) => next,
            Progress::Wait(until, next) => {
                std::thread::sleep(until.since(SystemClock.moment()?.now()));
                next
            }
        };
    }
}

fn send(http: &ureq::Agent, outgoing: Outgoing) -> Result<Response<Bytes>> {
    let (head, mut body) = http.run(outgoing.request.map(|body| body.to_vec()))?.into_parts();
    // No answer is longer than the request allows.
    let body = body.with_config().limit(outgoing.max_response_bytes as u64).read_to_vec()?;
    Ok(Response::from_parts(head, body.into()))
}

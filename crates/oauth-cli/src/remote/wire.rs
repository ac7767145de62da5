//! What a command sends, one request at a time, and told where that is wanted.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, header::USER_AGENT, uri::Scheme};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::{Client, GuardedClient, SendError};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use oauth2_core::{client, metadata::Transport};
use serde_json::json;

use super::{Failure, Output, TlsOptions};
use crate::{
    demo::message::Message,
    tell::{FAINT, TITLE},
};

/// The way out: for what the caller named, and, from [`guard`](Self::guard) on, for what a server named.
pub(crate) struct Wire {
    client: Client,
    guarded: GuardedClient,
    /// By what is sent that a server named; `None` where the caller named it.
    guard: Option<Transport>,
    output: Output,
    steps: usize,
}

/// Some providers refuse requests that do not say who sends them.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("oauth-cli/", env!("CARGO_PKG_VERSION")));

/// What a request is for, and by which clause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    pub(crate) standard: &'static str,
}

impl Wire {
    pub(crate) fn new(output: Output, tls: &TlsOptions) -> anyhow::Result<Self> {
        let tls = tls.config()?;
        let guarded = GuardedClient::with_tls(tls.clone()).timeout(Client::DEFAULT_TIMEOUT);
        Ok(Self { client: Client::with_tls(tls), guarded, guard: None, output, steps: 0 })
    }

    /// From here on no address is the caller's own: an API has named whom to ask (RFC 9728 section 7.7). Nothing is reached
    /// but public hosts, over TLS; and this machine, where the API is on it and was named by an `http` address: there,
    /// everything that is tried out is on one machine.
    pub(crate) fn guard(&mut self, transport: Transport) {
        if transport == Transport::HttpsOrInsecureLoopback && self.guard != Some(transport) {
            self.guarded = self.guarded.clone().dangerously_reach_loopback();
        }
        self.guard = Some(transport);
    }

    /// Waits as long as this for what the caller named.
    pub(crate) fn wait_for(&mut self, patience: Duration) {
        self.client = self.client.clone().timeout(patience);
    }

    /// What sends the requests, for whoever needs its clock.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn moment() -> Result<Moment, Failure> {
        SystemClock.moment().map_err(|error| Failure::caller(error.to_string()))
    }

    /// Sends one request.
    pub(crate) async fn send(
        &mut self,
        scene: Scene,
        outgoing: Outgoing,
    ) -> Result<Response<Bytes>, Failure> {
        let request = self.output.verbose.then(|| Message::sent(&outgoing.request));
        let host = outgoing.request.uri().host().unwrap_or_default().to_owned();
        let response = self.way(outgoing).await;
        self.steps += 1;
        if let Some(request) = request {
            self.tell(scene, &request, response.as_ref().ok());
        }
        response.map_err(|error| Failure::from(error).during(&host))
    }

    async fn way(&self, mut outgoing: Outgoing) -> Result<Response<Bytes>, SendError> {
        let is_http = outgoing.request.uri().scheme() == Some(&Scheme::HTTP);
        match self.guard {
            None => self.client.send(outgoing).await,
            // The protocol has looked at the address: it is of this machine.
            Some(Transport::HttpsOrInsecureLoopback) if is_http => self.client.send(outgoing).await,
            Some(_) => {
                outgoing.request.headers_mut().entry(USER_AGENT).or_insert(AGENT);
                self.guarded.send(outgoing).await
            }
        }
    }

    /// Drives an exchange to its end.
    pub(crate) async fn run<E>(&mut self, scene: Scene, mut exchange: E) -> Result<E::Done, Failure>
    where
        E: Exchange<Error = client::Error>,
    {
        loop {
            let outgoing = exchange.request(Self::moment()?)?;
            let answer = self.send(scene, outgoing).await;
            let moment = Self::moment()?;
            let now = moment.now();
            let progress = match answer {
                Ok(response) => exchange.response(response, moment)?,
                Err(failure) => exchange.unanswered(moment).ok_or(failure)?,
            };
            exchange = match progress {
                Progress::Done(done) => return Ok(done),
                Progress::Again(next) => next,
                Progress::Wait(until, next) => {
                    tokio::time::sleep(until.since(now)).await;
                    next
                }
            };
        }
    }

    fn tell(&self, scene: Scene, request: &Message, response: Option<&Response<Bytes>>) {
        let Scene { title, standard } = scene;
        let response = response.map(Message::answered);
        let text = match self.output.json {
            true => {
                let step = json!({
                    "step": self.steps, "title": title, "standard": standard, "request": request, "response": response,
                });
                format!("{step}\n")
            }
            false => {
                let mut text =
                    format!("\n{TITLE}{:>2}. {title}{TITLE:#}  {FAINT}{standard}{FAINT:#}\n", self.steps);
                text += &request.to_people('>');
                text +=
                    &response.map_or_else(|| "    no answer\n".to_owned(), |answer| answer.to_people('<'));
                text
            }
        };
        // Nobody is left to tell when this fails.
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
}

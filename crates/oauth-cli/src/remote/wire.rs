//! What a command sends, one request at a time, and told where that is wanted.

use std::io::Write as _;

use bytes::Bytes;
use http::Response;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use oauth2_core::client;
use serde_json::json;

use super::{Failure, Output};
use crate::{
    demo::message::Message,
    tell::{FAINT, TITLE},
};

/// The way out.
pub(crate) struct Wire {
    client: Client,
    output: Output,
    steps: usize,
}

/// What a request is for, and by which clause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    pub(crate) standard: &'static str,
}

impl Wire {
    pub(crate) fn new(output: Output) -> Self {
        Self { client: Client::new(), output, steps: 0 }
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
        let response = self.client.send(outgoing).await;
        self.steps += 1;
        if let Some(request) = request {
            self.tell(scene, &request, response.as_ref().ok());
        }
        response.map_err(|error| Failure::from(error).during(&host))
    }

    /// Drives an exchange to its end.
    pub(crate) async fn run<E>(&mut self, scene: Scene, mut exchange: E) -> Result<E::Done, Failure>
    where
        E: Exchange<Error = client::Error>,
    {
        loop {
            let outgoing = exchange.request(Self::moment()?)?;
            let response = self.send(scene, outgoing).await?;
            let moment = Self::moment()?;
            let now = moment.now();
            exchange = match exchange.response(response, moment)? {
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

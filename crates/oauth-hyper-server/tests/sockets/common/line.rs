//! A client whose messages are kept.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use oauth_clock::{Clock as _, ManualClock};
use oauth_hyper_client::Client;
use oauth_sansio::{Exchange, Outgoing, Progress};

/// A request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) request: Request<Bytes>,
    pub(crate) response: Response<Bytes>,
}

#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) client: Client,
    clock: Arc<ManualClock>,
    tape: Arc<Mutex<Vec<Message>>>,
}

impl Line {
    pub(crate) fn new(client: Client, clock: Arc<ManualClock>) -> Self {
        Self { client, clock, tape: Arc::default() }
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let response = self.client.send(Outgoing::once(request.clone())).await.unwrap();
        self.tape.lock().unwrap().push(Message { request, response: response.clone() });
        response
    }

    /// As [`Client::run`], with every message kept.
    pub(crate) async fn run<E: Exchange<Error: std::fmt::Debug>>(
        &self,
        mut exchange: E,
    ) -> Result<E::Done, E::Error> {
        loop {
            let request = exchange.request(self.clock.moment().unwrap())?.request;
            let response = self.send(request).await;
            exchange = match exchange.response(response, self.clock.moment().unwrap())? {
                Progress::Done(done) => return Ok(done),
                Progress::Again(next) | Progress::Wait(_, next) => next,
            };
        }
    }

    /// Everything that passed so far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.tape.lock().unwrap().clone()
    }
}

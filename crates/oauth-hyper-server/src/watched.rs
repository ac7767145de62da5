//! What an operator who wants to know is told of one request, while a driver answers it.

use std::net::IpAddr;

use bytes::Bytes;
use http::{Request, Response};
use oauth_sansio::Reply;

use crate::drive::Shared;
use crate::{Attempt, Connection, Endpoint, Event, Operator, Reason, Written, body};

/// A request that an operator watches; `B` is the batch of its protocol.
pub(crate) struct Watched<'a, B> {
    operator: &'a dyn Operator,
    endpoint: Endpoint,
    client_id: Option<String>,
    peer: Option<IpAddr>,
    written: Option<B>,
}

impl<'a, B> Watched<'a, B>
where
    for<'b> Written<'b>: From<&'b B>,
{
    /// `None` where nobody wants to know anything. In a box: the future of every request would have room for it.
    pub(crate) fn new(
        shared: &'a Shared,
        endpoint: impl Into<Endpoint>,
        client_id: Option<&str>,
        request: &Request<Bytes>,
    ) -> Option<Box<Self>> {
        let operator = shared.operator.as_deref()?;
        let (client_id, peer) = (client_id.map(str::to_owned), Connection::address(request));
        Some(Box::new(Self { operator, endpoint: endpoint.into(), client_id, peer, written: None }))
    }

    /// Whether it may go on; otherwise the answer.
    pub(crate) async fn admit(&self) -> Result<(), Response<Bytes>> {
        self.operator.admit(&self.attempt()).await.map_err(|wait| {
            tracing::info!(status = 429, "refused: too many");
            body::too_many(wait)
        })
    }

    /// A client that is looked up later is the one that a person's link leads to.
    pub(crate) fn looks_up(&mut self, client_id: Option<&str>) {
        if self.client_id.is_none() {
            self.client_id = client_id.map(str::to_owned);
        }
    }

    /// What a commit has written.
    pub(crate) fn wrote(&mut self, batch: B) {
        self.written = Some(batch);
    }

    /// It is answered.
    pub(crate) fn answered<R: Into<Reason> + Copy>(&self, reply: &Reply<R>) {
        self.operator.happened(&Event {
            attempt: self.attempt(),
            status: reply.response.status(),
            reason: reply.reason.map(Into::into),
            written: self.written.as_ref().map(Into::into),
        });
    }

    fn attempt(&self) -> Attempt<'_> {
        Attempt { endpoint: self.endpoint, client_id: self.client_id.as_deref(), peer: self.peer }
    }
}

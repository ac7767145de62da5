//! One client-side conversation: requests out, responses in, a value at the end.

use bytes::Bytes;
use http::{Request, Response};

use crate::{Moment, Timestamp};

/// A conversation with a server that an adapter for any HTTP client drives in one loop.
///
/// ```
/// # use bytes::Bytes;
/// # use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Timestamp};
/// # use http::{Request, Response};
/// fn run<E: Exchange>(
///     mut exchange: E,
///     send: impl Fn(Outgoing) -> Response<Bytes>,
///     wait: impl Fn(Timestamp),
///     moment: impl Fn() -> Moment,
/// ) -> Result<E::Done, E::Error> {
///     loop {
///         let response = send(exchange.request(moment())?);
///         exchange = match exchange.response(response, moment())? {
///             Progress::Done(done) => return Ok(done),
///             Progress::Again(next) => next,
///             Progress::Wait(until, next) => {
///                 wait(until);
///                 next
///             }
///         };
///     }
/// }
/// ```
pub trait Exchange: Sized {
    /// What the conversation is for.
    type Done;
    /// How it can fail, with blame.
    type Error;

    /// The next request. Asked again before there was an answer, it makes another one: with new proofs, nonces and assertions.
    ///
    /// # Errors
    /// When the request cannot be made from what the caller configured.
    fn request(&mut self, moment: Moment) -> Result<Outgoing, Self::Error>;

    /// Reads the answer to the last request.
    ///
    /// # Errors
    /// When the peer refuses, or answers what the protocol does not allow.
    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Self::Error>;

    /// Goes on although no answer came to the last request, which may have arrived all the same; `None` where that is the end.
    fn unanswered(self, _moment: Moment) -> Option<Progress<Self>> {
        None
    }
}

/// How a conversation goes on.
#[must_use]
#[derive(Debug)]
pub enum Progress<E: Exchange> {
    /// It is over.
    Done(E::Done),
    /// Send the next request now.
    Again(E),
    /// Send the next request, but not before this time.
    Wait(Timestamp, E),
}

/// A request that carries its own rules. The adapter obeys them; it does not guess.
///
/// A redirect is never followed by an adapter: it would carry credentials to an address that nobody vouched for
/// (RFC 9700 section 4.12).
pub struct Outgoing {
    /// What to send.
    pub request: Request<Bytes>,
    /// How many bytes of body the answer may have; a longer one is an error, not a longer read.
    pub max_response_bytes: usize,
    /// Whether the exchange may be asked for another request when it is unknown if this one arrived. It itself is not sent a
    /// second time: what proves something in it may be good for one use.
    pub safe_to_repeat: bool,
}

impl Outgoing {
    /// An answer to a protocol message is small; this is far above any seen.
    pub const DEFAULT_MAX_RESPONSE_BYTES: usize = 256 * 1024;

    /// A request that must not be sent twice, with the default limit on its answer.
    pub fn once(request: Request<Bytes>) -> Self {
        Self { request, max_response_bytes: Self::DEFAULT_MAX_RESPONSE_BYTES, safe_to_repeat: false }
    }

    /// A request without effect on the server, with the default limit on its answer.
    pub fn repeatable(request: Request<Bytes>) -> Self {
        Self { safe_to_repeat: true, ..Self::once(request) }
    }
}

/// Where it goes. Query, headers and body may hold secrets.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let uri = self.request.uri();
        f.debug_struct("Outgoing")
            .field("method", self.request.method())
            .field("host", &uri.host().unwrap_or_default())
            .field("path", &uri.path())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outgoing_request_prints_where_it_goes_and_nothing_else() {
        let request = Request::post("https://as.example.com/token?client_secret=hunter1")
            .header("authorization", "Basic hunter2")
            .body(Bytes::from("code=hunter3"))
            .unwrap();
        let text = format!("{:?}", Outgoing::once(request));
        assert!(
            text.contains("as.example.com") && text.contains("/token") && !text.contains("hunter"),
            "{text}"
        );
    }
}

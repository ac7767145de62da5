//! A request to an API, signed, as an exchange: it may be redirected within its origin, and may teach our clock.

use bytes::Bytes;
use http::{Request, Response};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Timestamp};

use super::{Client, Error, Placement, RedirectError, TokenCredentials, clock_offset, redirected};
use crate::signature::Origin;

/// Sends one request of the application: signed on every hop, each time with a fresh nonce.
///
/// Redirects are followed within the origin of the request, and nowhere else. The answer is what the API says, whatever
/// its status.
pub struct RequestExchange {
    client: Client,
    token: Option<TokenCredentials>,
    /// Never signed itself.
    request: Request<Bytes>,
    placement: Placement,
    max_response_bytes: usize,
    hops: u8,
    clock: Clock,
}

/// The seconds that were added to our clock to agree with the provider's, in the extensions of an answer that was
/// obtained with them. Worth keeping: [`Client::with_clock_offset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset(pub i64);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Ours,
    Learning,
    Learned(i64),
}

impl RequestExchange {
    /// How many redirects are followed.
    pub const MAX_REDIRECTS: u8 = 5;

    /// What is closer to our clock than these seconds is not what a request was refused for.
    const NOTICEABLE: u64 = 30;

    pub(super) fn new(client: Client, request: Request<Bytes>, token: Option<TokenCredentials>) -> Self {
        Self {
            client,
            token,
            request,
            placement: Placement::default(),
            max_response_bytes: Outgoing::DEFAULT_MAX_RESPONSE_BYTES,
            hops: Self::MAX_REDIRECTS,
            clock: Clock::Ours,
        }
    }

    /// The same, signed in another place than the header.
    #[must_use]
    pub fn placed(self, placement: Placement) -> Self {
        Self { placement, ..self }
    }

    /// The same with another limit on the bytes of the answer's body.
    #[must_use]
    pub fn max_response_bytes(self, max_response_bytes: usize) -> Self {
        Self { max_response_bytes, ..self }
    }

    /// The same, sent once more with a corrected timestamp when it is refused and our clock is found to be wrong, by no
    /// more than [`MAX_CLOCK_OFFSET`](super::MAX_CLOCK_OFFSET). Over TLS only: whoever else could tell us the time
    /// could make us sign for later.
    #[must_use]
    pub fn learning_the_clock(self) -> Self {
        Self { clock: Clock::Learning, ..self }
    }

    /// The offset to try next.
    fn offset(&self, response: &Response<Bytes>, now: Timestamp) -> Option<i64> {
        let config = self.client.config();
        let is_private = Origin::of_uri(self.request.uri()).is_ok_and(|origin| config.is_private(&origin));
        if self.clock != Clock::Learning || !is_private {
            return None;
        }
        let offset = clock_offset(response, now)?;
        (offset.abs_diff(config.clock_offset) >= Self::NOTICEABLE).then_some(offset)
    }
}

impl Exchange for RequestExchange {
    type Done = Response<Bytes>;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let mut request = self.request.clone();
        self.client.signer(self.token.as_ref()).sign_in(self.placement, &mut request, moment)?;
        Ok(Outgoing { max_response_bytes: self.max_response_bytes, ..Outgoing::once(request) })
    }

    fn response(mut self, mut response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        if let Some(request) = redirected(&self.request, &response)? {
            let hops = self.hops.checked_sub(1).ok_or(RedirectError::TooMany)?;
            return Ok(Progress::Again(Self { request, hops, ..self }));
        }
        if let Some(offset) = self.offset(&response, moment.now()) {
            self.client = self.client.with_clock_offset(offset);
            return Ok(Progress::Again(Self { clock: Clock::Learned(offset), ..self }));
        }
        if let Clock::Learned(offset) = self.clock {
            response.extensions_mut().insert(ClockOffset(offset));
        }
        Ok(Progress::Done(response))
    }
}

/// Where it goes.
impl std::fmt::Debug for RequestExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestExchange")
            .field("method", self.request.method())
            .field("host", &self.request.uri().host().unwrap_or_default())
            .field("path", &self.request.uri().path())
            .finish_non_exhaustive()
    }
}

//! Reading a body: bounded in length and in time.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// How much a request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
}

impl Default for Limits {
    /// 64 KiB within ten seconds: protocol messages are small.
    fn default() -> Self {
        Self { body: 64 * 1024, body_timeout: Duration::from_secs(10) }
    }
}

/// A request with room for the bytes of its body, and the body.
pub(crate) fn apart<B>(request: Request<B>) -> (Request<Bytes>, B) {
    let (head, body) = request.into_parts();
    (Request::from_parts(head, Bytes::new()), body)
}

/// Reads a body to its end, where it lies: each future that it is handed through would have room for it.
///
/// # Errors
/// The status to refuse the request with: 413 when it is too long, 408 when it is too slow, 400 when it breaks off.
pub(crate) async fn read<B>(body: Pin<&mut B>, limits: &Limits) -> Result<Bytes, StatusCode>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // What is announced as too long is not read at all.
    if body.size_hint().lower() > limits.body as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut reading = pin!(gather(body, limits.body));
    if let Some(read) = soon(reading.as_mut()).await {
        return read;
    }
    let read = tokio::time::timeout(limits.body_timeout, reading).await;
    read.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

/// What a future gives when it is looked at twice. Most bodies come with their heads and are there the second time; a timer
/// for those that are not costs more than to look.
async fn soon<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    let mut looked = false;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if looked => Poll::Ready(None),
        Poll::Pending => {
            looked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// All of a body; one that comes in one piece is not copied.
async fn gather<B: Body>(mut body: Pin<&mut B>, most: usize) -> Result<Bytes, StatusCode> {
    let (mut first, mut more) = (Bytes::new(), BytesMut::new());
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        // Trailers say nothing here.
        let Ok(mut data) = frame.into_data() else { continue };
        let length = data.remaining();
        if length > most.saturating_sub(first.len() + more.len()) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let piece = data.copy_to_bytes(length);
        match first.is_empty() && more.is_empty() {
            true => first = piece,
            false => {
                more.extend_from_slice(&mem::take(&mut first));
                more.extend_from_slice(&piece);
            }
        }
    }
    Ok(if more.is_empty() { first } else { more.freeze() })
}

/// An answer without a body that nobody may keep.
pub(crate) fn bare(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer to somebody who must wait (RFC 6585 section 4).
pub(crate) fn too_many(wait: Duration) -> Response<Bytes> {
    let mut response = bare(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    response
}

/// The answer when the store or the entropy source fails: nothing was minted, nothing is lost, and the same request
/// may be sent again.
pub(crate) fn unavailable() -> Response<Bytes> {
    let mut response = bare(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

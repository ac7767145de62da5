//! Reading a body: bounded in length and in time.

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http::{HeaderValue, Response, StatusCode, header};
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

/// Reads a body to its end.
///
/// # Errors
/// The status to refuse the request with: 413 when it is too long, 408 when it is too slow, 400 when it breaks off.
pub(crate) async fn read<B>(body: B, limits: &Limits) -> Result<Bytes, StatusCode>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // What is announced as too long is not read at all.
    if body.size_hint().lower() > limits.body as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match tokio::time::timeout(limits.body_timeout, collect(body, limits.body)).await {
        Ok(read) => read,
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// All pieces in one; most often there is only one, which is not copied.
async fn collect<B: Body>(body: B, most: usize) -> Result<Bytes, StatusCode> {
    let mut body = pin!(body);
    let (mut first, mut whole) = (Bytes::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(mut piece) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        if piece.remaining() > most.saturating_sub(first.len().max(whole.len())) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if first.is_empty() {
            first = piece.copy_to_bytes(piece.remaining());
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&first);
        }
        while piece.has_remaining() {
            whole.extend_from_slice(piece.chunk());
            piece.advance(piece.chunk().len());
        }
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
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

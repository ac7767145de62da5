//! From a reason to the wire.
use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_sansio::Reply;

use super::Reason;

pub(super) fn unfinished() -> Reply<Reason> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    Reply::refused(response, Reason::Method)
}

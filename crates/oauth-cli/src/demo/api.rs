//! The protected API: photos of whoever has allowed it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use oauth_hyper_server::Grant;
use oauth_sansio::form::{Form, Limits};
use tower_service::Service;

/// The scope, and the realm, that opens the photos.
pub(super) const SCOPE: &str = "photos";

/// `GET /photos?file=…`: tells whose photo it is and who asked. It runs behind `Protect` only.
#[derive(Clone)]
pub(super) struct Photos;

impl<B> Service<Request<B>> for Photos {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(answer(&request)))
    }
}

fn answer<B>(request: &Request<B>) -> Response<Full<Bytes>> {
    let Some(grant) = request.extensions().get::<Grant>() else {
        return status(StatusCode::FORBIDDEN);
    };
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let form = Form::parse(query, &Limits::default()).ok();
    let file = form.as_ref().and_then(|form| form.one("file").ok().flatten());
    let (Some(file), "/photos") = (file, request.uri().path()) else {
        return status(StatusCode::NOT_FOUND);
    };
    let owner = grant.subject().unwrap_or("nobody");
    let photo = serde_json::json!({ "photo": file, "owner": owner, "asked_by": grant.client_id() });
    let mut response = Response::new(Full::new(Bytes::from(photo.to_string())));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

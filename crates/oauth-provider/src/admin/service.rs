//! What the operator's listener serves: commands over HTTP below `/v1/`, pages for a browser elsewhere.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;
use oauth_sansio::Secret;
use oauth_sansio::form;
use tower_service::Service;
use url::Url;

use super::api::{self, Api};
use super::door::Door;
use super::pages::AdminPages;
use super::place::Place;
use super::{Admin, AdminError};

/// The commands and pages as a service, on this machine. Clones share everything.
///
/// It answers to names that lead to this machine and nowhere else; under any other name it gives 421, so that no page
/// that has its own name lead here can speak to it (DNS rebinding).
#[derive(Clone)]
pub struct AdminService {
    place: Place,
    door: Door,
    api: Api,
    pages: AdminPages,
}

impl AdminService {
    /// For whoever shows this token, as a bearer token (RFC 6750 section 2.1), or comes by a [`link`](Self::link).
    pub fn new(admin: Admin, token: &Secret) -> Self {
        let token = api::kept(token.expose());
        let door = Door::new(admin.store.clone(), admin.clock.clone(), token);
        let api = Api::new(admin.clone(), token, door.clone());
        let pages = AdminPages::new(admin, door.clone(), false);
        Self { place: Place::Loopback, door, api, pages }
    }

    /// Answers to this origin, where something in front ends TLS, and to no other name.
    #[must_use]
    pub fn at(self, origin: &Url) -> Self {
        let place = Place::of(origin);
        Self { pages: self.pages.https(place.is_https()), place, ..self }
    }

    /// The address, below this one, of a link by which a browser comes in: once, within ten minutes. Its query is a secret.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn link(&self) -> Result<Secret, AdminError> {
        Ok(path(&self.door.link().await?))
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !self.place.is_named_by(&request) {
            tracing::info!(status = 421, "refused: the operator's listener under another name");
            return api::refused(StatusCode::MISDIRECTED_REQUEST, "this is not its name");
        }
        match request.uri().path().starts_with("/v1/") {
            true => self.api.answer(request).await,
            false => self.pages.answer(&self.place, request).await,
        }
    }
}

/// Where a link leads.
pub(super) fn path(ticket: &Secret) -> Secret {
    format!("{}?{}", super::pages::ENTER, form::encode([("ticket", ticket.expose())])).into()
}

impl<B> Service<Request<B>> for AdminService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.answer(request).await.map(Full::new)) })
    }
}

impl std::fmt::Debug for AdminService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminService").field("place", &self.place).finish_non_exhaustive()
    }
}

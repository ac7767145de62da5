//! The API that the application asks: it opens for both protocols.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Body;
use oauth_clock::Clock;
use oauth_hyper_server::{Grant, Protect};
use oauth_store::IssuerStore;
use oauth1_core::resource as resource1;
use oauth2_core::resource as resource2;
use std::sync::Arc;

use super::stage::Stage;
use crate::config::Problem;

/// Tells whom a request acts for.
#[derive(Clone)]
pub(super) struct Api(Protect);

impl Api {
    pub(super) fn new(store: IssuerStore, stage: &Stage, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        let unfit = |error: &dyn std::fmt::Display| Problem::new("issuer", error, "change what it says");
        let mut oauth1 = resource1::Config::new(stage.origin.clone());
        oauth1.insecure_loopback = true;
        let oauth2 = resource2::Config {
            realm: Some("playground".to_owned()),
            scopes: stage.scopes.clone(),
            dpop: Some(resource2::Dpop::new(stage.origin.clone())),
            ..resource2::Config::default()
        };
        let oauth1 = resource1::Verifier::new(oauth1).map_err(|error| unfit(&error))?;
        let oauth2 = resource2::Verifier::new(oauth2).map_err(|error| unfit(&error))?;
        Ok(Self(Protect::new(store).clock(clock).oauth1(oauth1).oauth2(oauth2)))
    }

    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (request, answering) = match self.0.admit(request).await {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal,
        };
        let grant = request.extensions().get::<Grant>();
        let (whose, by) = grant.map_or((None, None), |grant| (grant.subject(), Some(grant.client_id())));
        let scopes: Vec<_> = grant.into_iter().flat_map(Grant::scopes).collect();
        let told = serde_json::json!({ "photos_of": whose, "asked_by": by, "allowed": scopes });
        let mut answer = Response::new(Bytes::from(told.to_string()));
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answering.finish(answer)
    }
}

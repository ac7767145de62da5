//! Asking the server about a token (RFC 7662), and giving one back (RFC 7009).

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, form};
use serde_json::{Map, Value};

use super::{Client, Error, Misuse, config::Inner, exchange::post, response::read_as};
use crate::{DocumentError, document::check_size};

impl Client {
    /// Gives a token back: it and what grew from the same grant is dead when the answer is there (RFC 7009 section 2).
    ///
    /// # Errors
    /// [`Misuse::NoRevocationEndpoint`] when the server has none.
    pub fn revoke(&self, token: &Secret) -> Result<Revocation, Error> {
        let endpoint = self.0.server.revocation_endpoint.clone().ok_or(Misuse::NoRevocationEndpoint)?;
        Ok(Revocation(self.about(token, endpoint)))
    }

    /// Asks what a token is that was sent to this client, an API (RFC 7662 section 2.1).
    ///
    /// # Errors
    /// [`Misuse::NoIntrospectionEndpoint`] when the server has none.
    pub fn introspect(&self, token: &Secret) -> Result<IntrospectionRequest, Error> {
        let endpoint = self.0.server.introspection_endpoint.clone();
        let endpoint = endpoint.ok_or(Misuse::NoIntrospectionEndpoint)?;
        Ok(IntrospectionRequest(self.about(token, endpoint)))
    }

    fn about(&self, token: &Secret, endpoint: Uri) -> About {
        let mut body = String::new();
        form::append(&mut body, "token", token.expose());
        self.0.authentication.append(&mut body, &self.0.client_id);
        About { client: self.0.clone(), endpoint, body: body.into() }
    }
}

struct About {
    client: Arc<Inner>,
    endpoint: Uri,
    body: Bytes,
}

impl About {
    fn request(&self, moment: Moment) -> Result<Outgoing, Error> {
        let (now, mut entropy) = (moment.now(), moment.entropy());
        let request = post(&self.client, self.endpoint.clone(), &self.body, now, &mut entropy)?;
        // A second one changes nothing that the first has not.
        Ok(Outgoing::repeatable(request))
    }
}

/// The request to revoke a token.
#[must_use]
pub struct Revocation(About);

impl Exchange for Revocation {
    type Done = ();
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        self.0.request(moment)
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        // RFC 7009 section 2.2: what the body says does not matter.
        if response.status() == StatusCode::OK && check_size(&response).is_ok() {
            return Ok(Progress::Done(()));
        }
        let leniency = self.0.client.server.leniency;
        read_as(&response, (StatusCode::OK, ""), leniency, |_| Err(DocumentError::Status)).map(Progress::Done)
    }
}

/// The request to tell what a token is.
#[must_use]
pub struct IntrospectionRequest(About);

/// What the server says of a token (RFC 7662 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspection {
    /// Whether it is good for anything. Nothing else counts of one that is not.
    pub active: bool,
    /// All other members, as they came.
    pub members: Map<String, Value>,
}

impl Exchange for IntrospectionRequest {
    type Done = Introspection;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        self.0.request(moment)
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let leniency = self.0.client.server.leniency;
        let told = read_as(&response, (StatusCode::OK, "active"), leniency, |mut members| {
            let active = members.flag("active")?.ok_or(DocumentError::Missing("active"))?;
            Ok(Introspection { active, members: members.rest() })
        });
        told.map(Progress::Done)
    }
}

/// The body holds a token.
impl std::fmt::Debug for Revocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revocation").field("endpoint", &self.0.endpoint).finish_non_exhaustive()
    }
}

/// The body holds a token.
impl std::fmt::Debug for IntrospectionRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IntrospectionRequest").field("endpoint", &self.0.endpoint).finish_non_exhaustive()
    }
}

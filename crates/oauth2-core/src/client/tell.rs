//! Asking the server about a token (RFC 7662), and giving one back (RFC 7009).

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, form};
use serde_json::{Map, Value};

use super::{Client, Error, Misuse, call::Call, profile::Kind, response::read_as};
use crate::{DocumentError, document::check_size};

impl Client {
    /// Gives a token back: it and what grew from the same grant is dead when the answer is there (RFC 7009 section 2).
    ///
    /// # Errors
    /// [`Misuse::NoRevocationEndpoint`] when the server has none.
    pub fn revoke(&self, token: &Secret) -> Result<Revocation, Error> {
        let endpoint = self.0.endpoints.revocation.clone().ok_or(Misuse::NoRevocationEndpoint)?;
        Ok(Revocation(self.about(token, endpoint)))
    }

    /// Asks what a token is that was sent to this client, an API (RFC 7662 section 2.1).
    ///
    /// # Errors
    /// [`Misuse::NoIntrospectionEndpoint`] when the server has none.
    pub fn introspect(&self, token: &Secret) -> Result<IntrospectionRequest, Error> {
        let endpoint = self.0.endpoints.introspection.clone();
        let endpoint = endpoint.ok_or(Misuse::NoIntrospectionEndpoint)?;
        Ok(IntrospectionRequest(self.about(token, endpoint)))
    }

    fn about(&self, token: &Secret, endpoint: Uri) -> Call {
        let mut body = String::new();
        form::append(&mut body, "token", token.expose());
        Call::new(&self.0, Some(endpoint), body)
    }
}

/// The request to revoke a token.
#[must_use]
#[derive(Debug)]
pub struct Revocation(Call);

impl Exchange for Revocation {
    type Done = ();
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        // A second one changes nothing that the first has not.
        self.0.request(moment).map(Outgoing::repeatable)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let response = self.0.client.server.heard(response, Kind::Revocation, moment.now());
        // RFC 7009 section 2.2: what the body says does not matter.
        if response.status() == StatusCode::OK && check_size(&response).is_ok() {
            return Ok(Progress::Done(()));
        }
        let leniency = self.0.client.server.leniency;
        let told = read_as(&response, (StatusCode::OK, ""), leniency, |_| Err(DocumentError::Status));
        told.map(Progress::Done).map_err(|error| self.0.discreet(error))
    }
}

/// The request to tell what a token is.
#[must_use]
#[derive(Debug)]
pub struct IntrospectionRequest(Call);

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
        // A second one changes nothing that the first has not.
        self.0.request(moment).map(Outgoing::repeatable)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let response = self.0.client.server.heard(response, Kind::Other, moment.now());
        let leniency = self.0.client.server.leniency;
        let told = read_as(&response, (StatusCode::OK, "active"), leniency, |members| {
            let active = members.flag("active")?.ok_or(DocumentError::Missing("active"))?;
            Ok(Introspection { active, members: members.rest() })
        });
        told.map(Progress::Done).map_err(|error| self.0.discreet(error))
    }
}

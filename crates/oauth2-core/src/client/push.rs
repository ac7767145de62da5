//! Pushed authorization requests (RFC 9126).

use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, form};
use url::Url;

use super::{Client, Error, Misuse, Pending, call::Call, profile::Kind, response::read_as};
use crate::{
    DocumentError,
    document::{Members, Object},
};

/// An authorization request on its way to the server; what comes back is the address for the browser, and what to keep in
/// its session.
#[must_use]
#[derive(Debug)]
pub struct PushedRequest {
    call: Call,
    pending: Pending,
}

/// Bytes of a `request_uri`; a longer one fits in no address.
const MAX_REFERENCE: usize = 1024;

impl PushedRequest {
    /// With the parameters of an authorization URL of the client.
    pub(super) fn new(client: Client, url: &str, pending: Pending) -> Result<Self, Error> {
        let endpoint = client.0.endpoints.pushed.clone().ok_or(Misuse::NoPushEndpoint)?;
        let (_, start) = client.0.authorization_url.as_ref().ok_or(Misuse::NoAuthorizationEndpoint)?;
        let body = url.get(*start..).unwrap_or_default().to_owned();
        Ok(Self { call: Call::named(&client.0, endpoint, body), pending })
    }

    fn read(&self, members: &mut Object<'_>) -> Result<Url, DocumentError> {
        const NAME: &str = "request_uri";
        let reference = members.text(NAME)?.ok_or(DocumentError::Missing(NAME))?;
        let is_fit = !reference.is_empty() && reference.len() <= MAX_REFERENCE;
        if !is_fit || !reference.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DocumentError::Value(NAME));
        }
        let (prefix, start) =
            self.call.client.authorization_url.as_ref().ok_or(DocumentError::Value(NAME))?;
        let mut url = prefix.get(..*start).unwrap_or_default().to_owned();
        // RFC 9126 section 4: the browser carries the reference, and nothing else that could be changed.
        form::append(&mut url, "client_id", &self.call.client.client_id);
        form::append(&mut url, NAME, &reference);
        Url::parse(&url).map_err(|_| DocumentError::Value(NAME))
    }
}

impl Exchange for PushedRequest {
    type Done = (Url, Pending);
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        // A second one is another reference to the same.
        self.call.request(moment).map(Outgoing::repeatable)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let response = self.call.client.server.heard(response, Kind::Other, moment.now());
        let leniency = self.call.client.server.leniency;
        let granted = (StatusCode::CREATED, "request_uri");
        let url = read_as(&response, granted, leniency, |members| self.read(members))
            .map_err(|error| self.call.discreet(error))?;
        Ok(Progress::Done((url, self.pending)))
    }
}

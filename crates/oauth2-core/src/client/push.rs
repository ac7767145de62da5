//! Pushed authorization requests (RFC 9126).

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, form};
use url::Url;

use super::{Client, Error, Misuse, Pending, exchange::post, response::read_as};
use crate::{DocumentError, document::Object};

/// An authorization request on its way to the server; what comes back is the address for the browser, and what to keep in
/// its session.
#[must_use]
pub struct PushedRequest {
    client: Client,
    endpoint: Uri,
    body: Bytes,
    pending: Pending,
}

/// Bytes of a `request_uri`; a longer one fits in no address.
const MAX_REFERENCE: usize = 1024;

impl PushedRequest {
    /// With the parameters of an authorization URL of the client.
    pub(super) fn new(client: Client, url: &str, pending: Pending) -> Result<Self, Error> {
        let endpoint = client.0.server.pushed_endpoint.clone().ok_or(Misuse::NoPushEndpoint)?;
        let (_, start) = client.0.authorization_url.as_ref().ok_or(Misuse::NoAuthorizationEndpoint)?;
        let mut body = url.get(*start..).unwrap_or_default().to_owned();
        client.0.authentication.append_secret(&mut body);
        Ok(Self { client, endpoint, body: body.into(), pending })
    }

    fn read(&self, mut members: Object<'_>) -> Result<Url, DocumentError> {
        const NAME: &str = "request_uri";
        let reference = members.text(NAME)?.ok_or(DocumentError::Missing(NAME))?;
        let is_fit = !reference.is_empty() && reference.len() <= MAX_REFERENCE;
        if !is_fit || !reference.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DocumentError::Value(NAME));
        }
        let (prefix, start) = self.client.0.authorization_url.as_ref().ok_or(DocumentError::Value(NAME))?;
        let mut url = prefix.get(..*start).unwrap_or_default().to_owned();
        // RFC 9126 section 4: the browser carries the reference, and nothing else that could be changed.
        form::append(&mut url, "client_id", &self.client.0.client_id);
        form::append(&mut url, NAME, &reference);
        Url::parse(&url).map_err(|_| DocumentError::Value(NAME))
    }
}

impl Exchange for PushedRequest {
    type Done = (Url, Pending);
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let (now, mut entropy) = (moment.now(), moment.entropy());
        let request = post(&self.client.0, self.endpoint.clone(), &self.body, now, &mut entropy)?;
        // A second one is another reference to the same.
        Ok(Outgoing::repeatable(request))
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let leniency = self.client.0.server.leniency;
        let granted = (StatusCode::CREATED, "request_uri");
        let url = read_as(&response, granted, leniency, |members| self.read(members))?;
        Ok(Progress::Done((url, self.pending)))
    }
}

/// The body may hold secrets.
impl std::fmt::Debug for PushedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushedRequest").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

//! Asking for a registration, and for what has become of it (RFC 7591 section 3, RFC 7592 section 2).

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, auth::parse_challenges};

use super::{ClientMetadata, Registered};
use crate::{
    DocumentError,
    client::{Error, ErrorCode, Leniency, Misuse, Refusal, Server, echo, response::read_as},
    document::{check_json, check_size},
    metadata::Transport,
};

/// A registration on its way to the server; what comes back is stored by the issuer that it is of.
#[must_use]
#[derive(Debug)]
pub struct Registration {
    place: Place,
    asked: ClientMetadata,
    /// What there was before.
    known: Option<Box<Registered>>,
    issuer: String,
    transport: Transport,
    leniency: Leniency,
}

/// Deleting a registration (RFC 7592 section 2.3).
#[must_use]
#[derive(Debug)]
pub struct Deregistration {
    place: Place,
    leniency: Leniency,
}

impl Registration {
    /// Asks the server to know this client.
    ///
    /// A server that somebody else names decides which host is asked: let the adapter guard where it connects.
    ///
    /// # Errors
    /// [`Misuse::NoRegistrationEndpoint`] when the server has none, [`Misuse::ClientMetadata`] and others when the metadata
    /// contradicts itself.
    pub fn new(server: &Server, metadata: ClientMetadata) -> Result<Self, Error> {
        metadata.check()?;
        let uri = server.registration_endpoint.clone().ok_or(Misuse::NoRegistrationEndpoint)?;
        let body = metadata.to_json(&[])?.into();
        Ok(Self::at(server, Place { method: Method::POST, uri, token: None, body }, metadata, None))
    }

    /// With a token that the server's operator has given out (RFC 7591 section 3).
    pub fn with_initial_access_token(mut self, token: Secret) -> Self {
        self.place.token = Some(token);
        self
    }

    pub(super) fn at(
        server: &Server,
        place: Place,
        asked: ClientMetadata,
        known: Option<Box<Registered>>,
    ) -> Self {
        let Server { issuer, transport, leniency, .. } = server;
        Self { place, asked, known, issuer: issuer.clone(), transport: *transport, leniency: *leniency }
    }
}

impl Deregistration {
    pub(super) fn at(server: &Server, place: Place) -> Self {
        Self { place, leniency: server.leniency }
    }
}

impl Exchange for Registration {
    type Done = Registered;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        let is_reading = self.place.method == Method::GET;
        Ok(Outgoing { safe_to_repeat: is_reading, ..Outgoing::once(self.place.request()?) })
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let Self { place, asked, known, issuer, transport, leniency } = self;
        refused_by_challenge(&response).map_err(|error| place.discreet(error))?;
        // RFC 7591 section 3.2.1, RFC 7592 sections 2.1 and 2.2
        let status = if place.method == Method::POST { StatusCode::CREATED } else { StatusCode::OK };
        let registered = read_as(&response, (status, "client_id"), leniency, |members| {
            let read = Registered::read(std::mem::take(members), issuer, transport, leniency)?;
            let read = read.coming_back_to(&asked.redirect_uris)?;
            match known {
                Some(known) => read.following(*known),
                None => Ok(read.having_asked(asked)),
            }
        });
        registered.map(Progress::Done).map_err(|error| place.discreet(error))
    }
}

impl Exchange for Deregistration {
    type Done = ();
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        Ok(Outgoing::once(self.place.request()?))
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let (status, is_lenient) = (response.status(), self.leniency == Leniency::Lenient);
        if status == StatusCode::NO_CONTENT || is_lenient && status.is_success() {
            return Ok(Progress::Done(()));
        }
        let granted = (StatusCode::NO_CONTENT, "");
        refused_by_challenge(&response)
            .and_then(|()| read_as(&response, granted, self.leniency, |_| Err(DocumentError::Status)))
            .map(Progress::Done)
            .map_err(|error| self.place.discreet(error))
    }
}

/// Where to ask, and with what.
pub(super) struct Place {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) token: Option<Secret>,
    pub(super) body: Bytes,
}

impl Place {
    fn request(&self) -> Result<Request<Bytes>, Misuse> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/json");
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, json.clone());
        }
        headers.insert(ACCEPT, json);
        if let Some(token) = &self.token {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
            let mut value = value.map_err(|_| Misuse::TokenType)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    /// An error of the server, without what it wrote where that tells the token.
    fn discreet(&self, error: Error) -> Error {
        echo::without(error, self.token.as_ref().map(Secret::expose))
    }
}

/// The token is a secret, and so may be what is in the body.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("method", &self.method)
            .field("host", &self.uri.host().unwrap_or_default())
            .finish_non_exhaustive()
    }
}

/// A token that is refused need not be refused in JSON: the challenge tells (RFC 7592 section 2, RFC 6750 section 3).
fn refused_by_challenge(response: &Response<Bytes>) -> Result<(), Error> {
    let has_document = check_size(response).and_then(|()| check_json(response.headers())).is_ok();
    if has_document || !matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Ok(());
    }
    let values = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let texts: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    let challenges = parse_challenges(texts).unwrap_or_default();
    let told = challenges.iter().find(|challenge| challenge.scheme.eq_ignore_ascii_case("Bearer"));
    match told.and_then(|challenge| ErrorCode::parse(challenge.parameter("error")?)) {
        Some(code) => Err(Error::Refused(Refusal {
            code,
            description: None,
            uri: None,
            status: Some(response.status()),
            retry_after: None,
        })),
        None => Ok(()),
    }
}

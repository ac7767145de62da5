//! What came of a registration (RFC 7591 section 3.2.1, RFC 7592 section 3).

use std::fmt;

use bytes::Bytes;
use http::Method;
use oauth_sansio::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ClientMetadata, Deregistration, Registration, register::Place};
use crate::{
    DocumentError,
    client::{AssertionKey, ClientAuthentication, Config, Error, Leniency, Misuse, Server},
    document::{Json, Members, Object},
    metadata::{Transport, UrlError, address, endpoint},
};

/// A client as one server knows it. Plain serde data, to be kept by its issuer: it is of no use at another server. Written
/// out, it contains secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The issuer that knows the client.
    pub issuer: String,
    /// The client identifier.
    pub client_id: String,
    /// The secret, where the client authenticates with one.
    #[serde(with = "oauth_sansio::secret::exposed_option")]
    pub client_secret: Option<Secret>,
    /// From this second on the secret is dead; `None` for never.
    pub secret_expires_at: Option<Timestamp>,
    /// When the identifier was given out, where the server says so.
    pub issued_at: Option<Timestamp>,
    /// What the registration is looked after with, where the server lets a client do that.
    pub access: Option<RegistrationAccess>,
    /// What was registered, which may be less than was asked for: look at it.
    pub metadata: ClientMetadata,
}

/// What a registration is looked after with (RFC 7592 section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationAccess {
    /// The token, for this registration and nothing else.
    #[serde(with = "oauth_sansio::secret::exposed")]
    pub token: Secret,
    /// Where it is good.
    pub uri: Url,
}

/// Bytes of an identifier, a secret or a token.
const MAX_BYTES: usize = 4096;

impl Registered {
    /// The configuration of a client at the server that knows it, with the first redirect URI; `key` is what signs its
    /// assertions, where it authenticates by a key of its own.
    ///
    /// # Errors
    /// [`Misuse::OtherIssuer`] for any other server, [`Misuse::NoSecret`] and [`Misuse::NoKey`] when what the method needs is
    /// not there.
    pub fn config(&self, server: Server, key: Option<AssertionKey>) -> Result<Config, Error> {
        self.check_issuer(&server)?;
        let method = self.metadata.authentication_method();
        let authentication = ClientAuthentication::of(method, self.client_secret.clone(), key)?;
        let redirect_uri = self.metadata.redirect_uris.first().cloned();
        Ok(Config { authentication, redirect_uri, ..Config::new(server, &self.client_id) })
    }

    /// Whether the secret has ended, so that only a new registration helps, or reading this one.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.secret_expires_at.is_some_and(|expires| now >= expires)
    }

    /// Asks what is registered now (RFC 7592 section 2.1).
    ///
    /// # Errors
    /// [`Misuse::OtherIssuer`], and [`Misuse::NoRegistrationAccess`] when the server lets no client do that.
    pub fn read_again(&self, server: &Server) -> Result<Registration, Error> {
        let place = self.place(server, Method::GET, Bytes::new())?;
        Ok(Registration::at(server, place, self.metadata.clone(), Some(Box::new(self.clone()))))
    }

    /// Puts this in the place of what is registered (RFC 7592 section 2.2): what is not in it is gone.
    ///
    /// # Errors
    /// As [`read_again`](Self::read_again) and [`Registration::new`].
    pub fn replace(&self, server: &Server, metadata: ClientMetadata) -> Result<Registration, Error> {
        metadata.check()?;
        let body = metadata.to_json(&[("client_id", &self.client_id)])?;
        let place = self.place(server, Method::PUT, body.into())?;
        Ok(Registration::at(server, place, metadata, Some(Box::new(self.clone()))))
    }

    /// Has the server forget the client and all that it was given (RFC 7592 section 2.3).
    ///
    /// # Errors
    /// As [`read_again`](Self::read_again).
    pub fn delete(&self, server: &Server) -> Result<Deregistration, Error> {
        Ok(Deregistration::at(server, self.place(server, Method::DELETE, Bytes::new())?))
    }

    fn check_issuer(&self, server: &Server) -> Result<(), Misuse> {
        if server.issuer == self.issuer { Ok(()) } else { Err(Misuse::OtherIssuer) }
    }

    fn place(&self, server: &Server, method: Method, body: Bytes) -> Result<Place, Error> {
        self.check_issuer(server)?;
        let RegistrationAccess { token, uri } = self.access.as_ref().ok_or(Misuse::NoRegistrationAccess)?;
        let uri = address(uri).map_err(|_: UrlError| Misuse::NoRegistrationAccess)?;
        Ok(Place { method, uri, token: Some(token.clone()), body })
    }

    /// Reads the server's answer.
    pub(super) fn read(
        members: Object<'_>,
        issuer: String,
        transport: Transport,
        leniency: Leniency,
    ) -> Result<Self, DocumentError> {
        let mut members = if leniency == Leniency::Lenient { members.without_nulls() } else { members };
        let client_id = secret(&mut members, "client_id")?.ok_or(DocumentError::Missing("client_id"))?;
        let client_secret = secret(&mut members, "client_secret")?;
        let expires = second(&mut members, "client_secret_expires_at")?;
        // RFC 7591 section 3.2.1: required beside a secret.
        if client_secret.is_some() && expires.is_none() && leniency == Leniency::Strict {
            return Err(DocumentError::Missing("client_secret_expires_at"));
        }
        let token = secret(&mut members, "registration_access_token")?;
        const URI: &str = "registration_client_uri";
        let uri = members.text(URI)?.map(|uri| endpoint(&uri, transport));
        let uri = uri.transpose().map_err(|_| DocumentError::Value(URI))?;
        Ok(Self {
            issuer,
            client_id: client_id.expose().to_owned(),
            client_secret,
            // 0 is never.
            secret_expires_at: expires.filter(|second| second.as_unix() > 0),
            issued_at: second(&mut members, "client_id_issued_at")?,
            // One is no use without the other.
            access: token.zip(uri).map(|(token, uri)| RegistrationAccess { token, uri }),
            metadata: ClientMetadata::read(members)?,
        })
    }

    /// Where the browser comes back to, the client says: the server may register less, and nothing else is believed. Any other
    /// value is as the server says (RFC 7591 section 3.2.1).
    pub(super) fn coming_back_to(mut self, own: &[String]) -> Result<Self, DocumentError> {
        let registered = &mut self.metadata.redirect_uris;
        let is_silent = registered.is_empty();
        registered.retain(|uri| own.contains(uri));
        match registered.is_empty() && !is_silent && !own.is_empty() {
            true => Err(DocumentError::Value("redirect_uris")),
            false => Ok(self),
        }
    }

    /// What a server does not tell is as it was asked for, although it should tell (RFC 7591 section 3.2.1).
    pub(super) fn having_asked(mut self, asked: ClientMetadata) -> Self {
        let metadata = &mut self.metadata;
        if metadata.redirect_uris.is_empty() {
            metadata.redirect_uris = asked.redirect_uris;
        }
        if metadata.token_endpoint_auth_method.is_none() {
            metadata.token_endpoint_auth_method = asked.token_endpoint_auth_method;
        }
        self
    }

    /// A registration that goes on: secret and token stay, unless there are new ones (RFC 7592 sections 2.1 and 2.2).
    pub(super) fn following(self, known: Self) -> Result<Self, DocumentError> {
        // RFC 7592 section 3: the identifier never changes.
        if self.client_id != known.client_id {
            return Err(DocumentError::Value("client_id"));
        }
        let has_secret = self.metadata.authentication_method().starts_with("client_secret_");
        let (client_secret, secret_expires_at) = match self.client_secret {
            Some(secret) => (Some(secret), self.secret_expires_at),
            None if has_secret => (known.client_secret, known.secret_expires_at),
            None => (None, None),
        };
        Ok(Self {
            client_secret,
            secret_expires_at,
            issued_at: self.issued_at.or(known.issued_at),
            access: self.access.or(known.access),
            ..self
        })
    }
}

/// `*VSCHAR` (RFC 6749 appendix A), at least one and not too many of them.
fn secret(members: &mut Object<'_>, name: &'static str) -> Result<Option<Secret>, DocumentError> {
    let Some(text) = members.text(name)? else { return Ok(None) };
    let fits = (1..=MAX_BYTES).contains(&text.len());
    match fits && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        true => Ok(Some(Secret::new(text))),
        false => Err(DocumentError::Value(name)),
    }
}

fn second(members: &mut Object<'_>, name: &'static str) -> Result<Option<Timestamp>, DocumentError> {
    match members.take(name) {
        None => Ok(None),
        Some(Json::Integer(second)) => Ok(Some(Timestamp::from_unix(second))),
        Some(_) => Err(DocumentError::Type(name)),
    }
}

/// Members that nobody knows may be secret.
impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("secret_expires_at", &self.secret_expires_at)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

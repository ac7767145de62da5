//! The device authorization grant, for what has no browser of its own (RFC 8628).

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, Timestamp, form};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Client, Error, ErrorCode, Misuse, TokenExchange, Tokens,
    call::Call,
    exchange::Asked,
    profile::Kind,
    response::{expires_in, read_as},
};
use crate::{
    DocumentError, Scopes,
    document::{Json, Members, Object},
    metadata::endpoint,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Seconds between two polls, where the server does not say (RFC 8628 section 3.2); and how many are added when it finds
/// them too many (section 3.5).
const INTERVAL: u64 = 5;

/// Bytes of a user code; a longer one is not for a person.
const MAX_USER_CODE: usize = 64;

impl Client {
    /// Begins on a device: asks for the codes that a person enters elsewhere.
    ///
    /// # Errors
    /// [`Misuse::NoDeviceEndpoint`] when the server's metadata has none.
    pub fn device(&self, scope: &Scopes) -> Result<DeviceRequest, Error> {
        let endpoint = self.0.endpoints.device.clone().ok_or(Misuse::NoDeviceEndpoint)?;
        let mut body = String::new();
        if !scope.is_empty() {
            form::append(&mut body, "scope", scope.as_str());
        }
        Ok(DeviceRequest { call: Call::new(&self.0, Some(endpoint), body), scope: scope.clone() })
    }
}

/// The request for the codes of a device (RFC 8628 section 3.1).
#[must_use]
#[derive(Debug)]
pub struct DeviceRequest {
    pub(super) call: Call,
    scope: Scopes,
}

/// What a person is shown, and what the device waits with (RFC 8628 section 3.2). Plain serde data; written out, it contains
/// a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    /// What the person enters. It comes from the server; show it as text.
    pub user_code: String,
    /// Where the person goes: an `https` address. Show it, or lead there.
    pub verification_uri: Url,
    /// The same with the code in it, for a QR code (RFC 8628 section 3.3.1).
    pub verification_uri_complete: Option<Url>,
    /// From this second on the codes are dead.
    pub expires: Timestamp,
    interval: u64,
    #[serde(with = "oauth_sansio::secret::exposed")]
    device_code: Secret,
    client_id: Arc<str>,
    issuer: Arc<str>,
    scope: Scopes,
}

impl DeviceAuthorization {
    /// Waits for the person's decision, as often and as long as the server allows.
    ///
    /// # Errors
    /// [`Misuse::OtherClient`] when the codes were given to another client.
    pub fn poll(self, client: &Client) -> Result<DevicePoll, Error> {
        if self.client_id != client.0.client_id || self.issuer != client.0.issuer {
            return Err(Misuse::OtherClient.into());
        }
        let exchange = self.ask(client);
        Ok(DevicePoll { client: client.clone(), authorization: self, exchange })
    }

    fn ask(&self, client: &Client) -> TokenExchange {
        let parameters = [("device_code", self.device_code.expose())];
        TokenExchange::new(client, GRANT, false, Asked::of(&self.scope), &parameters)
    }
}

impl Exchange for DeviceRequest {
    type Done = DeviceAuthorization;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        self.call.request(moment).map(Outgoing::once)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let (leniency, now) = (self.call.client.server.leniency, moment.now());
        let response = self.call.client.server.heard(response, Kind::Device, now);
        let granted = (StatusCode::OK, "device_code");
        let codes = read_as(&response, granted, leniency, |members| self.read(members, now));
        codes.map(Progress::Done).map_err(|error| self.call.discreet(error))
    }
}

impl DeviceRequest {
    fn read(&self, members: &mut Object<'_>, now: Timestamp) -> Result<DeviceAuthorization, DocumentError> {
        let mut text = |name| members.text(name)?.ok_or(DocumentError::Missing(name)).map(Secret::new);
        let (device_code, user_code) = (text("device_code")?, text("user_code")?);
        let user_code = user_code.expose();
        let is_readable =
            user_code.chars().count() <= MAX_USER_CODE && !user_code.chars().any(char::is_control);
        if device_code.is_empty() {
            return Err(DocumentError::Value("device_code"));
        }
        if user_code.is_empty() || !is_readable {
            return Err(DocumentError::Value("user_code"));
        }
        let lifetime = expires_in(members.take("expires_in"), self.call.client.server.leniency)?;
        let lifetime = lifetime.ok_or(DocumentError::Missing("expires_in"))?;
        let interval = match members.take("interval") {
            None => INTERVAL,
            Some(Json::Integer(seconds)) => seconds,
            Some(_) => return Err(DocumentError::Type("interval")),
        };
        Ok(DeviceAuthorization {
            user_code: user_code.to_owned(),
            verification_uri: self
                .page(members, "verification_uri")?
                .ok_or(DocumentError::Missing("verification_uri"))?,
            verification_uri_complete: self.page(members, "verification_uri_complete")?,
            expires: now.plus(lifetime),
            interval: interval.max(1),
            device_code,
            client_id: self.call.client.client_id.clone(),
            issuer: self.call.client.issuer.clone(),
            scope: self.scope.clone(),
        })
    }

    /// An address that a person may be led to, as the server's own are.
    fn page(&self, members: &mut Object<'_>, name: &'static str) -> Result<Option<Url>, DocumentError> {
        let Some(text) = members.text(name)? else { return Ok(None) };
        let transport = self.call.client.server.transport;
        endpoint(&text, transport).map(Some).map_err(|_| DocumentError::Value(name))
    }
}

/// Polling for the tokens of a device (RFC 8628 sections 3.4 and 3.5).
#[must_use]
#[derive(Debug)]
pub struct DevicePoll {
    client: Client,
    authorization: DeviceAuthorization,
    /// The poll that is under way, or the next one.
    exchange: TokenExchange,
}

impl Exchange for DevicePoll {
    type Done = Tokens;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        if moment.now() >= self.authorization.expires {
            return Err(Misuse::DeviceExpired.into());
        }
        self.exchange.request(moment)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let now = moment.now();
        let Self { client, authorization, exchange } = self;
        let more = match exchange.response(response, moment) {
            Ok(Progress::Done(tokens)) => return Ok(Progress::Done(tokens)),
            Ok(Progress::Again(exchange)) => {
                return Ok(Progress::Again(Self { client, authorization, exchange }));
            }
            Ok(Progress::Wait(until, exchange)) => {
                return Ok(Progress::Wait(until, Self { client, authorization, exchange }));
            }
            // A server that fails for a moment has decided nothing: it is asked again, and less often (section 3.5).
            Err(error) if error.is_transient() => INTERVAL,
            Err(Error::Refused(refusal)) => match &refusal.code {
                ErrorCode::Other(code) if code == "authorization_pending" => 0,
                ErrorCode::Other(code) if code == "slow_down" => INTERVAL,
                _ => return Err(Error::Refused(refusal)),
            },
            Err(error) => return Err(error),
        };
        Ok(later(client, authorization, more, now))
    }

    /// The interval is doubled each time (section 3.5).
    fn unanswered(self, moment: Moment) -> Option<Progress<Self>> {
        let Self { client, authorization, .. } = self;
        let more = authorization.interval.max(INTERVAL);
        Some(later(client, authorization, more, moment.now()))
    }
}

/// The next poll, so many seconds later than it would have been.
fn later(
    client: Client,
    mut authorization: DeviceAuthorization,
    more: u64,
    now: Timestamp,
) -> Progress<DevicePoll> {
    authorization.interval = authorization.interval.saturating_add(more);
    let next = now.plus(Duration::from_secs(authorization.interval)).min(authorization.expires);
    let exchange = authorization.ask(&client);
    Progress::Wait(next, DevicePoll { client, authorization, exchange })
}

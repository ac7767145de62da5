//! Requests that their client has signed (RFC 9101): by value, at the authorization endpoint and when pushed (RFC 9126
//! section 3). What stands beside them does not count.

use std::borrow::Cow;

use oauth_sansio::{Timestamp, form::Form};

use super::{AuthorizationServer, Client, Reason, authorize::Sent, client_auth, parameters::optional};
use crate::{
    jose::JwkSet,
    jwt::{AssertionPolicy, RequestObject},
};

/// How a request came.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Brought {
    /// As parameters.
    Plain(Box<Sent>),
    /// As a signed text that holds them.
    Signed(String),
}

impl Brought {
    pub(super) fn read(server: &AuthorizationServer, form: &Form<'_>) -> Result<Self, Reason> {
        match optional(form, "request")? {
            Some(text) => Ok(Self::Signed(text.to_owned())),
            None => Sent::read(server, form).map(Box::new).map(Self::Plain),
        }
    }

    /// The text, if it is one that its client has signed.
    pub(super) fn signed(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Signed(text) => Some(text),
        }
    }

    /// The parameters, once the signed text that holds them is believed: nothing in it counts before.
    pub(super) fn open(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        fetched: Option<&JwkSet>,
        now: Timestamp,
    ) -> Result<Cow<'_, Sent>, Reason> {
        let text = match self {
            Self::Plain(sent) => return Ok(Cow::Borrowed(sent)),
            Self::Signed(text) => text,
        };
        let keys = client_auth::keys(client, fetched).map_err(|_| Reason::RequestObjectKeys)?;
        let rules = &server.config().policy;
        let registered = client.demands.request_object_signing_alg;
        let algorithms: Vec<_> =
            server.signing_algorithms().filter(|open| registered.is_none_or(|only| only == *open)).collect();
        let issuer = [server.issuer()];
        let policy = AssertionPolicy {
            // RFC 9101 section 4 lets an object be for several servers.
            other_audiences: if rules.lone_request_object_audience { &[] } else { &issuer },
            algorithms: &algorithms,
            skew: rules.clock_skew,
            wants_beginning: rules.bounded_request_objects,
            ..AssertionPolicy::new(server.issuer())
        };
        let object = RequestObject::by_keys(text, &client.client_id, &keys, &policy, now)?;
        let parameters = object.parameters.into_iter();
        let form: Form<'static> =
            parameters.map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect();
        Sent::read(server, &form).map(Cow::Owned)
    }

    /// RFC 9101 section 10.5: whoever has to sign cannot do without.
    pub(super) fn check(&self, server: &AuthorizationServer, client: &Client) -> Result<(), Reason> {
        let must_sign = server.config().policy.require_signed_request_object
            || client.demands.require_signed_request_object;
        match self {
            Self::Plain(_) if must_sign => Err(Reason::SignatureRequired),
            Self::Plain(_) | Self::Signed(_) => Ok(()),
        }
    }
}

//! The authorization request: a URL for the browser (RFC 6749 section 4.1.1, RFC 7636 section 4.3).

use oauth_sansio::{Moment, form};
use url::Url;

use super::{Client, Error, Misuse, Pending, PushedRequest};
use crate::{Scopes, pkce::Verifier};

/// What the protocol sets, here or in an extension of it. [`AuthorizationRequest::extra`] cannot.
pub(super) const RESERVED: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "request",
    "request_uri",
    "code",
    "grant_type",
    "client_secret",
    "dpop_jkt",
];

/// An authorization request that is being written.
#[must_use]
#[derive(Clone, Debug)]
pub struct AuthorizationRequest<'c> {
    client: &'c Client,
    scope: String,
    extra: String,
    misuse: Option<Misuse>,
}

impl<'c> AuthorizationRequest<'c> {
    pub(super) fn new(client: &'c Client) -> Self {
        Self { client, scope: String::new(), extra: String::new(), misuse: None }
    }

    /// Asks for a scope, or for several separated by spaces; may be called again.
    pub fn scope(mut self, scope: &str) -> Self {
        if !self.scope.is_empty() {
            self.scope.push(' ');
        }
        self.scope.push_str(scope);
        self
    }

    /// Adds a parameter of an extension, such as `prompt` or `login_hint`.
    pub fn extra(mut self, name: &str, value: &str) -> Self {
        if RESERVED.contains(&name) {
            self.misuse = Some(Misuse::ReservedParameter);
        }
        self.extra.push('&');
        form::append(&mut self.extra, name, value);
        self
    }

    /// The URL to send the browser to, and what to keep in its session until it comes back.
    ///
    /// `state` and the verifier are fresh: 256 random bits each (RFC 6749 section 10.12, RFC 7636 section 7.1).
    ///
    /// # Errors
    /// [`Error::Misuse`] when the client has no authorization endpoint or redirect URI, a scope does not follow the
    /// grammar, an extra parameter has a reserved name, or the server wants requests pushed.
    pub fn start(self, moment: Moment) -> Result<(Url, Pending), Error> {
        let (text, pending) = self.start_as_text(moment)?;
        let url = Url::parse(&text).map_err(|_| Misuse::NoAuthorizationEndpoint)?;
        Ok((url, pending))
    }

    /// The same with the URL as a text, for a `Location` header: parsing it takes longer than all the rest.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_as_text(self, moment: Moment) -> Result<(String, Pending), Error> {
        if self.client.0.server.require_pushed {
            return Err(Misuse::PushRequired.into());
        }
        self.write(moment)
    }

    /// The same, but what is asked for is pushed to the server first, so that nobody on the way can read or change it
    /// (RFC 9126).
    ///
    /// # Errors
    /// As [`start`](Self::start), and [`Misuse::NoPushEndpoint`] when the server takes no pushed requests.
    pub fn push(self, moment: Moment) -> Result<PushedRequest, Error> {
        let client = self.client.clone();
        let (url, pending) = self.write(moment)?;
        PushedRequest::new(client, &url, pending)
    }

    fn write(self, moment: Moment) -> Result<(String, Pending), Error> {
        let client = &*self.client.0;
        if let Some(misuse) = self.misuse {
            return Err(misuse.into());
        }
        let redirect_uri = client.redirect_uri.clone().ok_or(Misuse::NoRedirectUri)?;
        let (prefix, _) = client.authorization_url.as_ref().ok_or(Misuse::NoAuthorizationEndpoint)?;
        let scope: Scopes = self.scope.parse().map_err(|_| Misuse::Scope)?;
        let created = moment.now();
        let mut entropy = moment.entropy();
        let (state, verifier) = (entropy.text(), Verifier::generate(&mut entropy));

        // `state` and the challenge are base64url, which needs no encoding.
        let length = prefix.len() + 2 * 43 + "&state=&scope=".len() + scope.as_str().len() * 3 / 2;
        let mut url = String::with_capacity(length + self.extra.len());
        url.push_str(prefix);
        verifier.challenge().append_to(&mut url);
        url.push_str("&state=");
        url.push_str(state.expose());
        if !scope.is_empty() {
            form::append(&mut url, "scope", scope.as_str());
        }
        // RFC 9449 section 10: the code is worth nothing without the key either.
        if let Some(key) = &client.dpop {
            form::append(&mut url, "dpop_jkt", &key.thumbprint().to_string());
        }
        url.push_str(&self.extra);
        let pending = Pending {
            issuer: client.issuer.clone(),
            client_id: client.client_id.clone(),
            redirect_uri,
            state,
            verifier,
            scope,
            created,
            expires: created.plus(client.pending_lifetime),
        };
        Ok((url, pending))
    }
}

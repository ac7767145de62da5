//! The authorization request: a URL for the browser (RFC 6749 section 4.1.1, RFC 7636 section 4.3).

use std::borrow::Cow;

use oauth_sansio::{Entropy, Moment, form};
use smallvec::SmallVec;
use url::Url;

use super::{
    AssertionKey, AuthorizationDetails, Client, Error, Misuse, Pending, PushedRequest, config::Inner,
    request_object, resource,
};
use crate::{
    Scopes,
    pkce::{self, Verifier},
};

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

/// What a request object says of itself, and what has a method of its own.
const OTHERS: &[&str] =
    &["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "resource", "authorization_details"];

/// Whether [`AuthorizationRequest::extra`] leaves it alone.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || OTHERS.contains(&name)
}

/// Names and values. As many as most requests have need no memory of their own.
pub(super) type Parameters<'a> = SmallVec<[(&'a str, &'a str); 6]>;

/// An authorization request that is being written.
#[must_use]
#[derive(Clone, Debug)]
pub struct AuthorizationRequest<'c> {
    client: &'c Client,
    scope: Scopes,
    resources: Vec<String>,
    /// All others, in the order in which they came.
    more: Vec<(Cow<'c, str>, String)>,
    is_offline: bool,
    misuse: Option<Misuse>,
}

impl<'c> AuthorizationRequest<'c> {
    pub(super) fn new(client: &'c Client) -> Self {
        let (scope, resources, more) = (Scopes::none(), Vec::new(), Vec::new());
        Self { client, scope, resources, more, is_offline: false, misuse: None }
    }

    /// Asks for a scope, or for several separated by spaces; may be called again.
    pub fn scope(mut self, scope: &str) -> Self {
        let all = match self.scope.as_str() {
            "" => scope.parse(),
            before => format!("{before} {scope}").parse(),
        };
        match all {
            Ok(all) => self.scope = all,
            Err(_) => self.misuse = Some(Misuse::Scope),
        }
        self
    }

    /// Says where the tokens shall be used; may be called again (RFC 8707 section 2.1). The token request names it, too.
    pub fn resource(mut self, resource: &str) -> Self {
        if let Err(misuse) = resource::check(resource) {
            self.misuse = Some(misuse);
        }
        self.resources.push(resource.to_owned());
        self
    }

    /// Asks for something in detail (RFC 9396 section 3). What was granted of it stands in
    /// [`Tokens::authorization_details`](super::Tokens::authorization_details).
    pub fn authorization_details(self, details: &AuthorizationDetails) -> Self {
        self.with("authorization_details", details.to_json())
    }

    /// Whether and how the person is asked: `login`, `consent`, `select_account`, or `none` for no page at all
    /// (OpenID Connect Core section 3.1.2.1).
    pub fn prompt(self, prompt: &str) -> Self {
        self.with("prompt", prompt.to_owned())
    }

    /// How long ago, in seconds, the person may have logged in (RFC 9470 section 4).
    pub fn max_age(self, seconds: u64) -> Self {
        self.with("max_age", seconds.to_string())
    }

    /// How the person shall have logged in, the best first (RFC 9470 section 4).
    pub fn acr_values(self, values: &[&str]) -> Self {
        self.with("acr_values", values.join(" "))
    }

    /// Who is meant, for the login page to fill in (OpenID Connect Core section 3.1.2.1).
    pub fn login_hint(self, hint: &str) -> Self {
        self.with("login_hint", hint.to_owned())
    }

    /// Adds a parameter of an extension.
    pub fn extra(mut self, name: &str, value: &str) -> Self {
        if is_reserved(name) {
            self.misuse = Some(Misuse::ReservedParameter);
        }
        self.with(name.to_owned(), value.to_owned())
    }

    fn with(mut self, name: impl Into<Cow<'c, str>>, value: String) -> Self {
        let name = name.into();
        // RFC 6749 section 3.1: no parameter comes twice.
        if self.more.iter().any(|(other, _)| *other == name) {
            self.misuse = Some(Misuse::RepeatedParameter);
        }
        self.more.push((name, value));
        self
    }

    /// Asks for access that outlives the person's presence, in the way of the server's [`profile`](super::profile); of a
    /// server without one by the scope `offline_access` (OpenID Connect Core section 11). A parameter that is set here as
    /// well, such as `prompt`, is what is set here.
    pub fn offline(self) -> Self {
        let request = Self { is_offline: true, ..self };
        match request.client.0.server.offline_scope() {
            Some(scope) => request.scope(scope),
            None => request,
        }
    }

    /// The URL to send the browser to, and what to keep in its session until it comes back.
    ///
    /// `state` and the verifier are fresh: 256 random bits each (RFC 6749 section 10.12, RFC 7636 section 7.1). A client with
    /// a [key for requests](super::Config::request_key) signs all of it (RFC 9101).
    ///
    /// # Errors
    /// [`Error::Misuse`] when the client has no authorization endpoint or redirect URI, a scope or a resource does not
    /// follow its grammar, an extra parameter has a reserved name or came before, or the server wants requests pushed
    /// or signed.
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
        let created = moment.now();
        let mut entropy = moment.entropy();
        let pending = Pending {
            issuer: client.issuer.clone(),
            client_id: client.client_id.clone(),
            redirect_uri,
            state: entropy.text(),
            verifier: Verifier::generate(&mut entropy),
            scope: self.scope,
            resources: self.resources,
            signed: client.signed_answers.map(|(mode, _)| mode),
            created,
            expires: created.plus(client.pending_lifetime),
        };
        let url = url(client, &pending, &self.more, self.is_offline, &mut entropy)?;
        Ok((url, pending))
    }
}

fn url(
    client: &Inner,
    pending: &Pending,
    more: &[(Cow<'_, str>, String)],
    is_offline: bool,
    entropy: &mut Entropy,
) -> Result<String, Error> {
    let (prefix, start) = client.authorization_url.as_ref().ok_or(Misuse::NoAuthorizationEndpoint)?;
    // RFC 9449 section 10: the code is worth nothing without the key either.
    let key = client.dpop.as_ref().map(|key| key.thumbprint().to_string());
    let (scope_name, scopes) = client.server.scope_parameter(&pending.scope);
    let scopes = Some(&*scopes).filter(|scopes| !scopes.is_empty());
    // It may have the name of an extension at a provider.
    if scopes.is_some() && more.iter().any(|(name, _)| name == scope_name) {
        return Err(Misuse::RepeatedParameter.into());
    }
    let mut asked = Parameters::new();
    asked.extend(scopes.map(|scopes| (scope_name, scopes)));
    asked.extend(key.as_deref().map(|key| ("dpop_jkt", key)));
    asked.extend(client.signed_answers.map(|(_, name)| ("response_mode", name)));
    asked.extend(pending.resources.iter().map(|resource| ("resource", resource.as_str())));
    asked.extend(more.iter().map(|(name, value)| (name.as_ref(), value.as_str())));
    client.server.add_parameters(&mut asked, is_offline);

    match &client.request_key {
        Some(key) => {
            signed_url(client, prefix.get(..*start).unwrap_or_default(), pending, key, &asked, entropy)
        }
        None if client.server.require_signed => Err(Misuse::SignatureRequired.into()),
        None => Ok(open_url(client, prefix, pending, &asked)),
    }
}

fn open_url(client: &Inner, prefix: &str, pending: &Pending, asked: &[(&str, &str)]) -> String {
    // `state` and the challenge are base64url, which needs no encoding.
    let length: usize = asked.iter().map(|(name, value)| name.len() + value.len() * 3 / 2 + 2).sum();
    let mut url = String::with_capacity(prefix.len() + 2 * 43 + "&state=".len() + length);
    url.push_str(prefix);
    if client.server.takes_challenges() {
        pending.verifier.challenge().append_to(&mut url);
    }
    url.push_str("&state=");
    url.push_str(pending.state.expose());
    asked.iter().for_each(|(name, value)| form::append(&mut url, name, value));
    url
}

fn signed_url(
    client: &Inner,
    start: &str,
    pending: &Pending,
    key: &AssertionKey,
    asked: &[(&str, &str)],
    entropy: &mut Entropy,
) -> Result<String, Error> {
    let challenge = pending.verifier.challenge().to_string();
    let mut claims: Parameters<'_> = asked.iter().copied().collect();
    claims.extend([
        ("response_type", "code"),
        ("client_id", &*client.client_id),
        ("redirect_uri", &*pending.redirect_uri),
        ("state", pending.state.expose()),
    ]);
    if client.server.takes_challenges() {
        claims.extend([("code_challenge_method", pkce::METHOD), ("code_challenge", &challenge)]);
    }
    let claims = request_object::claims(client, &claims, pending.created, entropy);
    let mut url = start.to_owned();
    request_object::append(&mut url, client, key, &claims)?;
    Ok(url)
}

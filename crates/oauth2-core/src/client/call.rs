//! A request of the client to an endpoint of its server, authenticated (RFC 6749 sections 2.3 and 3.2).

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Uri, header::AUTHORIZATION};
use oauth_sansio::{
    Entropy, Moment, Secret, Timestamp,
    form::{Form, Limits},
};

use super::{ClientAuthentication, Error, config::Inner, echo};

/// What is sent, but for what is made anew each time.
pub(super) struct Call {
    pub(super) client: Arc<Inner>,
    /// Where to; `None` for the token endpoint.
    elsewhere: Option<Uri>,
    pub(super) body: String,
}

impl Call {
    /// With these parameters and what the client says of itself.
    pub(super) fn new(client: &Arc<Inner>, elsewhere: Option<Uri>, mut body: String) -> Self {
        let parameters = client.parameters.expose();
        if !body.is_empty() && !parameters.is_empty() {
            body.push('&');
        }
        body.push_str(parameters);
        Self { client: client.clone(), elsewhere, body }
    }

    /// With these parameters, which name the client already.
    pub(super) fn named(client: &Arc<Inner>, endpoint: Uri, mut body: String) -> Self {
        client.authentication.append_secret(&mut body);
        Self { client: client.clone(), elsewhere: Some(endpoint), body }
    }

    pub(super) fn endpoint(&self) -> &Uri {
        self.elsewhere.as_ref().unwrap_or(&self.client.token_endpoint)
    }

    pub(super) fn request(&self, moment: Moment) -> Result<Request<Bytes>, Error> {
        let now = moment.now();
        self.write(now, &mut moment.entropy())
    }

    /// The same, for whoever needs more of the moment.
    pub(super) fn write(&self, now: Timestamp, entropy: &mut Entropy) -> Result<Request<Bytes>, Error> {
        let client = &*self.client;
        let mut body = self.body.clone();
        // One for this request alone.
        match &client.authentication {
            ClientAuthentication::Assertion(key) => {
                key.append(&mut body, &client.client_id, &client.issuer, now, entropy)?;
            }
            ClientAuthentication::SignedSecret(key) => {
                key.append(&mut body, &client.client_id, &client.issuer, now)?;
            }
            _ => {}
        }
        let mut request = Request::new(client.server.spoken(body).into());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint().clone();
        *request.headers_mut() = client.headers.clone();
        Ok(request)
    }

    /// What is sent under this name.
    pub(super) fn sent(&self, name: &str) -> Option<Secret> {
        let form = Form::parse(self.body.as_bytes(), &OWN).unwrap_or_default();
        form.all(name).next().map(Secret::new)
    }

    /// An error of the server, without what it wrote where that tells a secret of this request.
    pub(super) fn discreet(&self, error: Error) -> Error {
        let form = Form::parse(self.body.as_bytes(), &OWN).unwrap_or_default();
        let sent = form.pairs().filter(|(name, _)| !PUBLIC.contains(name)).map(|(_, value)| value);
        let secret = match &self.client.authentication {
            ClientAuthentication::SecretBasic(secret) => Some(secret.expose()),
            _ => None,
        };
        let header = self.client.headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let header = header.and_then(|header| header.strip_prefix("Basic "));
        echo::without(error, sent.chain(secret).chain(header))
    }
}

/// Parameters that a server may speak of. Any other may be secret: an extension has names of its own.
const PUBLIC: [&str; 17] = [
    "grant_type",
    "client_id",
    "redirect_uri",
    "scope",
    "resource",
    "audience",
    "authorization_details",
    "response_type",
    "response_mode",
    "code_challenge_method",
    "client_assertion_type",
    "subject_token_type",
    "actor_token_type",
    "requested_token_type",
    "prompt",
    "max_age",
    "acr_values",
];

/// What the client has written itself is as long as it is.
const OWN: Limits = Limits { bytes: usize::MAX, parameters: usize::MAX, name: usize::MAX, value: usize::MAX };

/// The body may hold secrets.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("endpoint", self.endpoint()).finish_non_exhaustive()
    }
}

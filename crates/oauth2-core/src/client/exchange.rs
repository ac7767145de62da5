//! One request to the token endpoint and its answer (RFC 6749 sections 4.1.3, 4.4.2, 5 and 6).

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, form};

use super::{Client, Error, Pending, Tokens, config::Inner, response};
use crate::Scopes;

/// A request for tokens, ready to be sent. It is the same for every grant.
#[must_use]
pub struct TokenExchange {
    client: Arc<Inner>,
    body: Bytes,
    safe_to_repeat: bool,
    asked: Asked,
}

/// What an answer is read against.
#[derive(Default)]
pub(crate) struct Asked {
    /// The scope that was asked for, which is also the one granted when the answer names none.
    pub(crate) scope: Option<Scopes>,
    /// The refresh token that stays good when the answer brings no other.
    pub(crate) refresh_token: Option<Secret>,
}

impl TokenExchange {
    /// The authorization code grant (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
    pub(super) fn code(client: &Client, pending: &Pending, code: &Secret) -> Self {
        let scope = Some(pending.scope.clone()).filter(|scope| !scope.is_empty());
        let asked = Asked { scope, refresh_token: None };
        Self::new(
            client,
            "authorization_code",
            false,
            asked,
            &[
                ("code", code.expose()),
                ("redirect_uri", &pending.redirect_uri),
                ("code_verifier", pending.verifier.expose()),
            ],
        )
    }

    pub(super) fn new(
        client: &Client,
        grant_type: &str,
        safe_to_repeat: bool,
        asked: Asked,
        parameters: &[(&str, &str)],
    ) -> Self {
        let length: usize = parameters.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut body = String::with_capacity(length + 128);
        form::append(&mut body, "grant_type", grant_type);
        for (name, value) in parameters {
            form::append(&mut body, name, value);
        }
        client.0.authentication.append(&mut body, &client.0.client_id);
        Self { client: client.0.clone(), body: body.into(), safe_to_repeat, asked }
    }
}

impl Exchange for TokenExchange {
    type Done = Tokens;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        // RFC 6749 section 3.2: POST, and the parameters in the body.
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.client.token_endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.client.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(Outgoing { safe_to_repeat: self.safe_to_repeat, ..Outgoing::once(request) })
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        response::read(&response, self.asked, self.client.server.leniency, moment.now()).map(Progress::Done)
    }
}

/// The body holds secrets.
impl std::fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenExchange")
            .field("token_endpoint", &self.client.token_endpoint)
            .finish_non_exhaustive()
    }
}

//! One request to the token endpoint and its answer (RFC 6749 sections 4.1.3, 4.4.2, 5 and 6).

use bytes::Bytes;
use http::{Method, Response};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, form};

use super::{
    Client, Error, Pending, Tokens, authorize::Parameters, call::Call, dpop, profile::Kind, response,
};
use crate::{
    DocumentError, Scopes,
    document::{Members, Object, check_size},
};

/// A request for tokens, ready to be sent. It is the same for every grant.
#[must_use]
#[derive(Debug)]
pub struct TokenExchange {
    pub(super) call: Call,
    safe_to_repeat: bool,
    asked: Asked,
    /// The server has asked for another nonce, which it may do once.
    is_second: bool,
}

/// What an answer is read against.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The scope that was asked for, which is also the one granted when the answer names none.
    pub(crate) scope: Option<Scopes>,
    /// Whether the refresh token that was sent stays good when the answer brings no other (RFC 6749 section 6).
    pub(crate) keeps_refresh_token: bool,
}

impl Asked {
    /// This scope, or none where it is empty.
    pub(super) fn of(scope: &Scopes) -> Self {
        Self { scope: Some(scope.clone()).filter(|scope| !scope.is_empty()), keeps_refresh_token: false }
    }
}

impl TokenExchange {
    /// The authorization code grant (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
    pub(super) fn code(client: &Client, pending: &Pending, code: &Secret) -> Self {
        let mut parameters = Parameters::new();
        parameters.extend([("code", code.expose()), ("redirect_uri", &*pending.redirect_uri)]);
        if client.0.server.takes_challenges() {
            parameters.push(("code_verifier", pending.verifier.expose()));
        }
        // RFC 8707 section 2.2: a token for what the person was asked about, and not for more.
        parameters.extend(pending.resources.iter().map(|resource| ("resource", resource.as_str())));
        Self::new(client, "authorization_code", false, Asked::of(&pending.scope), &parameters)
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
        body.push_str("grant_type=");
        form::encode_into(&mut body, grant_type);
        for (name, value) in parameters {
            form::append(&mut body, name, value);
        }
        let call = Call::new(&client.0, None, body);
        Self { call, safe_to_repeat, asked, is_second: false }
    }
}

impl Exchange for TokenExchange {
    type Done = Tokens;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let (now, mut entropy) = (moment.now(), moment.entropy());
        let mut request = self.call.write(now, &mut entropy)?;
        if let Some(key) = &self.call.client.dpop {
            let shown = dpop::Shown::default();
            let proof = key.proof(&Method::POST, self.call.endpoint(), shown, now, &mut entropy)?;
            request.headers_mut().insert(dpop::HEADER, proof);
        }
        Ok(Outgoing { safe_to_repeat: self.safe_to_repeat, ..Outgoing::once(request) })
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let key = self.call.client.dpop.as_ref();
        let has_nonce = key.is_some_and(|key| key.learn(self.call.endpoint(), response.headers()));
        // RFC 9449 section 8: the server spends nothing before it has seen its nonce.
        if has_nonce && !self.is_second && wants_nonce(&response) {
            return Ok(Progress::Again(Self { is_second: true, ..self }));
        }
        let server = &self.call.client.server;
        let kind = if self.asked.keeps_refresh_token { Kind::Refreshed } else { Kind::Tokens };
        let response = server.heard(response, kind, moment.now());
        let keeps = self.asked.keeps_refresh_token;
        let mut tokens = response::read(&response, self.asked, server.leniency, moment.now())
            .map_err(|error| self.call.discreet(error))?;
        if keeps && tokens.refresh_token.is_none() {
            tokens.refresh_token = self.call.sent("refresh_token");
        }
        // RFC 9449 section 5: whoever turned the binding off on the way gets nothing out of it.
        if self.call.client.dpop.is_some() && !tokens.is_bound_to_a_key() {
            let problem = DocumentError::Value("token_type");
            return Err(Error::Answer { status: response.status(), problem, retry_after: None });
        }
        Ok(Progress::Done(tokens))
    }
}

/// Whether the server wants to see its nonce first (RFC 9449 section 8).
fn wants_nonce(response: &Response<Bytes>) -> bool {
    let is_refused = response.status().is_client_error() && check_size(response).is_ok();
    let error = || Object::parse(response.body()).ok()?.text("error").ok()?;
    is_refused && error().is_some_and(|error| error == dpop::WANTED)
}

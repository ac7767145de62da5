//! A bearer token of OAuth 2, asked for with a request that is signed by OAuth 1: the client credentials grant (RFC
//! 6749 section 4.4), authenticated by a signature (RFC 5849 section 3) in the place of a password.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header::CONTENT_TYPE};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret, Timestamp, form};
use url::Url;

use super::{
    AnswerError, Client, Error, answer::check_status, credential::Parameters, fields::Fields, token::end,
};
use crate::signature::Origin;

/// A bearer token (RFC 6750), and what came with it.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken {
    /// `access_token`
    pub access_token: Secret,
    /// When it ends (`expires_in`), where the provider says.
    pub expires: Option<Timestamp>,
    /// What else the provider answered, in order.
    pub extra: Vec<(String, String)>,
}

/// Asks for a bearer token.
#[derive(Debug)]
pub struct BearerExchange {
    client: Client,
    endpoint: Url,
    form: Parameters,
}

impl BearerExchange {
    pub(super) fn new(client: Client, endpoint: Url) -> Self {
        let mut form = Parameters::default();
        form.push("grant_type", "client_credentials");
        Self { client, endpoint, form }
    }

    /// The same with one more parameter, as `scope`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.form.push(name, value);
        self
    }
}

impl Exchange for BearerExchange {
    type Done = BearerToken;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        // RFC 6749 section 3.2: the answer is a token that needs no signature.
        if !Origin::new(&self.endpoint).is_ok_and(|origin| self.client.config().is_private(&origin)) {
            return Err(Error::Insecure);
        }
        let mut request = Request::new(Bytes::from(self.form.encode()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(self.endpoint.as_str()).map_err(|_| Error::Insecure)?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
        self.client.sign(&mut request, None, moment)?;
        Ok(Outgoing::once(request))
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        check_status(&response)?;
        Ok(Progress::Done(BearerToken::read(Fields::parse(response.body())?, moment.now())?))
    }
}

impl BearerToken {
    /// RFC 6749 section 5.1.
    fn read(mut fields: Fields, now: Timestamp) -> Result<Self, AnswerError> {
        let access_token = fields.take("access_token")?.ok_or(AnswerError::Missing("access_token"))?;
        if access_token.is_empty() {
            return Err(AnswerError::Empty("access_token"));
        }
        match fields.take("token_type")? {
            Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
            Some(_) => return Err(AnswerError::TokenType),
            None => return Err(AnswerError::Missing("token_type")),
        }
        let expires = end(&mut fields, "expires_in", now)?;
        Ok(Self { access_token: access_token.into(), expires, extra: fields.rest() })
    }
}

/// When it ends.
impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BearerToken").field("expires", &self.expires).finish_non_exhaustive()
    }
}

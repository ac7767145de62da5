//! Token credentials without a person: temporary credentials that are traded at once. RFC 5849 does not know it.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret};

use super::{
    Client, Error, TokenCredentials,
    answer::{self, Answer},
    credential::{CredentialRequest, Parameters},
};

/// Asks for temporary credentials and exchanges them, without a verifier: nobody is sent anywhere, so there is nobody
/// whom a missing confirmation of the callback could harm.
#[derive(Debug)]
pub struct TwoLeggedExchange {
    client: Client,
    temporary: Option<(String, Secret)>,
    verifier: Option<Secret>,
    extra: Parameters,
}

impl TwoLeggedExchange {
    pub(super) fn new(client: Client) -> Self {
        Self { client, temporary: None, verifier: None, extra: Parameters::default() }
    }

    /// The same with a verifier that the provider has told beforehand, on a way of its own.
    #[must_use]
    pub fn verifier(self, verifier: impl Into<Secret>) -> Self {
        Self { verifier: Some(verifier.into()), ..self }
    }

    /// The same with one more parameter in the second request, signed like the others.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push(name, value);
        self
    }
}

impl Exchange for TwoLeggedExchange {
    type Done = TokenCredentials;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let none = Parameters::default();
        let request = match &self.temporary {
            None => CredentialRequest::temporary(&self.client, "oob", &none),
            Some((token, secret)) => {
                CredentialRequest::token(&self.client, (token, secret), self.verifier.as_ref(), &self.extra)
            }
        };
        Ok(request.sign(moment)?)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let answer = answer::read(&response)?;
        if self.temporary.is_some() {
            return Ok(Progress::Done(TokenCredentials::read(answer, moment.now())?));
        }
        let Answer { token, secret, .. } = answer;
        Ok(Progress::Again(Self { temporary: Some((token, secret)), ..self }))
    }
}

//! What becomes of token credentials: renewal, of the extension "OAuth Session" (draft 1) as Yahoo deployed it, and
//! revocation, which is standardized nowhere.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};

use super::{
    Client, Error, Provider, TokenCredentials,
    answer::{check_status, read},
    credential::{CredentialRequest, Parameters},
};

/// Renews token credentials: a token request that is signed with the old ones, which may have expired.
#[derive(Debug)]
pub struct RenewalExchange {
    client: Client,
    token: TokenCredentials,
}

impl RenewalExchange {
    pub(super) fn new(client: Client, token: TokenCredentials) -> Self {
        Self { client, token }
    }
}

impl Exchange for RenewalExchange {
    type Done = TokenCredentials;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let Provider { token, renewal, .. } = &self.client.config().provider;
        let handle = self.token.session_handle.as_ref().ok_or(Error::NotRenewable)?;
        let request = CredentialRequest {
            client: &self.client,
            endpoint: renewal.as_ref().unwrap_or(token),
            token: Some((&self.token.token, &self.token.secret)),
            parameter: Some(("oauth_session_handle", handle.expose())),
            extra: &[],
            more: &Parameters::default(),
        };
        Ok(request.sign(moment)?)
    }

    /// What the answer does not say stays as it was.
    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let renewed = TokenCredentials::read(read(&response)?, moment.now())?;
        Ok(Progress::Done(TokenCredentials {
            session_handle: renewed.session_handle.or(self.token.session_handle),
            authorization_expires: renewed.authorization_expires.or(self.token.authorization_expires),
            ..renewed
        }))
    }
}

/// Gives token credentials back.
#[derive(Debug)]
pub struct RevocationExchange {
    client: Client,
    token: TokenCredentials,
}

impl RevocationExchange {
    pub(super) fn new(client: Client, token: TokenCredentials) -> Self {
        Self { client, token }
    }
}

impl Exchange for RevocationExchange {
    type Done = ();
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let endpoint = self.client.config().provider.revocation.as_ref().ok_or(Error::NotRevocable)?;
        let request = CredentialRequest {
            client: &self.client,
            endpoint,
            token: Some((&self.token.token, &self.token.secret)),
            parameter: None,
            extra: &[],
            more: &Parameters::default(),
        };
        Ok(request.sign(moment)?)
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        check_status(&response).map(Progress::Done)
    }
}

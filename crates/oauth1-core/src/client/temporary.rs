//! Temporary credentials (RFC 5849 section 2.1).

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use url::Url;

use super::{AnswerError, Client, Error, Pending, answer};

/// Where the person is sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// There, with the verifier in the query.
    Uri(Url),
    /// Nowhere: the provider shows the verifier and the person carries it over (`oob`).
    OutOfBand,
}

/// Asks for temporary credentials.
#[derive(Debug)]
pub struct TemporaryExchange {
    client: Client,
    callback: Callback,
}

impl TemporaryExchange {
    pub(super) fn new(client: Client, callback: Callback) -> Self {
        Self { client, callback }
    }
}

impl Exchange for TemporaryExchange {
    type Done = Pending;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let callback = match &self.callback {
            Callback::Uri(url) => url.as_str(),
            Callback::OutOfBand => "oob",
        };
        let uri = &self.client.0.temporary;
        Ok(self.client.credential_request(uri, None, ("oauth_callback", callback), moment)?)
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let answer = answer::read(&response)?;
        // RFC 5849 section 2.1: the parameter is REQUIRED, and tells a provider of 1.0a from one before it.
        if !answer.confirmed {
            return Err(AnswerError::CallbackNotConfirmed.into());
        }
        Ok(Progress::Done(Pending::new(answer)))
    }
}

//! Temporary credentials (RFC 5849 section 2.1).

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use url::Url;

use super::{
    Client, Error, Pending, answer,
    credential::{CredentialRequest, Parameters},
};

/// Where the person is sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// There, with the verifier in the query.
    Uri(Url),
    /// To where the provider knows since the application was registered. On the wire that is `oob`, too.
    Established,
    /// Nowhere: the provider shows the verifier and the person carries it over (`oob`).
    OutOfBand,
}

impl Callback {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Uri(url) => url.as_str(),
            // RFC 5849 section 2.1: "or if a callback has been established via other means".
            Self::Established | Self::OutOfBand => "oob",
        }
    }
}

/// Asks for temporary credentials.
#[derive(Debug)]
pub struct TemporaryExchange {
    client: Client,
    callback: Callback,
    extra: Parameters,
}

impl TemporaryExchange {
    pub(super) fn new(client: Client, callback: Callback) -> Self {
        Self { client, callback, extra: Parameters::default() }
    }

    /// The same with one more parameter, signed like the others: what a provider wants to know of this authorization.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push(name, value);
        self
    }
}

impl Exchange for TemporaryExchange {
    type Done = Pending;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        Ok(CredentialRequest::temporary(&self.client, self.callback.as_str(), &self.extra).sign(moment)?)
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        Ok(Progress::Done(Pending::new(&self.client, &self.callback, answer::read(&response)?)?))
    }
}

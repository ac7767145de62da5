//! What a server step answers: a response for the wire, a reason for the operator.

use bytes::Bytes;
use http::Response;

/// A finished answer.
///
/// The response says what the standard says; the reason says what happened, and stays inside.
#[derive(Clone, Debug)]
pub struct Reply<Reason> {
    /// What goes on the wire.
    pub response: Response<Bytes>,
    /// Why the request was refused; `None` when it was not.
    pub reason: Option<Reason>,
}

impl<Reason> Reply<Reason> {
    /// The answer to a request that was granted.
    pub fn granted(response: Response<Bytes>) -> Self {
        Self { response, reason: None }
    }

    /// The answer to a request that was refused.
    pub fn refused(response: Response<Bytes>, reason: Reason) -> Self {
        Self { response, reason: Some(reason) }
    }
}

// Two replies are equal when nobody could tell them apart on the wire.
impl<Reason: PartialEq> PartialEq for Reply<Reason> {
    fn eq(&self, other: &Self) -> bool {
        self.response.status() == other.response.status()
            && self.response.headers() == other.response.headers()
            && self.response.body() == other.response.body()
            && self.reason == other.reason
    }
}

impl<Reason: Eq> Eq for Reply<Reason> {}

#[cfg(model)]
impl<Reason: std::hash::Hash> std::hash::Hash for Reply<Reason> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.response.status().hash(state);
        self.response.body().hash(state);
        self.reason.hash(state);
    }
}

//! What a server step answers: a response for the wire, a reason for the operator.

use bytes::Bytes;
use http::Response;

/// A finished answer.
///
/// The response says what the standard says; the reason says what happened, and stays inside. It is made in a box, in which
/// it is handed from step to step.
#[derive(Clone)]
pub struct Reply<Reason> {
    /// What goes on the wire.
    pub response: Response<Bytes>,
    /// Why the request was refused; `None` when it was not.
    pub reason: Option<Reason>,
}

impl<Reason> Reply<Reason> {
    /// The answer to a request that was granted.
    pub fn granted(response: Response<Bytes>) -> Box<Self> {
        Box::new(Self { response, reason: None })
    }

    /// The answer to a request that was refused.
    pub fn refused(response: Response<Bytes>, reason: Reason) -> Box<Self> {
        Box::new(Self { response, reason: Some(reason) })
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

/// Status and reason. Headers and body may hold tokens.
impl<Reason: std::fmt::Debug> std::fmt::Debug for Reply<Reason> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.response.status())
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

#[cfg(model)]
impl<Reason: std::hash::Hash> std::hash::Hash for Reply<Reason> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.response.status().hash(state);
        self.response.body().hash(state);
        self.reason.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_prints_status_and_reason_and_no_token() {
        let response =
            Response::builder().header("location", "/cb?code=hunter1").body("hunter2".into()).unwrap();
        let text = format!("{:?}", Reply::refused(response, "why"));
        assert!(text.contains("200") && text.contains("why") && !text.contains("hunter"), "{text}");
    }
}

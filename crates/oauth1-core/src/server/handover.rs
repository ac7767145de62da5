//! Handing token credentials over, to be traded for tokens of OAuth 2 by whoever asked for it.
//!
//! A request that is signed with the token credentials, to an endpoint that is none of this provider's: two functions, one
//! that reads it and one that says what it proves. What is spent, and with what, is not decided here.

use std::fmt;

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Digest, Handover, Secret, Spend, Timestamp};

use super::{Facts, Provider, RETENTION_MARGIN, Reason, Wanted, verify::Used};
use crate::signature::{Protocol, Received};

/// A request that brings token credentials, and waits for its facts.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Presented {
    provider: Provider,
    received: Received,
    wanted: Wanted,
    token: Digest,
}

impl Provider {
    /// Reads a `POST` request that is signed with token credentials which are to be traded. It may go to any path on the
    /// provider's origin; a form in its body is signed with it (RFC 5849 section 3.4.1.3.1).
    ///
    /// # Errors
    /// What is wrong with the request. Whoever asked answers it.
    pub fn present(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Presented, Reason> {
        let received = self.read(request, now)?;
        let token = Digest::of_token(received.token().ok_or(Reason::missing(Protocol::Token))?);
        let client = Some(received.consumer_key().to_owned());
        let wanted = Wanted { client, token: Some(token), ..Wanted::default() };
        Ok(Presented { provider: self.clone(), received, wanted, token })
    }
}

impl Presented {
    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// What the request proves, by what the store knew. That the credentials have been spent is told, not refused: a
    /// client may ask again for an answer that it lost.
    ///
    /// # Errors
    /// The signature is wrong, or the credentials are unknown, somebody else's, revoked or over.
    pub fn resume(self, facts: Facts, now: Timestamp) -> Result<Handover, Reason> {
        let Self { provider, received, token: digest, .. } = self;
        let policy = provider.policy();
        policy.verify(&received, facts.client.as_deref(), &Used::rarely(facts.token.as_ref()))?;
        let token = facts.token.ok_or(Reason::UnknownToken)?;
        if token.revoked {
            return Err(Reason::Revoked);
        }
        let (record, spent) = (token.record, token.spent);
        let until = record.renewal.map_or(record.expires, |renewal| Some(renewal.until));
        if [record.expires, until].into_iter().flatten().any(|end| now >= end) {
            return Err(Reason::Expired);
        }
        // As long as the row itself: what never ends must be known for ever to be spent.
        let keep_until = until.map_or(Timestamp::from_unix(u64::MAX), |until| until.plus(RETENTION_MARGIN));
        Ok(Handover {
            client_id: record.client_id.clone(),
            subject: record.subject.clone(),
            realms: record.realms.clone(),
            family: record.family,
            until,
            token: Secret::new(received.token().unwrap_or_default()),
            spent,
            nonce: policy.mark(&received),
            trade: Spend { once: digest, at: now.into(), keep_until },
        })
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

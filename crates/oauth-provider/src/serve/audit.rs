//! What became of requests, as a record for the operator: who, what, from where, and why not. No secret is in it.

use oauth_hyper_server::{Event, Operator};

/// Tells each event to the log, under the target `oauth_provider::audit`.
pub(super) struct Audit;

impl Operator for Audit {
    fn happened(&self, event: &Event<'_>) {
        let Event { attempt, status, reason, written } = event;
        let peer = attempt.peer.map(tracing::field::display);
        let (put, revoked) = written.map_or((0, 0), |batch| (batch.put.len(), batch.revoke.len()));
        tracing::info!(
            target: "oauth_provider::audit",
            endpoint = ?attempt.endpoint,
            client = attempt.client_id,
            peer,
            status = status.as_u16(),
            reason = reason.map(tracing::field::debug),
            put,
            revoked,
        );
    }
}

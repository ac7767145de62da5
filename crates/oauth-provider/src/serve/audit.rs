//! What became of requests, as a record for the operator: who, what, from where, and why not. No secret is in it.

use oauth_hyper_server::{Event, Operator, Reason};

/// Tells each event to the log, under the target `oauth_provider::audit`.
pub(super) struct Audit;

impl Operator for Audit {
    fn happened(&self, event: &Event<'_>) {
        let Event { attempt, status, reason, written } = event;
        let peer = attempt.peer.map(tracing::field::display);
        let (put, revoked) = written.map_or((0, 0), |written| (written.put(), written.revoked()));
        tracing::info!(
            target: "oauth_provider::audit",
            endpoint = %attempt.endpoint,
            client = attempt.client_id,
            peer,
            status = status.as_u16(),
            reason = reason.as_ref().map(exact),
            put,
            revoked,
        );
    }
}

/// The core's own name for it, as the logs of a request have it.
fn exact(reason: &Reason) -> tracing::field::DebugValue<&dyn std::fmt::Debug> {
    tracing::field::debug(match reason {
        Reason::OAuth1(reason) => reason,
        Reason::OAuth2(reason) => reason,
    })
}

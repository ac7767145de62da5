//! Pushed authorization requests (RFC 9126): the client sends its request directly and authenticated, and the browser
//! carries nothing but a reference to it.

use http::StatusCode;
use oauth_sansio::{Digest, Moment, Reply, form::Form};
use serde::Serialize;

use super::{
    AuthorizationServer, Batch, Facts, Pushed, Reason, Record,
    backchannel::{Context, Decision},
    parameters::optional,
    request_object::Brought,
    wire,
};

/// What a reference begins with (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// A request that is pushed.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Push(Brought);

#[derive(Serialize)]
struct Body<'a> {
    request_uri: &'a str,
    expires_in: u64,
}

impl Push {
    pub(super) fn read(server: &AuthorizationServer, form: &Form<'_>) -> Result<Self, Reason> {
        // RFC 9126 section 2.1: a reference refers to no reference.
        if optional(form, "request_uri")?.is_some() {
            return Err(Reason::NestedReference);
        }
        Brought::read(server, form).map(Self)
    }

    /// The request object.
    pub(super) fn signed(&self) -> Option<&str> {
        self.0.signed()
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        self.0.check(server, client)?;
        let sent = self.0.open(server, client, facts.client_keys.as_deref(), moment.now())?;
        let redirect_uri = sent.redirect_uri(server, client)?;
        let mut requested = sent.requested(server, client, redirect_uri)?;
        // RFC 9449 section 10.1: a proof here names the key of the code, and contradicts nothing.
        match (requested.dpop_jkt, possession.thumbprint()) {
            (Some(named), Some(shown)) if named != shown => return Err(Reason::OtherKey),
            (named, shown) => requested.dpop_jkt = named.or(shown),
        }
        let now = moment.now();
        let lifetime = server.config().lifetimes.pushed;
        let reference = moment.entropy().token();
        let pushed = Pushed {
            client_id: client.client_id.clone(),
            requested: requested.into(),
            expires: now.plus(lifetime),
        };
        let put = vec![Record::Pushed(Digest::of_token(reference.expose()), pushed.into())];
        let request_uri = format!("{PREFIX}{}", reference.expose());
        let body = Body { request_uri: &request_uri, expires_in: lifetime.as_secs() };
        let reply = Reply::granted(wire::json(StatusCode::CREATED, &body));
        Ok(Decision::Write(Batch { put, ..Batch::default() }, reply))
    }
}

/// The digest of what was given out as this reference; any other address is none of ours, and nothing is fetched
/// (RFC 9101 section 10.4).
pub(super) fn reference(request_uri: &str) -> Result<Digest, Reason> {
    request_uri.strip_prefix(PREFIX).map(Digest::of_token).ok_or(Reason::ForeignReference)
}

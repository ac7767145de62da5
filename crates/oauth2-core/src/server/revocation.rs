//! Token revocation (RFC 7009).
//!
//! A refresh token takes with it all that grew from its authorization. So does an access token: what is stored of it is
//! its family's, and a client that gives a token back is done with the grant (RFC 7009 section 2.1 leaves both open).

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use oauth_sansio::{Reply, Timestamp, form::Form};

use super::{
    AuthorizationServer, Batch, Facts, Reason, Wanted,
    backchannel::{Context, Decision},
    parameters::required,
    token,
};

/// A token that shall be dead.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Revoke {
    /// The token is a JWT of this server.
    signed: bool,
}

impl Revoke {
    pub(super) fn read(
        server: &AuthorizationServer,
        form: &Form<'_>,
        wanted: &mut Wanted,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        // Both kinds are looked up in the one round trip, so `token_type_hint` has nothing to tell.
        let signed = token::look_for(server, required(form, "token")?, wanted, now);
        Ok(Self { signed })
    }

    pub(super) fn decide(&self, context: &Context<'_>, facts: &Facts) -> Result<Decision, Reason> {
        let access = facts.access.as_ref().filter(|loaded| loaded.record.signed == self.signed);
        let access = access.map(|loaded| loaded.record.authorization.clone());
        let refresh = facts.refresh.as_ref().map(|loaded| loaded.record.authorization.clone());
        // RFC 7009 section 2.1: only the client's own. Others learn nothing, not even that the token exists.
        let own = refresh.or(access).filter(|granted| granted.client_id == context.client.client_id);
        Ok(match own {
            Some(granted) => {
                Decision::Write(Batch { revoke: vec![granted.family], ..Batch::default() }, done())
            }
            None => Decision::Answer(done()),
        })
    }
}

/// RFC 7009 section 2.2: the same for every token, also for one that never was.
fn done() -> Box<Reply<Reason>> {
    let mut response = Response::new(Bytes::new());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply::granted(response)
}

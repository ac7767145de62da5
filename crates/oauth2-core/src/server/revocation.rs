//! Token revocation (RFC 7009).
//!
//! A refresh token takes with it all that grew from its authorization. So does an access token: what is stored of it is
//! its family's, and a client that gives a token back is done with the grant (RFC 7009 section 2.1 leaves both open). A
//! token that was exchanged goes alone: the grant that it came from is not that of whoever acts with it (RFC 8693).

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use oauth_sansio::{Digest, Moment, Reply, Spend, Timestamp, form::Form};

use super::{
    Authorization, AuthorizationServer, Batch, Facts, Once, Reason, Wanted,
    backchannel::{Context, Decision},
    parameters::required,
    records::kept_until,
    token,
};

/// A token that shall be dead.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Revoke {
    /// What it is kept under.
    key: Digest,
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
        let (key, signed) = token::look_for(server, required(form, "token")?, wanted, now);
        Ok(Self { key, signed })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: &Moment,
    ) -> Result<Decision, Reason> {
        // RFC 7009 section 2.1: only the client's own. Others learn nothing, not even that the token exists.
        let is_own = |granted: &Authorization| granted.client_id == context.client.client_id;
        let refresh = facts.refresh.as_ref().map(|loaded| &loaded.record.authorization);
        let access = facts.access.as_ref().filter(|loaded| loaded.record.signed == self.signed);
        let family = |granted: &Authorization| Batch { revoke: vec![granted.family], ..Batch::default() };
        let batch = match (refresh.filter(|granted| is_own(granted)), access) {
            (Some(granted), _) => family(granted),
            (None, Some(loaded)) if is_own(&loaded.record.authorization) => {
                let granted = &loaded.record.authorization;
                match (&granted.actor, loaded.spent) {
                    (None, _) => family(granted),
                    (Some(_), Some(_)) => return Ok(Decision::Answer(done())),
                    (Some(_), None) => {
                        let keep_until = kept_until(loaded.record.expires);
                        let spend =
                            vec![Spend { once: Once::Access(self.key), at: moment.tick(), keep_until }];
                        Batch { spend, ..Batch::default() }
                    }
                }
            }
            _ => return Ok(Decision::Answer(done())),
        };
        Ok(Decision::Write(batch, done()))
    }
}

/// RFC 7009 section 2.2: the same for every token, also for one that never was.
fn done() -> Box<Reply<Reason>> {
    let mut response = Response::new(Bytes::new());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply::granted(response)
}

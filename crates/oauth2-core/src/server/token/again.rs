//! An answer that may have got lost on its way is given a second time. Nothing readable is stored for that: the tokens of the
//! answer are derived from what was presented and from the time it was spent at, under a key of the server.

use oauth_sansio::{Digest, Secret, Tick, Timestamp};

use super::{
    Decision,
    issue::{self, Bits, Kind, Successor, Told},
};
use crate::server::{AuthorizationServer, Batch, Facts, Reason, Want};

/// What was answered to the first use of a ticket.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(super) struct Earlier {
    access: Bits,
    refresh: Secret,
}

impl Earlier {
    /// What was answered to the ticket that this is the successor of; `None` when it is too late to ask again.
    pub(super) fn find(
        server: &AuthorizationServer,
        successor: Option<Successor<'_>>,
        resources: &[String],
        now: Timestamp,
    ) -> Option<Self> {
        let grace = server.config().policy.refresh.grace();
        let successor = successor.filter(|successor| now.since(successor.at.second()) <= grace)?;
        let (access, refresh) = (successor.bits(Kind::Access)?, successor.bits(Kind::Refresh)?);
        let access = Bits::new(server, resources, &access);
        Some(Self { access, refresh: Kind::Refresh.dress(server, &refresh) })
    }

    /// The rows of its tokens.
    pub(super) fn wanted(&self) -> Vec<Want> {
        vec![Want::Access(self.access.key()), Want::Refresh(Digest::of_token(self.refresh.expose()))]
    }

    /// The same answer, unless its refresh token has been used: whoever asks again then never got it. `batch` is what
    /// asking again leaves behind.
    pub(super) fn again(
        &self,
        server: &AuthorizationServer,
        facts: &Facts,
        batch: Option<Batch>,
        now: Timestamp,
    ) -> Option<Result<Decision, Reason>> {
        let (access, refresh) = (facts.access.as_ref()?, facts.refresh.as_ref()?);
        let is_unused = !refresh.revoked && refresh.spent.is_none();
        is_unused.then(|| {
            let (access, refresh) = (access.record.clone(), Some(self.refresh.clone()));
            issue::tell(server, Told { access, refresh, exchanged: false, batch }, &self.access, now)
        })
    }
}

impl<'a> Successor<'a> {
    /// What takes the place of a ticket that is used at some time; `None` where the server gives no grace, or has no key.
    pub(super) fn of(server: &'a AuthorizationServer, ticket: &'a Secret, at: Tick) -> Option<Self> {
        let keys = &server.config().keys;
        let some_grace = !server.config().policy.refresh.grace().is_zero();
        (some_grace && !keys.is_empty()).then_some(Self { keys, of: ticket, at })
    }
}

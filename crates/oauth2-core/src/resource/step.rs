//! The pauses of a resource server.

use std::{fmt, sync::Arc};

use oauth_sansio::{Family, Loaded, Moment, Reply, Timestamp};

use super::{Reason, Verifier};
use crate::{
    Scopes,
    server::{Facts, Wanted},
};

/// What the driver does next.
#[must_use = "a step that is dropped leaves its request unanswered"]
#[derive(Debug)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub enum Step {
    /// Read records.
    Load(Load),
    /// Let the request through.
    Admit(Grant),
    /// Answer the request.
    Reply(Reply<Reason>),
}

/// Read the records that [`wanted`](Self::wanted) names, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load {
    pub(super) verifier: Verifier,
    pub(super) wanted: Wanted,
}

impl Load {
    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: Facts, moment: Moment) -> Step {
        match judge(facts, &self.verifier.0.scopes, &moment) {
            Ok(grant) => Step::Admit(grant),
            Err(reason) => self.verifier.refuse(reason),
        }
    }
}

fn judge(facts: Facts, needed: &Scopes, moment: &Moment) -> Result<Grant, Reason> {
    let Loaded { record: access, revoked, .. } = facts.access.ok_or(Reason::Unknown)?;
    // The name of a JWT is not the JWT.
    if access.signed {
        return Err(Reason::Unknown);
    }
    if revoked {
        return Err(Reason::Revoked);
    }
    if moment.now() >= access.expires {
        return Err(Reason::Expired);
    }
    // A bound token is worth nothing to whoever merely presents it (RFC 9449 section 7.1, RFC 8705 section 3).
    if access.binding.is_some() {
        return Err(Reason::Bound);
    }
    let authorization = &access.authorization;
    if !needed.is_within(&authorization.scopes) {
        return Err(Reason::InsufficientScope);
    }
    Ok(Grant {
        client_id: authorization.client_id.clone(),
        principal: authorization.subject.clone().map_or(Principal::Client, Principal::User),
        scopes: authorization.scopes.clone(),
        family: authorization.family,
        issued: access.issued,
        expires: access.expires,
    })
}

/// What a request has proven.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The client that the token was issued to.
    pub client_id: Arc<str>,
    /// On whose behalf it acts.
    pub principal: Principal,
    /// What the token opens.
    pub scopes: Scopes,
    /// What the token is revoked with.
    pub family: Family,
    /// When the token was issued.
    pub issued: Timestamp,
    /// From this second on the token is dead.
    pub expires: Timestamp,
}

/// On whose behalf a client acts. An application must not take the one for the other: a client may be named like
/// a user (RFC 9700 section 4.15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A resource owner, by its identifier.
    User(String),
    /// The client itself.
    Client,
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

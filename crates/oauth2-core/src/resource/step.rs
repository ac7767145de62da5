//! The pauses of a resource server.

use std::{fmt, sync::Arc};

use oauth_sansio::{Family, Loaded, Moment, Outcome, Reply, Timestamp};

use super::{Config, Reason, Scheme, Verifier, possession::Shown};
use crate::{
    Scopes,
    server::{Batch, Binding, Facts, Wanted},
};

/// What the driver does next.
#[must_use = "a step that is dropped leaves its request unanswered"]
#[derive(Debug)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub enum Step {
    /// Read records.
    Load(Load),
    /// Write a batch.
    Commit(Commit),
    /// Let the request through.
    Admit(Grant),
    /// Answer the request.
    Reply(Reply<Reason>),
}

/// Read the records that [`wanted`](Self::wanted) names, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load(Box<Loading>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Loading {
    verifier: Verifier,
    wanted: Wanted,
    brought: Brought,
}

/// What a request brings besides the name of its token.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Brought {
    pub(super) scheme: Scheme,
    /// The token is a JWT, and was verified.
    pub(super) signed: bool,
    pub(super) shown: Shown,
}

impl Load {
    pub(super) fn new(verifier: Verifier, wanted: Wanted, brought: Brought) -> Self {
        Self(Box::new(Loading { verifier, wanted, brought }))
    }

    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.0.wanted
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: Facts, moment: Moment) -> Step {
        let Loading { verifier, brought, .. } = *self.0;
        let now = moment.now();
        match judge(verifier.config(), facts, &brought, now) {
            Ok(grant) => match brought.shown.spend(now) {
                None => Step::Admit(grant),
                Some(proof) => {
                    let batch = Batch { spend: vec![proof], ..Batch::default() };
                    Step::Commit(Commit { verifier, batch, grant, now })
                }
            },
            Err(reason) => verifier.refuse(brought.scheme, reason, now),
        }
    }
}

/// Apply the [`batch`](Self::batch), all or nothing, then [`settle`](Self::settle): a proof lets one request through.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Commit {
    verifier: Verifier,
    batch: Batch,
    grant: Grant,
    now: Timestamp,
}

impl Commit {
    /// What to write.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Goes on with what became of the batch.
    pub fn settle(self, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Applied => Step::Admit(self.grant),
            Outcome::Lost(_) => self.verifier.refuse(Scheme::Dpop, Reason::ProofReplayed, self.now),
        }
    }
}

fn judge(config: &Config, facts: Facts, brought: &Brought, now: Timestamp) -> Result<Grant, Reason> {
    let Loaded { record: access, revoked, .. } = facts.access.ok_or(Reason::Unknown)?;
    // The name of a JWT is not the JWT.
    if access.signed != brought.signed {
        return Err(Reason::Unknown);
    }
    if revoked {
        return Err(Reason::Revoked);
    }
    if now >= access.expires {
        return Err(Reason::Expired);
    }
    // A bound token is worth nothing to whoever merely presents it (RFC 9449 section 7.1, RFC 8705 section 3).
    brought.shown.check(access.binding.as_ref())?;
    let authorization = &access.authorization;
    // RFC 8707 section 2: whoever it is for and no other, or a counterfeit API could use what it is sent.
    let is_for_others =
        |own: &String| !authorization.resources.is_empty() && !authorization.resources.contains(own);
    if config.identifier.as_ref().is_some_and(is_for_others) {
        return Err(Reason::OtherResource);
    }
    config.step_up.check(authorization.login.as_deref(), now)?;
    if !config.scopes.is_within(&authorization.scopes) {
        return Err(Reason::InsufficientScope);
    }
    Ok(Grant {
        client_id: authorization.client_id.clone(),
        principal: authorization.subject.clone().map_or(Principal::Client, Principal::User),
        scopes: authorization.scopes.clone(),
        family: authorization.family,
        binding: access.binding,
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
    /// What the token is bound to, and the sender has shown that it holds; `None` for a bearer token.
    pub binding: Option<Binding>,
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

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").field("wanted", self.wanted()).finish_non_exhaustive()
    }
}

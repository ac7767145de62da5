//! The pause in which an operator looks at what is about to be issued: whether the person may still have it, how much of
//! it, and what else its token shall say.

use std::{fmt, sync::Arc, time::Duration};

use oauth_sansio::Moment;
use serde_json::{Map, Value};

use super::Paused;
use crate::{
    Scopes,
    server::{Authorization, Binding, Client, GrantType, JsonText, Step, may_act},
};

/// Look at the [`proposal`](Self::proposal), then go on with [`reviewed`](Self::reviewed). Comes before each token where
/// [`Config::reviews`](crate::server::Config::reviews) is on: also before each refresh, so that whoever may not have a
/// token any more gets none.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Review {
    proposal: Box<Proposal>,
    paused: Box<Paused>,
}

/// What is about to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Proposal {
    /// The grant that it is issued for.
    pub grant: GrantType,
    /// The client that asks.
    pub client: Arc<Client>,
    /// What the access token would open, where and for whom.
    pub authorization: Arc<Authorization>,
    /// What it would be bound to.
    pub binding: Option<Binding>,
}

/// What the operator says to a [`Proposal`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub enum Verdict {
    /// No token. Nothing is spent: what the client presented stays what it is.
    Refused,
    /// A token.
    Granted {
        /// What it opens, where not all that was proposed; what goes beyond that is left out.
        scopes: Option<Scopes>,
        /// Where it may be used, where not everywhere that was proposed; what goes beyond that is left out, and where nothing is
        /// left there is no token. A token that was for nobody in particular is for these.
        resources: Option<Vec<String>>,
        /// What it says besides: members of the JWT (RFC 9068 section 2.2.2) and of the introspection answer. Names that
        /// the standards give a meaning to are left out, but for `may_act`: who may act for the subject (RFC 8693
        /// section 4.4). It is an object with a `sub` and perhaps an `iss`, both texts; of any other form it lets nobody act.
        claims: Option<JsonText>,
        /// How long it lives, where not as long as proposed; a longer time changes nothing.
        lifetime: Option<Duration>,
    },
}

impl Verdict {
    /// All that was proposed.
    pub const AS_PROPOSED: Self =
        Self::Granted { scopes: None, resources: None, claims: None, lifetime: None };

    /// All that was proposed, and these claims.
    pub fn with_claims(claims: Map<String, Value>) -> Self {
        let claims = Some(JsonText::of(&Value::Object(claims)));
        Self::Granted { scopes: None, resources: None, claims, lifetime: None }
    }
}

/// The claims without those that the standards give a meaning to: the server alone says who a token is of and what it
/// opens.
pub(in crate::server) fn own_claims(claims: &JsonText) -> Option<JsonText> {
    let Value::Object(mut claims) = claims.value() else { return None };
    claims.retain(|name, _| name == may_act::CLAIM || !is_reserved(name));
    (!claims.is_empty()).then(|| JsonText::of(&Value::Object(claims)))
}

/// RFC 7519 section 4.1, RFC 7662 section 2.2, RFC 9068 section 2.2, RFC 8693 section 4.1, RFC 7800 section 3.1, RFC 9396
/// section 9.
fn is_reserved(claim: &str) -> bool {
    const RESERVED: [&str; 20] = [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "client_id",
        "scope",
        "cnf",
        "acr",
        "amr",
        "auth_time",
        "act",
        "authorization_details",
        "active",
        "username",
        "token_type",
        "token_introspection",
        "events",
    ];
    RESERVED.contains(&claim)
}

impl Review {
    pub(super) fn new(proposal: Box<Proposal>, paused: Paused) -> Self {
        Self { proposal, paused: paused.into() }
    }

    /// What is about to be issued.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// Goes on with what the operator says.
    pub fn reviewed(self, verdict: Verdict, moment: Moment) -> Step {
        let mut paused = *self.paused;
        paused.known.verdict = Some(verdict);
        paused.resume(moment)
    }
}

impl fmt::Debug for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Review").field("proposal", &self.proposal).finish_non_exhaustive()
    }
}

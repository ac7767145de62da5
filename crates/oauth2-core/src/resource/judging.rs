//! A token on its way to a verdict: where what is true of it is learnt, and what becomes of the request then.

use std::sync::Arc;

use oauth_sansio::{Digest, Timestamp};

use super::{
    Ask, Fetch, Grant, KeySource, Load, Reason, Remember, Scheme, Step, Verdict, Verifier,
    fetch::Whose,
    introspection::Source,
    possession::Shown,
    signed::{Trusted, Verified, claimed_by, may_be_by_a_newer_key},
    token::Token,
};
use crate::{jose::JwkSet, server::Want};

/// What a request brings besides its token.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Brought {
    pub(super) scheme: Scheme,
    pub(super) shown: Shown,
}

/// A token that nothing is known of yet, and the request that it came with.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Judging {
    pub(super) verifier: Verifier,
    pub(super) token: Token,
    /// What the verdict is kept under.
    pub(super) key: Digest,
    pub(super) brought: Brought,
}

/// Where what is true of a token is learnt.
enum Route<'v> {
    /// The keys of the server with this place verify it.
    Signed(usize, &'v Trusted),
    /// The server with this place is asked.
    Asked(usize),
    /// The store knows.
    Store,
}

impl Judging {
    /// Goes where it can be learnt what the token is.
    pub(super) fn begin(self, now: Timestamp) -> Step {
        let token = self.token.expose();
        match self.verifier.route(token) {
            Err(reason) => self.refuse(reason, now),
            Ok(Route::Store) => {
                let key = Digest::of_token(token);
                self.look_up(key, false)
            }
            Ok(Route::Asked(at)) => Step::Ask(Ask::new(self, at)),
            Ok(Route::Signed(at, trusted)) => match &trusted.keys {
                KeySource::Fixed(keys) => {
                    let judged = trusted.verify(token, keys, now);
                    self.learned(judged, now)
                }
                KeySource::At(url) => {
                    let url = url.clone();
                    Step::Fetch(Fetch::new(self, url, Whose::Token(at)))
                }
            },
        }
    }

    /// Verifies what was signed.
    pub(super) fn verify(&self, whose: &Whose, keys: &JwkSet, now: Timestamp) -> Result<Verified, Reason> {
        match whose {
            Whose::Token(at) => {
                let trusted = self.verifier.trusted(*at).ok_or(Reason::Unknown)?;
                trusted.verify(self.token.expose(), keys, now)
            }
            Whose::Answer(at, answer) => {
                let source = self.source(*at).ok_or(Reason::Unknown)?;
                source.read_signed(answer, keys, now).map(Verified::Grant)
            }
        }
    }

    /// Whether newer keys could make a difference to what was wrong.
    pub(super) fn wants_newer_keys(&self, whose: &Whose, reason: Reason) -> bool {
        match whose {
            Whose::Token(_) => may_be_by_a_newer_key(self.token.expose(), reason),
            Whose::Answer(..) => reason.is_about_signed_answer(),
        }
    }

    pub(super) fn source(&self, at: usize) -> Option<&Source> {
        self.verifier.source(at)
    }

    /// Goes on with what was learnt of the token.
    pub(super) fn learned(self, judged: Result<Verified, Reason>, now: Timestamp) -> Step {
        let caching = self.verifier.config().caching;
        let verdict = match judged {
            Ok(Verified::LookUp(key)) => return self.look_up(key, true),
            Ok(Verified::Grant(grant)) => Verdict::Good(Arc::new(grant)),
            Err(reason) => Verdict::Bad(reason),
        };
        let until = match &verdict {
            // RFC 7662 section 4: never beyond the end of the token.
            Verdict::Good(grant) => grant.expires.min(now.plus(caching.positive)),
            Verdict::Bad(reason) if reason.is_worth_remembering() => now.plus(caching.negative),
            Verdict::Bad(_) => now,
        };
        match self.verifier.remembers() && now < until {
            true => Step::Remember(Remember::new(self, verdict, until)),
            false => self.decided(verdict, now),
        }
    }

    /// Goes on with a verdict, however old.
    pub(super) fn decided(self, verdict: Verdict, now: Timestamp) -> Step {
        match verdict {
            Verdict::Good(grant) => self.verifier.conclude(self.brought, grant, now),
            Verdict::Bad(reason) => self.refuse(reason, now),
        }
    }

    fn look_up(self, key: Digest, signed: bool) -> Step {
        Step::Load(Load::new(self.verifier, Want::Access(key).into(), signed, self.brought))
    }

    pub(super) fn refuse(self, reason: Reason, now: Timestamp) -> Step {
        self.verifier.refuse(self.brought.scheme, reason, now)
    }
}

impl Verifier {
    fn route(&self, token: &str) -> Result<Route<'_>, Reason> {
        let asked = || self.asked(token).map(Route::Asked);
        // A dot is in no token that is not a JWT or of a server that is asked.
        let trusted = self.all_trusted();
        if trusted.is_empty() || memchr::memchr(b'.', token.as_bytes()).is_none() {
            return Ok(asked().unwrap_or(Route::Store));
        }
        match claimed_by(trusted, token) {
            Ok((at, trusted)) => Ok(Route::Signed(at, trusted)),
            // What was not signed never reaches the store.
            Err(reason) => asked().ok_or(reason),
        }
    }

    /// Lets a request through, if what its token stands for does.
    pub(super) fn conclude(self, brought: Brought, grant: Arc<Grant>, now: Timestamp) -> Step {
        let grant = self.config().implied.widened(grant);
        match grant.check(self.config(), &brought.shown, now) {
            Err(reason) => self.refuse(brought.scheme, reason, now),
            Ok(()) => match brought.shown.spend(now) {
                None => Step::Admit(grant),
                Some(proof) => Step::commit(self, proof, grant, now),
            },
        }
    }
}

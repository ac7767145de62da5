//! The drivers: one loop for each role. A core asks, the store answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use oauth_clock::{Clock, NoEntropy};
use oauth_sansio::{Handover, Reply};
use oauth_store::{IssuerStore, StoreError};

use oauth2_core::jose::SignError;

use crate::{
    Fetcher, Grant, Nobody, Operator, Pages, Principal, SigningKeys, Turn, Unavailable, Visit,
    elsewhere::Elsewhere, grant::Signed, watched::Watched,
};

/// What a provider's drivers answer a core with.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) store: IssuerStore,
    pub(crate) pages: Arc<dyn Pages>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<dyn SigningKeys>,
    /// `None` where nobody wants to know anything.
    pub(crate) operator: Option<Arc<dyn Operator>>,
    pub(crate) fetcher: Arc<dyn Fetcher>,
}

/// Why a step was dropped. Nothing was minted and nothing is lost.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Dropped {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error(transparent)]
    NoSignature(#[from] SignError),
    #[error(transparent)]
    Operator(#[from] Unavailable),
    #[error(transparent)]
    Question(#[from] oauth2_core::client::Error),
}

/// What becomes of a request to a protected API.
pub(crate) enum Admission {
    /// The nonce is for the next proof, where one is wanted.
    Admit(Grant, Option<HeaderValue>),
    /// It has credentials, or half of some, and they do not do.
    Refuse(Response<Bytes>),
    /// There is nothing of OAuth 1 in it.
    Unsigned(Response<Bytes>),
}

pub(crate) async fn oauth1(
    shared: &Shared,
    provider: &oauth1_core::server::Provider,
    endpoint: oauth1_core::server::Endpoint,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Dropped> {
    use oauth1_core::server::Step;

    let mut step = provider.receive(endpoint, request, shared.clock.moment()?);
    let client_id = match &step {
        Step::Load(load) => load.wanted().client.as_deref(),
        _ => None,
    };
    let mut watched = Watched::new(shared, endpoint, client_id, request);
    if let (Some(watched), false) = (&watched, matches!(step, Step::Reply(_)))
        && let Err(wait) = watched.admit().await
    {
        return Ok(wait);
    }
    loop {
        step = match step {
            Step::Load(load) => {
                if let Some(watched) = &mut watched {
                    watched.looks_up(load.wanted().client.as_deref());
                }
                let facts = shared.store.load_oauth1(load.wanted()).await?;
                load.resume(facts, shared.clock.moment()?)
            }
            Step::Interact(interact) => {
                match shared.pages.interact(interact.prompt(), &Visit::of(request)).await {
                    Turn::Page(page) => return Ok(page),
                    Turn::Answer(answer) => interact.answer(answer, shared.clock.moment()?),
                }
            }
            Step::Commit(commit) => {
                let outcome = shared.store.commit_oauth1(commit.batch()).await?;
                let (batch, next) = commit.settle_with_batch(outcome);
                if let (Some(watched), Some(batch)) = (&mut watched, batch) {
                    watched.wrote(batch);
                }
                next
            }
            Step::Reply(reply) => {
                if let Some(watched) = &watched {
                    watched.answered(&reply);
                }
                return Ok(tell(*reply));
            }
        };
    }
}

pub(crate) async fn oauth2(
    shared: &Shared,
    server: &oauth2_core::server::AuthorizationServer,
    oauth1: Option<&oauth1_core::server::Provider>,
    endpoint: oauth2_core::server::Endpoint,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Dropped> {
    use oauth2_core::server::Step;

    let operator: &dyn Operator = shared.operator.as_deref().unwrap_or(&Nobody);
    let mut step = server.receive(endpoint, request, shared.clock.moment()?);
    let client_id = match &step {
        Step::Load(load) => load.wanted().client.as_deref(),
        _ => None,
    };
    let mut watched = Watched::new(shared, endpoint, client_id, request);
    if let (Some(watched), false) = (&watched, matches!(step, Step::Reply(_)))
        && let Err(wait) = watched.admit().await
    {
        return Ok(wait);
    }
    loop {
        step = match step {
            Step::Load(load) => {
                if let Some(watched) = &mut watched {
                    watched.looks_up(load.wanted().client.as_deref());
                }
                let facts = shared.store.load_oauth2(load.wanted()).await?;
                load.resume(facts, shared.clock.moment()?)
            }
            Step::Identify(identify) => {
                let person = shared.pages.identify(identify.prompt(), &Visit::of(request)).await;
                identify.answer(person, shared.clock.moment()?)
            }
            Step::Interact(interact) => {
                match shared.pages.interact(interact.prompt(), &Visit::of(request)).await {
                    Turn::Page(page) => return Ok(page),
                    Turn::Answer(answer) => interact.answer(answer, shared.clock.moment()?),
                }
            }
            Step::Fetch(fetch) => {
                let answer = shared.fetcher.fetch(fetch.wanted()).await;
                fetch.answer(answer, shared.clock.moment()?)
            }
            Step::Sign(sign) => {
                let signature = shared.keys.sign(sign.key_id(), sign.input()).await?;
                sign.signed(&signature, shared.clock.moment()?)
            }
            Step::Review(review) => {
                let verdict = operator.review(review.proposal()).await?;
                review.reviewed(verdict, shared.clock.moment()?)
            }
            Step::Verify(verify) => {
                let person = operator.verify(verify.username(), verify.password()).await?;
                verify.verified(person, shared.clock.moment()?)
            }
            Step::Extend(extend) => {
                let extended = operator.extend(extend.extension()).await?;
                extend.extended(extended, shared.clock.moment()?)
            }
            Step::Migrate(migrate) => {
                let handover = match oauth1 {
                    // In a box, as it is seldom: the future of every request would have room for it.
                    Some(provider) => Box::pin(hand_over(shared, provider, request)).await?,
                    None => None,
                };
                migrate.migrated(handover, shared.clock.moment()?)
            }
            Step::Commit(commit) => {
                let outcome = shared.store.commit_oauth2(commit.batch()).await?;
                let (batch, next) = commit.settle_with_batch(outcome);
                if let (Some(watched), Some(batch)) = (&mut watched, batch) {
                    watched.wrote(batch);
                }
                next
            }
            Step::Reply(reply) => {
                if let Some(watched) = &watched {
                    watched.answered(&reply);
                }
                return Ok(tell(*reply));
            }
        };
    }
}

/// Which token credentials of OAuth 1 a request is signed with, that wants them traded.
async fn hand_over(
    shared: &Shared,
    provider: &oauth1_core::server::Provider,
    request: &Request<Bytes>,
) -> Result<Option<Handover>, Dropped> {
    let handover = match provider.present(request, shared.clock.moment()?.now()) {
        Ok(presented) => {
            let facts = shared.store.load_oauth1(presented.wanted()).await?;
            presented.resume(facts, shared.clock.moment()?.now())
        }
        Err(reason) => Err(reason),
    };
    Ok(handover.inspect_err(|reason| tracing::info!(?reason, "nothing to trade")).ok())
}

pub(crate) async fn resource1(
    store: &IssuerStore,
    clock: &dyn Clock,
    verifier: &oauth1_core::resource::Verifier,
    request: &Request<Bytes>,
) -> Result<Admission, Dropped> {
    use oauth1_core::{resource::Step, server::Reason};

    let mut step = verifier.receive(request, clock.moment()?);
    loop {
        step = match step {
            Step::Load(load) => {
                let facts = store.load_oauth1(load.wanted()).await?;
                load.resume(facts, clock.moment()?)
            }
            Step::Commit(commit) => {
                let outcome = store.commit_oauth1(commit.batch()).await?;
                commit.settle(outcome)
            }
            Step::Admit(grant) => {
                let user = |subject: &str| Principal::User(subject.into());
                let signed = Signed {
                    client_id: grant.client_id.into(),
                    principal: grant.subject.as_deref().map_or(Principal::Client, user),
                    realms: grant.realms.to_vec(),
                };
                return Ok(Admission::Admit(signed.into(), None));
            }
            Step::Reply(reply) if reply.reason == Some(Reason::NoCredentials) => {
                return Ok(Admission::Unsigned(tell(*reply)));
            }
            Step::Reply(reply) => return Ok(Admission::Refuse(tell(*reply))),
        };
    }
}

/// What the driver of an API answers the core of OAuth 2 with.
pub(crate) struct Resource2<'a> {
    pub(crate) store: &'a IssuerStore,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) verifier: &'a oauth2_core::resource::Verifier,
    pub(crate) elsewhere: &'a Elsewhere,
    /// Counts what was written, where nobody else sweeps the store.
    pub(crate) written: Option<&'a AtomicUsize>,
}

impl Resource2<'_> {
    pub(crate) async fn judge(&self, request: &Request<Bytes>) -> Result<Admission, Dropped> {
        use oauth2_core::{resource::Step, server::Binding};

        let Self { store, clock, verifier, elsewhere, written } = *self;
        let mut step = verifier.receive(request, clock.moment()?);
        // Held until what was learnt is kept: whoever waits for it finds it.
        let mut _turn = None;
        loop {
            step = match step {
                Step::Recall(recall) => {
                    let moment = clock.moment()?;
                    let verdict = elsewhere.verdicts.recall(recall.key(), moment.now());
                    recall.recalled(verdict, moment)
                }
                Step::Fetch(fetch) => {
                    let answer = elsewhere.keys(fetch.wanted(), verifier.key_caching(), clock).await;
                    fetch.answer(answer, clock.moment()?)
                }
                Step::Ask(ask) => {
                    // Where nothing is kept there is nothing to wait for.
                    let waited = match verifier.caching().positive.is_zero() {
                        true => Ok(None),
                        false => elsewhere.turn(ask.key()).await.map(Some),
                    };
                    let moment = clock.moment()?;
                    match (waited, elsewhere.verdicts.recall(ask.key(), moment.now())) {
                        (_, Some(verdict)) => ask.recalled(verdict, moment),
                        (Err(error), None) => ask.answer(Err(error), moment),
                        (Ok(turn), None) => {
                            _turn = turn;
                            let question = || Ok::<_, Dropped>(ask.request(clock.moment()?)?);
                            // In a box: the future of every request would have room for it.
                            let answer = Box::pin(elsewhere.ask(question)).await?;
                            ask.answer(answer, clock.moment()?)
                        }
                    }
                }
                Step::Remember(remember) => {
                    let (verdict, until) = (remember.verdict().clone(), remember.until());
                    elsewhere.verdicts.remember(*remember.key(), verdict, until, clock.moment()?);
                    remember.remembered(clock.moment()?)
                }
                Step::Load(load) => {
                    let facts = store.load_oauth2(load.wanted()).await?;
                    load.resume(facts, clock.moment()?)
                }
                Step::Commit(commit) => {
                    let outcome = store.commit_oauth2(commit.batch()).await?;
                    if written
                        .is_some_and(|written| written.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1)
                    {
                        store.store().sweep(clock.moment()?.now(), usize::MAX).await?;
                    }
                    commit.settle(outcome)
                }
                Step::Admit(grant) => {
                    let has_proof = grant.bindings.iter().any(|binding| matches!(binding, Binding::Dpop(_)));
                    let nonce = match has_proof {
                        true => verifier.nonce(clock.moment()?.now()),
                        false => None,
                    };
                    return Ok(Admission::Admit(grant.into(), nonce));
                }
                Step::Reply(reply) if reply.reason.is_some_and(|reason| reason.is_outage()) => {
                    tracing::error!(reason = ?reply.reason, "nobody can tell what a token is worth");
                    return Ok(Admission::Refuse(reply.response));
                }
                Step::Reply(reply) => return Ok(Admission::Refuse(tell(*reply))),
            };
        }
    }
}

/// After how many writes a store that is nobody else's is swept.
const SWEEP: usize = 1024;

/// The wire gets the response, the operator the reason: in the log, and among the extensions of the response, for whatever
/// stands around the service. A reason names what happened and never holds a secret.
fn tell<Reason>(reply: Reply<Reason>) -> Response<Bytes>
where
    Reason: std::fmt::Debug + Clone + Send + Sync + 'static,
{
    let Reply { mut response, reason } = reply;
    let status = response.status().as_u16();
    match reason {
        Some(reason) => {
            tracing::info!(status, ?reason, "refused");
            response.extensions_mut().insert(reason);
        }
        None => tracing::debug!(status, "answered"),
    }
    response
}

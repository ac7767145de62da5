//! Tokens that are always good: kept in a store, renewed ahead of time, one renewal at a time.

mod error;
mod file;
#[cfg(feature = "keyring")]
mod keyring_tokens;
mod memory;
mod store;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use http::{HeaderMap, Request, Uri};
use oauth_sansio::{Secret, Timestamp};
use oauth2_core::client::{Keeper, Kept, Need, Save, Tokens, Turn};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use error::TokenError;
pub use file::FileTokens;
#[cfg(feature = "keyring")]
pub use keyring_tokens::KeyringTokens;
pub use memory::MemoryTokens;
pub(crate) use memory::Place;
pub use store::{Locked, TokenStore, TokenStoreError};

use crate::Client;

/// Keeps the tokens of one grant: whoever asks gets some that are good. Clones are handles of one keeper.
///
/// A renewal is finished and stored even if whoever asked for it has gone: the refresh token that it used may be worth
/// nothing any more. Where storing fails, nobody gets the new tokens until it has been done, and the store stays locked: what
/// is in it must not be used again. It is tried with each use, until the last handle is dropped.
///
/// ```no_run
/// use std::sync::Arc;
/// use oauth_hyper_client::{Client, FileTokens, TokenKeeper};
/// use oauth2_core::client::{Keeper, Tokens};
///
/// async fn photos(client: oauth2_core::client::Client, came: Tokens) -> Result<(), Box<dyn std::error::Error>> {
///     let store = Arc::new(FileTokens::new("/home/ann/.local/share/printer")?);
///     let keeper = TokenKeeper::new(Client::new(), Keeper::new(client), store, "photos");
///     keeper.start(came).await?; // once, when a person has granted access
///
///     let mut request = http::Request::get("https://photos.example.com/mine").body(())?;
///     keeper.authorize(&mut request).await?; // and then as often as needed
///     # Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct TokenKeeper(Arc<Shared>);

struct Shared {
    keeper: Keeper,
    http: Client,
    store: Arc<dyn TokenStore>,
    name: String,
    held: RwLock<Option<Arc<Kept>>>,
    flight: Arc<Mutex<Flight>>,
    /// Renewals that have failed.
    failed: AtomicUsize,
}

/// What whoever renews needs.
#[derive(Default)]
struct Flight {
    /// Tokens that could not be stored yet.
    unsaved: Option<Save>,
    /// The lock beside them, unless it could not be had: nobody else uses what is stored, which may be spent, or stores
    /// what would then be overwritten.
    locked: Option<Box<dyn Locked>>,
}

impl TokenKeeper {
    /// A keeper of what is stored under a name. Different grants have different names. The time is the client's.
    pub fn new(http: Client, keeper: Keeper, store: Arc<dyn TokenStore>, name: impl Into<String>) -> Self {
        let (name, held, flight) = (name.into(), RwLock::default(), Arc::default());
        let failed = AtomicUsize::new(0);
        Self(Arc::new(Shared { keeper, http, store, name, held, flight, failed }))
    }

    /// Stores what a flow has brought, in place of what was there.
    ///
    /// # Errors
    /// When it cannot be stored. It is kept, and stored before the next use.
    pub async fn start(&self, tokens: Tokens) -> Result<Arc<Kept>, TokenError> {
        let save = self.0.keeper.keep(tokens, self.0.now()?);
        let shared = self.0.clone();
        let mut flight = shared.flight.clone().lock_owned().await;
        finished(tokio::spawn(async move {
            // From here on nobody gets the ones before, which may be of another person, whatever becomes of these.
            flight.unsaved = None;
            shared.drop_held();
            match shared.lock(&mut flight).await {
                Ok(locked) => Ok(shared.save(locked, &mut flight, save).await?.1),
                Err(error) => Err(flight.keep(save, None, error)),
            }
        }))
        .await
    }

    /// Tokens that are good now.
    ///
    /// # Errors
    /// When there are none, or the ones that there are have ended and cannot be renewed.
    pub async fn tokens(&self) -> Result<Arc<Kept>, TokenError> {
        self.fresh(None).await
    }

    /// Tokens in place of an access token that an API has just called invalid; the same that everybody gets where somebody
    /// else has renewed it already.
    ///
    /// # Errors
    /// As [`tokens`](Self::tokens).
    pub async fn instead_of(&self, refused: &Secret) -> Result<Arc<Kept>, TokenError> {
        self.fresh(Some(refused)).await
    }

    /// Puts a good access token into a request for the API that it is for.
    ///
    /// # Errors
    /// As [`tokens`](Self::tokens).
    pub async fn authorize<B>(&self, request: &mut Request<B>) -> Result<Arc<Kept>, TokenError> {
        let kept = self.tokens().await?;
        self.authorize_with(&kept, request)?;
        Ok(kept)
    }

    /// Forgets the tokens, here and in the store.
    ///
    /// # Errors
    /// When the store cannot.
    pub async fn forget(&self) -> Result<(), TokenError> {
        let (mut locked, _) = self.stop().await?;
        Ok(locked.remove().await?)
    }

    /// The same, and gives the last ones, stored or not.
    pub(crate) async fn take(&self) -> Result<Option<Kept>, TokenStoreError> {
        let (mut locked, unsaved) = self.stop().await?;
        let kept = match unsaved {
            Some(save) => Some(save.record().clone()),
            None => locked.load().await?,
        };
        locked.remove().await?;
        Ok(kept)
    }

    async fn stop(&self) -> Result<(Box<dyn Locked>, Option<Save>), TokenStoreError> {
        let mut flight = self.0.flight.lock().await;
        self.0.drop_held();
        let unsaved = flight.unsaved.take();
        Ok((self.0.lock(&mut flight).await?, unsaved))
    }

    pub(crate) fn authorize_with<B>(&self, kept: &Kept, request: &mut Request<B>) -> Result<(), TokenError> {
        let moment = self.0.http.moment()?;
        Ok(self.0.keeper.authorize(kept, request, moment).map_err(crate::Error::Exchange)?)
    }

    pub(crate) fn learn(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        self.0.keeper.learn(uri, headers)
    }

    async fn fresh(&self, refused: Option<&Secret>) -> Result<Arc<Kept>, TokenError> {
        let now = self.0.now()?;
        let failed = self.0.failed.load(Ordering::Acquire);
        let (need, held) = self.0.need(refused, now);
        match (need, held.clone()) {
            (Need::Use, Some(kept)) => return Ok(kept),
            (Need::UseAndRenew, Some(kept)) => {
                // Whoever finds nobody renewing lets it be done, and nobody waits for it.
                if let Ok(flight) = self.0.flight.clone().try_lock_owned() {
                    let shared = self.0.clone();
                    drop(tokio::spawn(async move {
                        if let Err(error) = shared.renew(flight, None).await {
                            tracing::warn!(%error, "the tokens were not renewed ahead of time");
                        }
                    }));
                }
                return Ok(kept);
            }
            _ => {}
        }
        let flight = self.0.flight.clone().lock_owned().await;
        // While this waited, somebody else may have done it, even in vain or for tokens that live for no time: those who wait
        // do not ask one after the other.
        match self.0.need(refused, now) {
            (Need::Use | Need::UseAndRenew, Some(kept)) => return Ok(kept),
            (Need::Renew, Some(kept))
                if !held.is_some_and(|before| Arc::ptr_eq(&before, &kept))
                    && refused != Some(&kept.tokens.access_token) =>
            {
                return Ok(kept);
            }
            _ if failed != self.0.failed.load(Ordering::Acquire) => return Err(TokenError::FailedMeanwhile),
            _ => {}
        }
        let (shared, refused) = (self.0.clone(), refused.cloned());
        finished(tokio::spawn(async move { shared.renew(flight, refused.as_ref()).await })).await
    }
}

async fn finished(
    task: tokio::task::JoinHandle<Result<Arc<Kept>, TokenError>>,
) -> Result<Arc<Kept>, TokenError> {
    task.await.unwrap_or(Err(TokenError::Interrupted))
}

impl Shared {
    async fn renew(
        &self,
        mut flight: OwnedMutexGuard<Flight>,
        refused: Option<&Secret>,
    ) -> Result<Arc<Kept>, TokenError> {
        let mut locked = self.lock(&mut flight).await?;
        if let Some(save) = flight.unsaved.take() {
            (locked, _) = self.save(locked, &mut flight, save).await?;
        }
        match self.keeper.turn(locked.load().await?, refused, self.now()?)? {
            Turn::Use(kept) => Ok(self.hold(kept)),
            Turn::Renew(renewal) => match self.http.run(renewal).await {
                Ok(save) => Ok(self.save(locked, &mut flight, save).await?.1),
                Err(error) => {
                    // What is dead is not asked for again.
                    if matches!(&error, crate::Error::Exchange(refusal) if refusal.is_dead_grant()) {
                        self.drop_held();
                        locked.remove().await?;
                    } else {
                        self.failed.fetch_add(1, Ordering::AcqRel);
                    }
                    Err(error.into())
                }
            },
        }
    }

    /// What is stored, for nobody else.
    async fn lock(&self, flight: &mut Flight) -> Result<Box<dyn Locked>, TokenStoreError> {
        match flight.locked.take() {
            Some(locked) => Ok(locked),
            None => self.store.lock(&self.name).await,
        }
    }

    async fn save(
        &self,
        mut locked: Box<dyn Locked>,
        flight: &mut Flight,
        save: Save,
    ) -> Result<(Box<dyn Locked>, Arc<Kept>), TokenError> {
        match locked.save(save.record()).await {
            Ok(()) => Ok((locked, self.hold(save.saved()))),
            Err(error) => Err(flight.keep(save, Some(locked), error)),
        }
    }

    fn need(&self, refused: Option<&Secret>, now: Timestamp) -> (Need, Option<Arc<Kept>>) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner).clone();
        (held.as_ref().map_or(Need::Renew, |kept| self.keeper.need(kept, refused, now)), held)
    }

    fn hold(&self, kept: Kept) -> Arc<Kept> {
        let kept = Arc::new(kept);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(kept.clone());
        kept
    }

    fn drop_held(&self) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn now(&self) -> Result<Timestamp, TokenError> {
        Ok(self.http.moment()?.now())
    }
}

impl Flight {
    /// Keeps what could not be stored: the next one who comes tries again.
    fn keep(&mut self, save: Save, locked: Option<Box<dyn Locked>>, error: TokenStoreError) -> TokenError {
        (self.unsaved, self.locked) = (Some(save), locked);
        TokenError::Unsaved(error)
    }
}

impl std::fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeeper").field("name", &self.0.name).finish_non_exhaustive()
    }
}

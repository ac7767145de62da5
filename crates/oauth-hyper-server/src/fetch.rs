//! Where what clients publish is fetched from.

mod cache;
mod freshness;
mod web;

use async_trait::async_trait;
use oauth2_core::server::{FetchError, Fetched, WantedDocument};

pub(crate) use cache::Cache;
pub(crate) use freshness::said;
pub(crate) use web::failure;
pub use web::{Caching, WebFetcher};

/// Fetches what clients publish: one `GET` each, to an address that somebody chose whom nobody knows.
///
/// [`WebFetcher`] is ready to use. Another one must not follow redirects, must not reach anything inside, and must read
/// no more than a document of its kind may have.
#[async_trait]
pub trait Fetcher: Send + Sync + 'static {
    /// The answer, or the one of a while ago that is still good.
    ///
    /// # Errors
    /// Why there is none. The request that needs it is refused.
    async fn fetch(&self, wanted: &WantedDocument) -> Result<Fetched, FetchError>;
}

/// Fetches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetcher;

#[async_trait]
impl Fetcher for NoFetcher {
    async fn fetch(&self, _: &WantedDocument) -> Result<Fetched, FetchError> {
        tracing::warn!("a client publishes what it is, and no fetcher is set");
        Err(FetchError::Refused)
    }
}

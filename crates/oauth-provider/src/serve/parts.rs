//! A provider, put together from the settings.

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::Clock;
use oauth_hyper_client::GuardedClient;
use oauth_hyper_server::{Caching, Limits, Operator, Pages, ProviderService, Throttle, WebFetcher};
use oauth_store::IssuerStore;
use oauth1_core::server::Provider;
use oauth2_core::server::{AuthorizationServer, ServerKeys};

use super::StartError;
use super::audit::Audit;
use super::pace::Pace;
use crate::config::{Problem, Settings};
use crate::signing_keys::{CurrentKeys, Rotation};

/// Everything but the keys, which change.
pub(super) struct Parts {
    pub(super) settings: Settings,
    pub(super) store: IssuerStore,
    pub(super) pages: Arc<dyn Pages>,
    pub(super) clock: Arc<dyn Clock>,
    operator: Arc<dyn Operator>,
    fetcher: Arc<WebFetcher>,
}

impl Parts {
    pub(super) fn new(
        settings: Settings,
        store: IssuerStore,
        pages: Arc<dyn Pages>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let limits = &settings.limits;
        let pace = Pace::new(Audit, clock.clone(), limits.requests_per_minute);
        let within = limits.wrong_tries_within.duration();
        let operator = Arc::new(Throttle::new(pace, clock.clone(), limits.wrong_tries, within));
        let fetcher = Arc::new(WebFetcher::with(GuardedClient::new(), Caching::default(), clock.clone()));
        Self { settings, store, pages, clock, operator, fetcher }
    }

    /// The provider with these keys.
    pub(super) fn provider(
        &self,
        keys: &CurrentKeys,
        server_keys: ServerKeys,
    ) -> Result<ProviderService, StartError> {
        let oauth2 = self.oauth2(keys, server_keys)?;
        let limits = &self.settings.limits;
        let limits = Limits { body: limits.body, body_timeout: limits.patience.duration() };
        let mut provider =
            ProviderService::with_clock(self.store.clone(), self.pages.clone(), self.clock.clone())
                .oauth2(oauth2)
                .signing_keys(keys.signers.clone())
                .operator(self.operator.clone())
                .fetcher(self.fetcher.clone())
                .limits(limits);
        if let Some(config) = self.settings.oauth1()? {
            provider = provider.oauth1(Provider::new(config).map_err(unfit)?);
        }
        if let Some(proxy) = self.settings.proxy()? {
            provider = provider.behind(proxy);
        }
        Ok(provider)
    }

    /// The authorization server with these keys.
    pub(super) fn oauth2(
        &self,
        keys: &CurrentKeys,
        server_keys: ServerKeys,
    ) -> Result<AuthorizationServer, Problem> {
        let config = self.settings.oauth2(keys.ring.clone(), server_keys)?;
        AuthorizationServer::new(config).map_err(unfit)
    }
}

fn unfit(error: impl std::fmt::Display) -> Problem {
    Problem::new("issuer", error, "change what it says")
}

impl Settings {
    /// When signing keys follow each other.
    pub(super) fn rotation(&self) -> Rotation {
        let everybody = self.lifetimes.access.duration();
        let longest = self.resources.iter().filter_map(|resource| resource.access);
        let longest = longest.map(crate::config::Span::duration).fold(everybody, Duration::max);
        Rotation {
            algorithm: self.signing.algorithm,
            every: self.signing.rotate_every.duration(),
            notice: self.signing.publish_before.duration(),
            overlap: longest.max(SHORTEST_OVERLAP),
        }
    }
}

/// A client may be registered for tokens that live longer than everybody's.
const SHORTEST_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);

//! One issuer's view of a store: the cores' own words, answered.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_sansio::{Family, Outcome};
use oauth1_core::server as core1;
use oauth2_core::server as core2;

use crate::{Key, Put, Record, Store, StoreError, Tenant, Writes, oauth1, oauth2};

/// A store, narrowed to one issuer.
#[derive(Clone)]
pub struct IssuerStore {
    store: Arc<dyn Store>,
    tenant: Tenant,
    clients: Option<Arc<dyn Clients>>,
}

/// Clients that live in tables of one's own. It replaces the look-up of clients, and nothing else.
#[async_trait]
pub trait Clients: Send + Sync + 'static {
    /// The client of OAuth 1 with this `oauth_consumer_key`.
    ///
    /// # Errors
    /// When the look-up cannot be made.
    async fn oauth1(&self, client_id: &str) -> Result<Option<Arc<core1::Client>>, StoreError>;

    /// The client of OAuth 2 with this `client_id`.
    ///
    /// # Errors
    /// When the look-up cannot be made.
    async fn oauth2(&self, client_id: &str) -> Result<Option<Arc<core2::Client>>, StoreError>;
}

impl IssuerStore {
    /// The rows of `issuer` in `store`.
    pub fn new(store: Arc<dyn Store>, issuer: &str) -> Self {
        Self { store, tenant: Tenant::of(issuer), clients: None }
    }

    /// The same, with clients looked up elsewhere.
    #[must_use]
    pub fn with_clients(self, clients: Arc<dyn Clients>) -> Self {
        Self { clients: Some(clients), ..self }
    }

    /// The issuer, as it stands in every key.
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// The store behind this view.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// What a step of OAuth 1 wants to know, in one round trip.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn load_oauth1(&self, wanted: &core1::Wanted) -> Result<core1::Facts, StoreError> {
        let mut keys = oauth1::keys(self.tenant, wanted);
        let mut client = None;
        if let (Some(clients), Some(client_id)) = (&self.clients, &wanted.client) {
            keys.retain(|key| *key != oauth1::client_key(self.tenant, client_id));
            client = clients.oauth1(client_id).await?;
        }
        let facts = oauth1::facts(self.rows(&keys).await?);
        Ok(core1::Facts { client: client.or(facts.client), ..facts })
    }

    /// Applies the batch of a step of OAuth 1.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn commit_oauth1(&self, batch: &core1::Batch) -> Result<Outcome, StoreError> {
        self.store.commit(oauth1::writes(self.tenant, batch)).await
    }

    /// What a step of OAuth 2 wants to know, in one round trip.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn load_oauth2(&self, wanted: &core2::Wanted) -> Result<Box<core2::Facts>, StoreError> {
        let mut keys = oauth2::keys(self.tenant, wanted);
        let mut client = None;
        if let (Some(clients), Some(client_id)) = (&self.clients, &wanted.client) {
            keys.retain(|key| *key != oauth2::client_key(self.tenant, client_id));
            client = clients.oauth2(client_id).await?;
        }
        let rows = self.rows(&keys).await?;
        Ok(oauth2::facts(client, wanted, &keys, rows))
    }

    /// Applies the batch of a step of OAuth 2.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn commit_oauth2(&self, batch: &core2::Batch) -> Result<Outcome, StoreError> {
        self.store.commit(oauth2::writes(self.tenant, batch)).await
    }

    /// Revokes these families: a grant, or a client with all that it was given.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn revoke(&self, families: impl IntoIterator<Item = Family>) -> Result<(), StoreError> {
        let revoke = families.into_iter().map(|family| self.tenant.family(family)).collect();
        // Without a spend there is nothing to lose.
        self.store.commit(Writes { revoke, ..Writes::default() }).await.map(drop)
    }

    /// Registers a client of OAuth 1, or replaces it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn register_oauth1(&self, client: core1::Client) -> Result<(), StoreError> {
        let key = oauth1::client_key(self.tenant, &client.client_id);
        let families = [None, Some(self.tenant.family(client.family()))];
        let put =
            vec![Put { key, record: Record::OAuth1Client(Arc::new(client)), keep_until: None, families }];
        // Without a spend there is nothing to lose.
        self.store.commit(Writes { put, ..Writes::default() }).await.map(drop)
    }

    /// Registers a client of OAuth 2, or replaces it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn register_oauth2(&self, client: core2::Client) -> Result<(), StoreError> {
        let put = vec![core2::Record::Client(core2::Client::key(&client.client_id), Arc::new(client))];
        // Without a spend there is nothing to lose.
        self.commit_oauth2(&core2::Batch { put, ..core2::Batch::default() }).await.map(drop)
    }

    async fn rows(&self, keys: &[Key]) -> Result<Vec<Option<crate::Row>>, StoreError> {
        match keys {
            [] => Ok(Vec::new()),
            keys => self.store.load(keys).await,
        }
    }
}

impl std::fmt::Debug for IssuerStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuerStore").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

//! What passes between a step and its store.

use std::sync::Arc;

use oauth_sansio::{Digest, Loaded};

use super::{Approval, Client, Interaction, Once, Record, Temporary, Token};

/// All-or-nothing writes of this provider.
pub type Batch = oauth_sansio::Batch<Once, Record>;

/// What a step wants to know, in one round trip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// A client by its identifier.
    pub client: Option<String>,
    /// Temporary credentials.
    pub temporary: Option<Digest>,
    /// A waiting authorization.
    pub interaction: Option<Digest>,
    /// The approval of temporary credentials.
    pub approval: Option<Digest>,
    /// Token credentials.
    pub token: Option<Digest>,
}

/// What the store knew of it. `None` where it knew nothing, or where nothing was wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Facts {
    /// The client.
    pub client: Option<Arc<Client>>,
    /// Temporary credentials; `spent` tells that [`Once::Temporary`] is.
    pub temporary: Option<Loaded<Temporary>>,
    /// The waiting authorization. Its marks are not looked at: the decision is guarded by its batch.
    pub interaction: Option<Loaded<Interaction>>,
    /// The approval. Its marks are not looked at: the exchange is guarded by its batch.
    pub approval: Option<Loaded<Approval>>,
    /// Token credentials; `revoked` tells that their family is, `spent` that [`Once::Renewal`] is.
    pub token: Option<Loaded<Token>>,
}

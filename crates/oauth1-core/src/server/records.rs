//! What a store keeps for this provider.

use std::{sync::Arc, time::Duration};

use oauth_sansio::{Digest, Family, Secret, Timestamp, secret::exposed};
use serde::{Deserialize, Serialize};

use super::{Callback, Callbacks, KeyCache};
use crate::signature::{AllowedMethods, PublicKey};

/// How much longer than the thing itself the mark is kept that it has been spent: a commit may come late, and a
/// mark that is swept before it would let the thing be spent again.
pub const RETENTION_MARGIN: Duration = Duration::from_secs(3600);

/// A registered client (RFC 5849 section 1.1).
///
/// Its secret is a key, so it must be kept readable (RFC 5849 section 4.5); encrypt the table it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
pub struct Client {
    /// The client identifier, `oauth_consumer_key` on the wire.
    pub client_id: String,
    /// The name a person reads when asked for consent.
    pub name: String,
    /// The secret shared with the client. An empty one never verifies a signature.
    #[serde(with = "exposed")]
    pub secret: Secret,
    /// The key that verifies its signatures, for a client that signs with a key pair (RFC 5849 section 3.4.3).
    #[serde(default)]
    pub public_key: Option<PublicKey>,
    /// Where people may be sent back to.
    pub callbacks: Callbacks,
    /// The signature methods this client may use, of those that the provider knows.
    pub methods: AllowedMethods,
}

impl Client {
    /// What the client and all that it was given are revoked with when it is removed. An identifier is never given out
    /// again.
    pub fn family(&self) -> Family {
        Self::family_of(&self.client_id)
    }

    fn family_of(client_id: &str) -> Family {
        Family::of(&Digest::of_parts(&[b"oauth1 client", client_id.as_bytes()]))
    }
}

/// Temporary credentials (RFC 5849 section 2.1), under [`Digest::of_token`] of their identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
pub struct Temporary {
    /// Their shared secret.
    #[serde(with = "exposed")]
    pub secret: Secret,
    /// The client they were given to.
    pub client_id: String,
    /// Where the person will be sent; fixed here, under the client's signature, and never changed after.
    pub callback: Callback,
    /// What is asked for.
    pub realms: Arc<[String]>,
    /// From this time on they are worth nothing.
    pub expires: Timestamp,
}

/// An authorization that waits for a person (RFC 5849 section 2.2), under [`Digest::of_token`] of its handle.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interaction {
    /// The identifier of the temporary credentials; alone it opens nothing.
    pub token: String,
    /// The client that asks.
    pub client_id: String,
    /// Where the person will be sent.
    pub callback: Callback,
    /// What is asked for.
    pub realms: Arc<[String]>,
    /// The browser that began it, and that alone may finish it.
    pub browser: Digest,
    /// From this time on nobody may answer.
    pub expires: Timestamp,
}

/// That a person allowed it, under the digest of the temporary credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Approval {
    /// SHA-256 of the verifier.
    pub verifier: Digest,
    /// The resource owner.
    pub subject: Arc<str>,
    /// From this time on it is worth nothing.
    pub expires: Timestamp,
    /// How often a verifier that is a PIN may be tried; `None` for one that is out of reach of guessing.
    #[serde(default)]
    pub tries: Option<u8>,
}

/// Token credentials (RFC 5849 section 2.3), under [`Digest::of_token`] of their identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
pub struct Token {
    /// Their shared secret.
    #[serde(with = "exposed")]
    pub secret: Secret,
    /// The client they were given to.
    pub client_id: String,
    /// The resource owner who allowed it.
    pub subject: Arc<str>,
    /// What was allowed.
    pub realms: Arc<[String]>,
    /// What a revocation names.
    pub family: Family,
    /// When they were given out.
    pub issued: Timestamp,
    /// From this time on they are worth nothing; `None` for until revoked.
    pub expires: Option<Timestamp>,
    /// How they can be renewed, if they can.
    #[serde(default)]
    pub renewal: Option<Renewal>,
    /// The signing key, once it has been worked out. Not part of the record: it is neither stored nor compared.
    #[serde(skip)]
    pub key: KeyCache,
}

/// That token credentials can be renewed (the extension "OAuth Session").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Renewal {
    /// SHA-256 of the session handle.
    pub handle: Digest,
    /// From this time on nothing of the authorization can be renewed or used.
    pub until: Timestamp,
}

/// A row to write. The digest is its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub enum Record {
    /// Temporary credentials.
    Temporary(Digest, Arc<Temporary>),
    /// A waiting authorization.
    Interaction(Digest, Arc<Interaction>),
    /// An approval; its key is that of the temporary credentials.
    Approval(Digest, Arc<Approval>),
    /// Token credentials.
    Token(Digest, Arc<Token>),
}

impl Record {
    /// When the row may be swept; `None` for never.
    pub fn keep_until(&self) -> Option<Timestamp> {
        match self {
            Self::Temporary(_, temporary) => Some(temporary.expires),
            Self::Interaction(_, interaction) => Some(interaction.expires),
            Self::Approval(_, approval) => Some(approval.expires),
            // What is expired can still be renewed, and what was renewed is an alarm when it comes again.
            Self::Token(_, token) => token.renewal.map_or(token.expires, |renewal| Some(renewal.until)),
        }
    }

    /// What the row is revoked with: the authorization that it is of, and its client.
    pub fn families(&self) -> [Option<Family>; 2] {
        match self {
            Self::Token(_, token) => [Some(token.family), Some(Client::family_of(&token.client_id))],
            Self::Temporary(_, temporary) => [None, Some(Client::family_of(&temporary.client_id))],
            Self::Interaction(_, interaction) => [None, Some(Client::family_of(&interaction.client_id))],
            // It is worth nothing without its temporary credentials.
            Self::Approval(..) => [None; 2],
        }
    }
}

/// A thing that happens at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Once {
    /// A nonce, with the client, token and timestamp it came with (RFC 5849 section 3.3).
    Nonce(Digest),
    /// Temporary credentials are exchanged for token credentials (RFC 5849 section 2.3).
    Temporary(Digest),
    /// A person decides about these temporary credentials (RFC 5849 section 2.2).
    Decision(Digest),
    /// A PIN for these temporary credentials is tried; the number tells which of the tries it takes.
    Try(Digest, u8),
    /// Token credentials are renewed.
    Renewal(Digest),
}

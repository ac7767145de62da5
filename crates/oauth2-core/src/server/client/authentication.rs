//! How a client proves who it is (RFC 6749 section 2.3, RFC 7523 section 2.2).

use oauth_sansio::{Digest, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use crate::server::CertificateSubject;

/// How a client authenticates. It has one way, which is the one it was registered for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// `none`: a public client. It holds no secret and only names itself.
    None,
    /// A client secret. It must be one with at least 128 random bits, which is why a plain digest keeps it.
    Secret {
        /// The secrets that are good: more than one while a new one is being rolled out.
        secrets: Vec<StoredSecret>,
        /// Where the client may put it.
        methods: SecretMethods,
    },
    /// `client_secret_jwt`: a secret that signs assertions. The server must be able to read it.
    SecretJwt {
        /// The secret, at least 256 bits of text.
        #[serde(with = "oauth_sansio::secret::exposed")]
        secret: Secret,
    },
    /// `private_key_jwt`: a key that signs assertions, one of [`Client::keys`](super::Client::keys).
    PrivateKeyJwt,
    /// `tls_client_auth`: a certificate in the name of the client, by an authority that is trusted (RFC 8705 section 2.1).
    TlsClientAuth {
        /// The name.
        subject: CertificateSubject,
    },
    /// `self_signed_tls_client_auth`: a certificate with one of [`Client::keys`](super::Client::keys) (RFC 8705 section
    /// 2.2).
    SelfSignedTlsClientAuth,
}

/// A secret as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoredSecret {
    /// [`Digest::of`] the secret.
    pub digest: Digest,
    /// From this second on it is no longer good; `None` for always.
    pub until: Option<Timestamp>,
}

impl StoredSecret {
    /// A secret that is good until it is replaced.
    pub fn new(secret: &Secret) -> Self {
        Self { digest: Digest::of(secret.expose()), until: None }
    }
}

impl Authentication {
    /// A client secret and where the client may put it.
    pub fn secret(secret: &Secret, methods: SecretMethods) -> Self {
        Self::Secret { secrets: vec![StoredSecret::new(secret)], methods }
    }

    /// The same with another secret; the ones before are good until then, so that the client can be changed over. `None`
    /// for a client without a secret.
    ///
    /// A secret that signs (`client_secret_jwt`) is kept once: there is no overlap.
    #[must_use]
    pub fn renewed(&self, secret: &Secret, until: Timestamp) -> Option<Self> {
        match self {
            Self::Secret { secrets, methods } => {
                let ending = |old: &StoredSecret| StoredSecret {
                    until: Some(old.until.map_or(until, |ends| ends.min(until))),
                    ..*old
                };
                let secrets = [StoredSecret::new(secret)].into_iter().chain(secrets.iter().map(ending));
                Some(Self::Secret { secrets: secrets.take(Self::MAX_SECRETS).collect(), methods: *methods })
            }
            Self::SecretJwt { .. } => Some(Self::SecretJwt { secret: secret.clone() }),
            _ => None,
        }
    }

    /// How many secrets a client has at once: each of them is looked at.
    pub const MAX_SECRETS: usize = 4;

    /// Whether the client is known by the certificate of its connection (RFC 8705 section 2).
    pub const fn is_by_certificate(&self) -> bool {
        matches!(self, Self::TlsClientAuth { .. } | Self::SelfSignedTlsClientAuth)
    }

    /// Whether the client keeps a secret of any kind (RFC 6749 section 2.1).
    pub const fn is_confidential(&self) -> bool {
        !matches!(self, Self::None)
    }
}

/// Where a client puts its secret (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretMethods {
    /// `client_secret_basic`: the `Authorization` header.
    Basic,
    /// `client_secret_post`: the body.
    Post,
    /// Either, one per request.
    Both,
}

/// The methods, by the names of the registry (RFC 7591 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// A secret in the `Authorization` header.
    ClientSecretBasic,
    /// A secret in the body.
    ClientSecretPost,
    /// An assertion signed with a secret.
    ClientSecretJwt,
    /// An assertion signed with a private key.
    PrivateKeyJwt,
    /// A certificate of an authority.
    TlsClientAuth,
    /// A certificate whose key is registered.
    SelfSignedTlsClientAuth,
    /// No secret.
    None,
}

impl AuthenticationMethod {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::ClientSecretJwt,
        Self::PrivateKeyJwt,
        Self::TlsClientAuth,
        Self::SelfSignedTlsClientAuth,
    ];

    /// Whether the connection proves who it is.
    pub const fn is_by_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }

    /// As it stands in metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }
}

//! One key, as it is kept.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use oauth_sansio::{Secret, Timestamp, base64url};
use oauth_store::{Own, Record, Row};
use oauth2_core::jose::{Algorithm, LocalSigner};
use serde::{Deserialize, Serialize};

/// A key with its times, and the private half.
pub(super) struct Kept {
    pub(super) generation: u64,
    pub(super) key_id: String,
    pub(super) algorithm: Algorithm,
    pub(super) signs_from: Timestamp,
    pub(super) revoked: bool,
    /// PKCS #8 in base64url.
    secret: Secret,
}

/// What is kept in the open.
#[derive(Serialize, Deserialize)]
struct Value {
    generation: u64,
    key_id: String,
    algorithm: Algorithm,
    signs_from: u64,
}

/// A signing key cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library made none.
    #[error("no signing key can be made")]
    Generate,
    /// What is kept is none.
    #[error("a stored signing key cannot be read")]
    Unreadable,
    /// There are more than anybody needs.
    #[error("there are too many signing keys in the store")]
    TooMany,
}

impl Kept {
    pub(super) fn generate(
        algorithm: Algorithm,
        generation: u64,
        signs_from: Timestamp,
    ) -> Result<Self, KeyError> {
        let der = private_key(algorithm).ok_or(KeyError::Generate)?;
        // A name that no other key of the world is likely to have, and that tells nothing of the private half.
        let named = LocalSigner::from_pkcs8(&der, algorithm, "").and_then(|signer| signer.public());
        let thumbprint = named.map_err(|_| KeyError::Generate)?.thumbprint();
        let secret = Secret::new(base64url::encode(&der));
        let key_id = base64url::encode(thumbprint.0.as_bytes());
        Ok(Self { generation, key_id, algorithm, signs_from, revoked: false, secret })
    }

    pub(super) fn signer(&self) -> Result<LocalSigner, KeyError> {
        let der = base64url::decode(self.secret.expose().as_bytes()).ok_or(KeyError::Unreadable)?;
        LocalSigner::from_pkcs8(&der, self.algorithm, &*self.key_id).map_err(|_| KeyError::Unreadable)
    }

    pub(super) fn record(&self) -> Record {
        let value = serde_json::json!({
            "generation": self.generation,
            "key_id": self.key_id,
            "algorithm": self.algorithm,
            "signs_from": self.signs_from.as_unix(),
        });
        Record::Own(Arc::new(Own { subject: None, value, secret: Some(self.secret.clone()) }))
    }

    pub(super) fn read(row: &Row) -> Result<Self, KeyError> {
        let Record::Own(own) = &row.record else { return Err(KeyError::Unreadable) };
        let Value { generation, key_id, algorithm, signs_from } =
            Value::deserialize(&own.value).map_err(|_| KeyError::Unreadable)?;
        let secret = own.secret.clone().ok_or(KeyError::Unreadable)?;
        let signs_from = Timestamp::from_unix(signs_from);
        Ok(Self { generation, key_id, algorithm, signs_from, revoked: row.revoked, secret })
    }
}

fn private_key(algorithm: Algorithm) -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    match algorithm {
        Algorithm::Es256 => {
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
            Some(document.as_ref().to_vec())
        }
        Algorithm::EdDsa => Some(Ed25519KeyPair::generate_pkcs8(&random).ok()?.as_ref().to_vec()),
        Algorithm::Ps256 | Algorithm::Rs256 => {
            let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa3072).ok()?.as_der().ok()?;
            Some(der.as_ref().to_vec())
        }
        _ => None,
    }
}

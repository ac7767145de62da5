//! The key that tokens are bound to (RFC 9449), kept beside them.

use anyhow::Context as _;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use oauth_sansio::{Secret, base64url};
use oauth2_core::{
    client::DpopKey,
    jose::{Algorithm, LocalSigner},
};

/// A new key for ES256, which every server knows that knows DPoP: PKCS #8 in base64url.
pub(crate) fn generate() -> anyhow::Result<Secret> {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let document = document.ok().context("no key could be made")?;
    Ok(Secret::new(base64url::encode(document.as_ref())))
}

/// The key that was kept.
pub(super) fn key(kept: &Secret) -> anyhow::Result<DpopKey> {
    let der = base64url::decode(kept.expose().as_bytes()).context("the key of the tokens is broken")?;
    let signer =
        LocalSigner::from_pkcs8(&der, Algorithm::Es256, "").context("the key of the tokens is broken")?;
    DpopKey::local(signer).context("the key of the tokens is broken")
}

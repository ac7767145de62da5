//! Signed JSON: JWS in its compact form (RFC 7515), JWK (RFC 7517), the algorithms of RFC 7518 and RFC 8037, the
//! thumbprint of RFC 7638, and the rules of RFC 8725 that keep them safe.
//!
//! **What it is.** [`Jws`] reads a signed text, strictly and within limits; a [`VerifyingKey`] fixes the one algorithm
//! that it verifies; [`Unsigned`] is what a signer is handed, and [`LocalSigner`] signs it here. The format is ours, the
//! arithmetic is `aws-lc-rs`'s.
//!
//! **What it is not.** It knows no clock, fetches no key, trusts no key that a header brings, and takes `alg` from a
//! header only to compare it. There is no encryption.
//!
//! ```
//! use oauth2_core::jose::{Algorithm, Jws, Limits, LocalSigner, Signer, Typ, Unsigned};
//!
//! let signer = LocalSigner::generate(Algorithm::Es256, "2026-11")?;
//! let unsigned = Unsigned::new(&signer, Some("at+jwt"), br#"{"sub":"ann"}"#);
//! let signature = signer.sign(unsigned.input())?;
//! let token = unsigned.signed(&signature);
//!
//! let jws = Jws::parse(&token, &Limits::default())?;
//! jws.expect_typ(&[Typ::Is("at+jwt")])?;
//! let claims = jws.verify(&signer.public()?.verifying_key(Algorithm::Es256)?)?;
//! assert_eq!(claims, br#"{"sub":"ann"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod claims;
mod crypto;
mod jwk;
mod jwk_set;
mod jws;
mod known;
mod sign;

pub use algorithm::Algorithm;
pub use claims::{Audience, ClaimError, Claims};
pub use jwk::{Jwk, KeyError, Thumbprint, VerifyingKey};
pub use jwk_set::{JwkSet, SetError};
pub use jws::{Header, Jws, JwsError, Limits, Typ};
pub use sign::{LocalSigner, SignError, Signer, Unsigned};

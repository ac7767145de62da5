//! Client credentials with a signed access token (RFC 9068), in memory, beside the signature alone. Allocations of the
//! cryptographic library, which is written in C, are not seen.

use std::cell::RefCell;
use std::hint::black_box;

use http::StatusCode;
use oauth2_core::jose::{Algorithm, LocalSigner, Signer as _};
use oauth2_core::server::{Config, KeyRing, Resource, RingKey, TokenFormat};

use oauth_bench::setting;

use crate::endpoint::World;
use crate::harness::{Case, compare};

const API: &str = "https://photos.example.com";

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let signer = LocalSigner::generate(algorithm, "2026")?;
        let (input, signature) = sample(&signer)?;
        let signing = World::signing(config(&signer)?, |input| signer.sign(input).expect("signs"))?;
        let signed = World::signing(config(&signer)?, |_| signature.clone())?;
        let opaque = World::new()?;
        let cases = vec![
            Case::new("limit: the signature alone, same key, same bytes", || {
                black_box(signer.sign(black_box(&input)).expect("signs"));
            }),
            Case::new("client credentials, signed token", || {
                black_box(signing.answer(form()));
            }),
            Case::new("the same with the signature at hand", || {
                black_box(signed.answer(form()));
            }),
            Case::new("the same, opaque token", || {
                black_box(opaque.answer("grant_type=client_credentials".into()));
            }),
        ];
        compare(&format!("oauth2-token-jwt, {algorithm}, {} bytes signed", input.len()), rounds, cases);
    }
    Ok(())
}

/// What the server has signed, and the signature.
fn sample(signer: &LocalSigner) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let seen = RefCell::default();
    let world = World::signing(config(signer)?, |input| {
        let signature = signer.sign(input).expect("signs");
        seen.replace((input.to_vec(), signature.clone()));
        signature
    })?;
    let answer = world.answer(form());
    anyhow::ensure!(answer.status() == StatusCode::OK, "{answer:?}");
    drop(world);
    Ok(seen.into_inner())
}

fn config(signer: &LocalSigner) -> anyhow::Result<Config> {
    let mut config = setting::config()?;
    config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(API) }];
    let ring = KeyRing::new([RingKey::always(signer.public()?)]);
    config.signing = ring.ok_or_else(|| anyhow::anyhow!("the key has no name"))?;
    Ok(config)
}

fn form() -> String {
    format!("grant_type=client_credentials&resource={API}")
}

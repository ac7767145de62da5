//! What an API pays for a token: a JWT beside the check of its signature alone, one that was seen before, a proof of
//! possession. Allocations of the cryptographic library, which is written in C, are not seen.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use bytes::Bytes;
use http::{Method, Request, header};
use jsonwebtoken::{DecodingKey, Validation, decode};
use oauth_sansio::{Digest, Moment, Timestamp, base64url};
use oauth2_core::dpop::{Address, Content, DpopPolicy, Expected, Proof, ProofKeys, access_token_hash};
use oauth2_core::jose::{Algorithm, Jwk, JwkSet, Jws, Limits, LocalSigner, Signer as _, Unsigned};
use oauth2_core::jwt::{AccessToken, AccessTokenPolicy};
use oauth2_core::resource::{Config, KeySource, Signed, Step, Verdicts, Verifier};

use crate::harness::{Case, compare};

const ISSUER: &str = "https://as.example.com";
const API: &str = "https://photos.example.com";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const CLAIMS: &str = r#"{"iss":"https://as.example.com","sub":"5ba552d67","aud":"https://photos.example.com","exp":1800000600,"iat":1799999990,"jti":"dbe39bf3a3ba4238a513f51d6e1691c4","client_id":"s6BhdRkqt3","scope":"photos.read photos.write"}"#;

/// What `jsonwebtoken` reads.
#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "the same claims as the other")]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: u64,
    iat: u64,
    jti: String,
    client_id: String,
    scope: String,
}

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let signer = LocalSigner::generate(algorithm, "2026-11")?;
        validation(&signer, rounds)?;
    }
    let signer = LocalSigner::generate(Algorithm::Es256, "2026-11")?;
    seen_again(&signer, rounds)?;
    proof(rounds)
}

fn validation(signer: &LocalSigner, rounds: usize) -> anyhow::Result<()> {
    let algorithm = signer.algorithm();
    let jwk = signer.public()?;
    let (token, input, signature) = token(signer)?;
    // Keys as they come off the wire.
    let keys = JwkSet::parse(JwkSet::new([jwk.clone()]).to_value().to_string().as_bytes())?;
    let policy = policy();
    let raw = parsed(&jwk)?;
    let key = DecodingKey::from_jwk(&serde_json::from_value(jwk.to_value())?)?;
    let mut theirs = Validation::new(algorithm.as_str().parse()?);
    theirs.set_audience(&[API]);
    theirs.set_issuer(&[ISSUER]);
    theirs.validate_exp = false;
    let verifier = verifier(&keys)?;
    let request = request(&token)?;
    let cases = vec![
        Case::new("limit: the signature alone, parsed key", || {
            raw.verify_sig(black_box(&input), black_box(&signature)).expect("verifies");
        }),
        Case::new("an access token, validated", || {
            let jws = Jws::parse_for(black_box(&token), &policy.limits, &keys).expect("a JWS");
            let token = AccessToken::of(&jws, &keys, &policy, NOW).expect("valid");
            black_box(&*token.subject);
        }),
        Case::new("a request, up to its grant, nothing remembered", || {
            let Step::Remember(pause) = begin(&verifier, &request) else { panic!("it is verified") };
            let Step::Admit(grant) = pause.remembered(moment()) else { panic!("it is let through") };
            black_box(grant);
        }),
        Case::new("jsonwebtoken, aws-lc-rs", || {
            black_box(decode::<Claims>(black_box(&token), &key, &theirs).expect("valid"));
        }),
    ];
    compare(&format!("oauth2-resource-jwt, {algorithm}"), rounds, cases);
    Ok(())
}

fn seen_again(signer: &LocalSigner, rounds: usize) -> anyhow::Result<()> {
    let (token, ..) = token(signer)?;
    let verifier = verifier(&JwkSet::new([signer.public()?]))?;
    let request = request(&token)?;
    let mut verdicts = Verdicts::new(10_000, moment());
    // Among many others.
    for i in 0..4000_u32 {
        let other = Digest::of(i.to_be_bytes());
        verdicts.remember(
            other,
            oauth2_core::resource::Verdict::Bad(oauth2_core::resource::Reason::Inactive),
            NOW,
        );
    }
    if let Step::Remember(pause) = begin(&verifier, &request) {
        verdicts.remember(*pause.key(), pause.verdict().clone(), pause.until());
    }
    let cases = vec![
        Case::new("limit: the digest of the token alone", || {
            black_box(Digest::of(black_box(&token)));
        }),
        Case::new("a token seen again, up to its grant", || {
            let Step::Recall(pause) = verifier.receive(black_box(&request), moment()) else {
                panic!("recalled")
            };
            let verdict = verdicts.recall(pause.key(), NOW);
            let Step::Admit(grant) = pause.recalled(verdict, moment()) else { panic!("it is let through") };
            black_box(grant);
        }),
    ];
    compare(&format!("oauth2-resource-again, {} bytes", token.len()), rounds, cases);
    Ok(())
}

fn proof(rounds: usize) -> anyhow::Result<()> {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let key = LocalSigner::generate(algorithm, "")?;
        let jwk = key.public()?;
        let (url, token) = ("https://photos.example.com/photos".parse()?, "an-access-token");
        let claims = serde_json::json!({ "htm": "GET", "htu": "https://photos.example.com/photos", "iat": NOW.as_unix(),
            "jti": "e1j3V_bKic8-LAEB", "ath": access_token_hash(token) });
        let unsigned =
            Unsigned::with_embedded_key(&jwk, algorithm, "dpop+jwt", claims.to_string().as_bytes());
        let (input, signature) = (unsigned.input().to_vec(), key.sign(unsigned.input())?);
        let text = unsigned.signed(&signature);
        let mut headers = http::HeaderMap::new();
        headers.insert("dpop", text.parse()?);
        let policy = DpopPolicy {
            algorithms: &Algorithm::ASYMMETRIC,
            oldest: Duration::from_secs(60),
            ahead: Duration::from_secs(10),
        };
        let judge = |keys: Option<&ProofKeys>| {
            let (address, access_token) = (Address::of(&url), Some(Digest::of(token)));
            let content = Content::IfTold(&[]);
            let expected = Expected { method: &Method::GET, address, access_token, content, nonce: None };
            let proof = match keys {
                Some(keys) => keys.judge(&headers, &expected, &policy, NOW),
                None => Proof::of(&headers, &expected, &policy, NOW),
            };
            black_box(proof.expect("a proof"));
        };
        let (ready, known) = (parsed(&jwk)?, ProofKeys::new());
        let cases = vec![
            Case::new("limit: the signature alone, parsed key", || {
                ready.verify_sig(black_box(&input), &signature).expect("verifies");
            }),
            Case::new("a proof, judged", || judge(Some(&known))),
        ];
        compare(&format!("oauth2-resource-dpop, {algorithm}, as the proofs before"), rounds, cases);
        let (algorithm_of_key, point) = numbers(&jwk)?;
        let cases = vec![
            // The key is in the proof: nobody could have parsed it before.
            Case::new("limit: the signature alone, key parsed each time", || {
                UnparsedPublicKey::new(algorithm_of_key, black_box(&point))
                    .verify(&input, &signature)
                    .expect("verifies");
            }),
            Case::new("a proof, judged", || judge(None)),
        ];
        compare(&format!("oauth2-resource-dpop, {algorithm}, by a new key"), rounds, cases);
    }
    Ok(())
}

fn begin(verifier: &Verifier, request: &Request<Bytes>) -> Step {
    match verifier.receive(black_box(request), moment()) {
        Step::Recall(pause) => pause.recalled(None, moment()),
        other => other,
    }
}

fn moment() -> Moment {
    Moment::new(NOW, [7; 32])
}

fn policy() -> AccessTokenPolicy {
    AccessTokenPolicy {
        issuer: ISSUER.into(),
        audience: API.into(),
        algorithms: Algorithm::ASYMMETRIC.to_vec(),
        leeway: Duration::from_secs(10),
        limits: Limits::default(),
    }
}

fn verifier(keys: &JwkSet) -> anyhow::Result<Verifier> {
    let signed = vec![Signed::by(ISSUER, KeySource::Fixed(Arc::new(keys.clone())))];
    Ok(Verifier::new(Config { identifier: Some(API.into()), signed, ..Config::default() })?)
}

fn request(token: &str) -> anyhow::Result<Request<Bytes>> {
    let request = Request::get("/photos").header(header::AUTHORIZATION, format!("Bearer {token}"));
    Ok(request.body(Bytes::new())?)
}

/// A token, what was signed of it, and the signature.
fn token(signer: &LocalSigner) -> anyhow::Result<(String, Vec<u8>, Vec<u8>)> {
    let unsigned = Unsigned::new(signer, Some("at+jwt"), CLAIMS.as_bytes());
    let (input, signature) = (unsigned.input().to_vec(), signer.sign(unsigned.input())?);
    Ok((unsigned.signed(&signature), input, signature))
}

/// The algorithm of a key in the library's words, and the key in its encoding.
fn numbers(jwk: &Jwk) -> anyhow::Result<(&'static dyn aws_lc_rs::signature::VerificationAlgorithm, Vec<u8>)> {
    let json = jwk.to_value();
    let number = |name: &str| {
        let bytes = json[name].as_str().and_then(|text| base64url::decode(text.as_bytes()));
        bytes.ok_or_else(|| anyhow::anyhow!("no {name}"))
    };
    Ok(match json["kty"].as_str() {
        Some("EC") => (&ECDSA_P256_SHA256_FIXED, [vec![4], number("x")?, number("y")?].concat()),
        _ => (&ED25519, number("x")?),
    })
}

fn parsed(jwk: &Jwk) -> anyhow::Result<ParsedPublicKey> {
    let json = jwk.to_value();
    if json["kty"] == "RSA" {
        let der = jwk.subject_public_key_info().ok_or_else(|| anyhow::anyhow!("no key"))?;
        return Ok(ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)?);
    }
    let (_, point) = numbers(jwk)?;
    Ok(match json["kty"].as_str() {
        Some("EC") => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)?,
        _ => ParsedPublicKey::new(&ED25519, point)?,
    })
}

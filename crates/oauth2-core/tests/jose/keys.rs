//! Private keys as files have them.

use oauth_sansio::{Secret, base64url};
use oauth2_core::jose::{
    Algorithm, Jwk, JwkSet, Jws, KeyError, Limits, LocalSigner, Signer as _, Unsigned, VerifyingKey,
};

const EC: &str = include_str!("../keys/ec.pem");
const ED25519: &str = include_str!("../keys/ed25519.pem");
const RSA: &str = include_str!("../keys/rsa.pem");

/// Made by `openssl genpkey`, with what `openssl pkey -pubout` makes of it.
const KEYS: [(Algorithm, &str, &str); 4] = [
    (Algorithm::Es256, EC, include_str!("../keys/ec.pub.pem")),
    (Algorithm::EdDsa, ED25519, include_str!("../keys/ed25519.pub.pem")),
    (Algorithm::Ps256, RSA, include_str!("../keys/rsa.pub.pem")),
    (Algorithm::Rs256, RSA, include_str!("../keys/rsa.pub.pem")),
];

/// The bytes between the two lines of a PEM text.
fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let plain = body.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64url::decode(plain.as_bytes()).unwrap()
}

#[test]
fn a_key_file_signs_and_its_public_half_is_the_one_that_openssl_finds() {
    for (algorithm, private, public) in KEYS {
        let signer = LocalSigner::from_pem(private, algorithm, "2026-11").unwrap();
        let jwk = signer.public().unwrap();
        assert_eq!(jwk.subject_public_key_info(), Some(der(public)), "{algorithm}");
        let unsigned = Unsigned::new(&signer, None, b"{}");
        let signature = signer.sign(unsigned.input()).unwrap();
        let text = unsigned.signed(&signature);
        let jws = Jws::parse(&text, &Limits::default()).unwrap();
        // As it is, and as others read it from what is published.
        let read = Jwk::parse(jwk.to_value().to_string().as_bytes()).unwrap();
        assert_eq!(read, jwk);
        for key in [jwk, read] {
            assert_eq!(jws.verify_by(&JwkSet::new([key])), Ok(&b"{}"[..]));
        }
    }
}

/// A key says no algorithm, and each text says its own: neither verifies what was signed by the other.
#[test]
fn an_rsa_key_without_an_algorithm_verifies_both_each_by_its_name() {
    let signer = |algorithm| LocalSigner::from_pem(RSA, algorithm, "2026-11").unwrap();
    let mut published = signer(Algorithm::Rs256).public().unwrap().to_value();
    published.as_object_mut().unwrap().remove("alg");
    let keys = JwkSet::new([Jwk::parse(published.to_string().as_bytes()).unwrap()]);
    let verifies = |text: &str| Jws::parse(text, &Limits::default()).unwrap().verify_by(&keys).is_ok();
    for _ in 0..2 {
        for algorithm in [Algorithm::Ps256, Algorithm::Rs256] {
            let text = |header: Algorithm, signer: &LocalSigner| {
                let unsigned = Unsigned::by("2026-11", header, None, b"{}");
                let signature = signer.sign(unsigned.input()).unwrap();
                unsigned.signed(&signature)
            };
            let other = if algorithm == Algorithm::Ps256 { Algorithm::Rs256 } else { Algorithm::Ps256 };
            assert!(verifies(&text(algorithm, &signer(algorithm))), "{algorithm}");
            assert!(!verifies(&text(other, &signer(algorithm))), "{algorithm}");
        }
    }
}

#[test]
fn the_text_around_a_key_and_its_line_ends_do_not_matter() {
    for text in [format!("a comment\n{ED25519}\nanother"), ED25519.replace('\n', "\r\n")] {
        assert!(LocalSigner::from_pem(&text, Algorithm::EdDsa, "").is_ok());
    }
}

#[test]
fn a_key_of_another_kind_or_too_short_a_one_is_refused() {
    let read = |pem: &str, algorithm| LocalSigner::from_pem(pem, algorithm, "").map(drop);
    for (algorithm, pem, _) in KEYS {
        for (other, _, _) in KEYS {
            let both_rsa = pem == RSA && matches!(other, Algorithm::Ps256 | Algorithm::Rs256);
            assert_eq!(read(pem, other).is_ok(), other == algorithm || both_rsa, "{algorithm} {other}");
        }
        assert_eq!(read(pem, Algorithm::Hs256), Err(KeyError::Invalid));
        assert_eq!(read(&pem.replace("PRIVATE", "PUBLIC"), algorithm), Err(KeyError::Malformed));
        assert_eq!(read(&pem[..pem.len() / 2], algorithm), Err(KeyError::Malformed));
    }
    let p384 = include_str!("../keys/ec-p384.pem");
    assert_eq!(read(p384, Algorithm::Es256), Err(KeyError::Invalid));
    let short = include_str!("../keys/rsa-1024.pem");
    assert_eq!(read(short, Algorithm::Rs256), Err(KeyError::Invalid));
}

#[test]
fn no_private_key_is_printed() {
    for (algorithm, private, _) in KEYS {
        let signer = LocalSigner::from_pem(private, algorithm, "2026-11").unwrap();
        assert_eq!(format!("{signer:?}"), r#"LocalSigner { key_id: "2026-11", .. }"#);
    }
    let secret = Secret::new("x".repeat(32));
    let printed =
        format!("{:?} {:?}", LocalSigner::from_secret(&secret).unwrap(), VerifyingKey::of_secret(&secret));
    assert!(!printed.contains("xxx") && !printed.contains("120, 120"), "{printed}");
}

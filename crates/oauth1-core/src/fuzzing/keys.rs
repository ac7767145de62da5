//! RSA keys in every clothing.

use crate::signature::{
    Key, KeyError, PublicKey, SignatureMethod as _,
    rsa::{PrivateKey, Rsa},
};

/// The bytes of a key. What is read as a public key is the same after it was stored, and either works or says why not.
pub fn rsa_key(data: &[u8]) {
    let text = std::str::from_utf8(data).unwrap_or_default();
    let private = [PrivateKey::from_pem(text), PrivateKey::from_der(data), PrivateKey::from_jwk(text)];
    for key in private.into_iter().flatten() {
        let public = key.public_key();
        assert!(public.is_ok_and(|public| PublicKey::from_rsa_der(public.as_spki()) == Ok(public)));
    }
    let public =
        [PublicKey::from_rsa_pem(text), PublicKey::from_rsa_der(data), PublicKey::from_rsa_jwk(text)];
    for public in public.into_iter().flatten().chain([PublicKey::from_spki(data)]) {
        let key = Key::shared(&"".into(), None).with_public_key(Some(public.clone()));
        match Rsa::sha256().verify(&key, "base", "AAAA") {
            Ok(verified) => assert!(!verified),
            Err(KeyError::TooShort { bits, minimum }) => assert!(bits < minimum),
            Err(error) => assert_eq!((error, public.as_spki()), (KeyError::Malformed, data)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEM: &str = include_str!("../../tests/keys/client.pem");

    #[test]
    fn a_whole_key_and_each_of_its_beginnings() {
        rsa_key(PEM.as_bytes());
        (0..PEM.len()).step_by(7).for_each(|end| rsa_key(&PEM.as_bytes()[..end]));
        rsa_key(br#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#);
        rsa_key(br#"{"kty":"RSA","n":"","e":"","d":"","p":"","q":""}"#);
    }

    proptest! {
        #[test]
        fn any_key_is_read_or_refused(key: Vec<u8>) {
            rsa_key(&key);
        }

        #[test]
        fn any_change_to_a_key_is_read_or_refused(at in 0..1700usize, byte: u8) {
            let mut key = PEM.as_bytes().to_vec();
            if let Some(place) = key.get_mut(at) {
                *place = byte;
            }
            rsa_key(&key);
        }
    }
}

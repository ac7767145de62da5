//! Secrets in the store, sealed with AES-256-GCM (NIST SP 800-38D) under a key that is elsewhere.
//!
//! Each row has a key of its own, derived from the sealing key and the row's name by HKDF (RFC 5869). So a ciphertext opens in
//! its own row only, and random nonces of 96 bits are never drawn often enough under one key to meet.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};
use oauth_sansio::{Digest, Secret, base64url};
use oauth_store::{Key, StoreError, Vault};

/// The first thing that every sealed text says: how it is sealed.
const VERSION: &str = "s1";

/// Seals with the newest of some keys, and opens with each of them.
///
/// A sealed text is `s1.`, the name of its key, a dot, and nonce and ciphertext in base64url. The name is a digest of the key.
pub struct SealKeys {
    newest: SealKey,
    older: Vec<SealKey>,
}

struct SealKey {
    name: String,
    key: Prk,
}

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealing key is 32 random bytes in base64url: 43 characters")]
pub struct SealKeyError;

impl SealKeys {
    /// Keys of 32 random bytes in base64url, the newest first. `None` when there is none.
    ///
    /// # Errors
    /// When one is no key.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a Secret>) -> Result<Option<Self>, SealKeyError> {
        let keys = keys.into_iter().map(SealKey::parse).collect::<Result<Vec<_>, _>>()?;
        let mut keys = keys.into_iter();
        Ok(keys.next().map(|newest| Self { newest, older: keys.collect() }))
    }
}

impl SealKey {
    fn parse(text: &Secret) -> Result<Self, SealKeyError> {
        let key: [u8; 32] = base64url::decode_array(text.expose().as_bytes()).ok_or(SealKeyError)?;
        let digest = Digest::of_parts(&[b"name of a sealing key", &key]);
        let name =
            digest.as_bytes().first_chunk::<6>().map_or_else(String::new, |name| base64url::encode(name));
        Ok(Self { name, key: Prk::new_less_safe(HKDF_SHA256, &key) })
    }

    /// The key of a row.
    fn of(&self, row: &Key) -> Option<LessSafeKey> {
        let info = [VERSION.as_bytes(), &row_name(row)];
        let key: UnboundKey = self.key.expand(&info, &AES_256_GCM).ok()?.into();
        Some(LessSafeKey::new(key))
    }
}

impl Vault for SealKeys {
    fn seal(&self, row: &Key, secret: &Secret) -> Result<Secret, StoreError> {
        let sealed = || {
            let mut nonce = [0; NONCE_LEN];
            aws_lc_rs::rand::fill(&mut nonce).ok()?;
            let mut text = secret.expose().as_bytes().to_vec();
            let key = self.newest.of(row)?;
            let aad = Aad::from(row_name(row));
            key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).ok()?;
            let sealed = [nonce.as_slice(), &text].concat();
            Some(format!("{VERSION}.{}.{}", self.newest.name, base64url::encode(&sealed)).into())
        };
        sealed().ok_or_else(|| StoreError::Unavailable("a secret cannot be sealed".into()))
    }

    fn open(&self, row: &Key, sealed: &Secret) -> Result<Secret, StoreError> {
        let corrupt = |what: &'static str| StoreError::Corrupt(what.into());
        let parts = || {
            let (version, rest) = sealed.expose().split_once('.')?;
            let (name, text) = rest.split_once('.')?;
            (version == VERSION).then_some((name, text))
        };
        let (name, text) = parts().ok_or_else(|| corrupt("a secret is not sealed"))?;
        let mut keys = std::iter::once(&self.newest).chain(&self.older);
        let key = keys.find(|key| key.name == name);
        let what = "a secret is sealed with a key that is not here; all who use the store have the same file of `seal.keys`";
        let key = key.ok_or_else(|| corrupt(what))?;
        let opened = || {
            let mut text = base64url::decode(text.as_bytes())?;
            let (nonce, sealed) = text.split_first_chunk_mut::<NONCE_LEN>()?;
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = key.of(row)?.open_in_place(nonce, Aad::from(row_name(row)), sealed).ok()?;
            Some(Secret::new(std::str::from_utf8(opened).ok()?))
        };
        opened().ok_or_else(|| corrupt("a secret does not open: it was changed, or is another row's"))
    }

    fn is_current(&self, sealed: &Secret) -> bool {
        let mut parts = sealed.expose().split('.');
        parts.next() == Some(VERSION) && parts.next() == Some(&self.newest.name)
    }
}

/// The names of the keys, and nothing of them.
impl std::fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = std::iter::once(&self.newest).chain(&self.older).map(|key| &key.name);
        f.debug_list().entries(names).finish()
    }
}

/// What a row is called. The table comes last, as the one part whose length is not fixed.
fn row_name(row: &Key) -> Vec<u8> {
    let table = format!("{:?}", row.table);
    [row.tenant.as_u64().to_be_bytes().as_slice(), row.id.as_bytes(), table.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use oauth_store::{Table, Tenant};

    use super::*;

    fn key(byte: u8) -> Secret {
        base64url::encode(&[byte; 32]).into()
    }

    fn vault(bytes: &[u8]) -> SealKeys {
        let keys: Vec<_> = bytes.iter().map(|byte| key(*byte)).collect();
        SealKeys::new(&keys).unwrap().unwrap()
    }

    fn row(issuer: &str, table: Table, id: &str) -> Key {
        Key::new(Tenant::of(issuer), table, Digest::of(id))
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_row_only() {
        let (vault, secret) = (vault(&[1]), Secret::new("kd94hf93k423kf44"));
        let home = row("https://a.example", Table::OAuth1Client, "printer");
        let sealed = vault.seal(&home, &secret).unwrap();
        assert!(!sealed.expose().contains(secret.expose()));
        assert_eq!(vault.open(&home, &sealed).unwrap(), secret);
        for elsewhere in [
            row("https://b.example", Table::OAuth1Client, "printer"),
            row("https://a.example", Table::OAuth1Token, "printer"),
            row("https://a.example", Table::OAuth1Client, "other"),
        ] {
            assert!(matches!(vault.open(&elsewhere, &sealed), Err(StoreError::Corrupt(_))), "{elsewhere:?}");
        }
        let again = vault.seal(&home, &secret).unwrap();
        assert_ne!(again, sealed, "whoever compares rows learns nothing");
    }

    #[test]
    fn a_changed_ciphertext_does_not_open() {
        let (vault, home) = (vault(&[1]), row("https://a.example", Table::User, "ann"));
        let sealed = vault.seal(&home, &Secret::new("hash")).unwrap();
        for at in 0..sealed.expose().len() {
            let mut bytes = sealed.expose().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = Secret::new(String::from_utf8(bytes).unwrap());
            if changed != sealed {
                assert!(vault.open(&home, &changed).is_err(), "byte {at}");
            }
        }
        for broken in ["", "s1", "s1.", "s1..", "hash", "s1.AAAAAAAA.", "s2.AAAAAAAA.AAAA"] {
            assert!(vault.open(&home, &Secret::new(broken)).is_err(), "{broken}");
        }
    }

    #[test]
    fn the_newest_key_seals_and_every_key_opens() {
        let home = row("https://a.example", Table::SigningKey, "1");
        let (old, both, new) = (vault(&[1]), vault(&[2, 1]), vault(&[2]));
        let (before, after) =
            (old.seal(&home, &Secret::new("x")).unwrap(), both.seal(&home, &Secret::new("y")).unwrap());
        assert_eq!(both.open(&home, &before).unwrap(), Secret::new("x"));
        assert_eq!(new.open(&home, &after).unwrap(), Secret::new("y"));
        assert!(old.open(&home, &after).is_err() && new.open(&home, &before).is_err());
    }

    /// By HKDF and AES-256-GCM of another library (Python's `cryptography`): what is in a store stays readable.
    #[test]
    fn what_was_sealed_once_opens_for_ever() {
        let sealed = "s1.nny9IWPZ.AAECAwQFBgcICQoL5OnrgFNmFEbtOeVDTSM-opmkj5TmH7mkZx8xlRg5xJ0";
        let home = row("https://a.example", Table::OAuth1Client, "printer");
        let opened = vault(&[1]).open(&home, &Secret::new(sealed)).unwrap();
        assert_eq!(opened, Secret::new("kd94hf93k423kf44"));
    }

    #[test]
    fn a_key_is_32_bytes_and_never_printed() {
        for wrong in ["", "AAAA", &"A".repeat(44), "not base64url !"] {
            assert_eq!(SealKeys::new(&[Secret::new(wrong)]).err(), Some(SealKeyError), "{wrong}");
        }
        assert!(SealKeys::new(&[]).unwrap().is_none());
        assert!(!format!("{:?}", vault(&[1])).contains(key(1).expose()));
    }
}

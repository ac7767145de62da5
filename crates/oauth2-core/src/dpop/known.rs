//! Keys that proofs were made with before.

use std::{
    fmt,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, OnceLock},
};

use http::HeaderMap;
use oauth_sansio::Timestamp;

use super::{DpopError, DpopPolicy, Expected, Proof};
use crate::jose::Header;

/// Judges proofs, and keeps the keys of those that it believed.
///
/// A client makes all its proofs with one key, so it writes one header each time. What has the same bytes says the same: it is
/// read once, and the key in it is made ready to verify once. Whether header and key will do is judged for each proof.
///
/// A new key takes the place of another one when there is none left for it. Whoever brings many keys makes others be
/// read again, and nothing else.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, Method};
/// use oauth_sansio::Timestamp;
/// use oauth2_core::dpop::{Address, Content, DpopPolicy, Expected, ProofKeys};
/// use oauth2_core::jose::Algorithm;
///
/// let keys = ProofKeys::new();
/// let (url, minute) = ("https://api.example/photos".parse()?, Duration::from_secs(60));
/// let policy = DpopPolicy { algorithms: &[Algorithm::Es256], oldest: minute, ahead: minute };
/// let (address, content) = (Address::of(&url), Content::Unseen);
/// let expected = Expected { method: &Method::GET, address, access_token: None, content, nonce: None };
/// let none = keys.judge(&HeaderMap::new(), &expected, &policy, Timestamp::from_unix(1_800_000_000))?;
/// assert_eq!(none, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct ProofKeys(OnceLock<Box<[Place]>>);

type Place = Mutex<Option<Arc<Known>>>;

/// How many keys are kept at most.
const PLACES: usize = 1024;

/// Bytes of the encoded header of a key that is kept: one of RSA with 4096 bits needs less.
const MOST: usize = 1024;

/// A header as it was written and as it was read.
pub(super) struct Known {
    pub(super) text: Box<str>,
    pub(super) header: Header,
}

impl ProofKeys {
    /// Room for keys, none of which is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Proof::of`].
    ///
    /// # Errors
    /// The first check that fails.
    pub fn judge(
        &self,
        headers: &HeaderMap,
        expected: &Expected<'_>,
        policy: &DpopPolicy<'_>,
        now: Timestamp,
    ) -> Result<Option<Proof>, DpopError> {
        Proof::judge(headers, Some(self), expected, policy, now)
    }

    /// What a header says, where a proof with the same one was believed.
    pub(super) fn find(&self, header: &str) -> Option<Arc<Known>> {
        // Nobody waits for a place: a header is read in less time.
        let known = self.place(header)?.try_lock().ok()?.clone()?;
        (*known.text == *header).then_some(known)
    }

    /// Keeps a header. It must be of a proof that was believed, or anybody could take the places.
    pub(super) fn keep(&self, text: &str, header: &Header) {
        if let Some(Ok(mut place)) = self.place(text).map(Mutex::try_lock) {
            *place = Some(Arc::new(Known { text: text.into(), header: header.clone() }));
        }
    }

    fn place(&self, header: &str) -> Option<&Place> {
        if header.len() > MOST {
            return None;
        }
        // Whoever finds headers that share a place has made them displace each other.
        let mut hasher = DefaultHasher::new();
        header.hash(&mut hasher);
        let places = self.0.get_or_init(|| (0..PLACES).map(|_| Place::default()).collect());
        places.get(hasher.finish() as usize % PLACES)
    }
}

impl fmt::Debug for ProofKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderValue, Method};
    use serde_json::json;

    use super::*;
    use crate::{
        dpop::{Address, Content},
        jose::{Algorithm, JwsError, LocalSigner, Signer as _, Unsigned},
    };

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn proof(key: &LocalSigner, id: &str) -> String {
        let claims = json!({ "jti": id, "htm": "GET", "htu": "https://api.example/", "iat": NOW.as_unix() })
            .to_string();
        let jwk = key.public().unwrap();
        let unsigned = Unsigned::with_embedded_key(&jwk, key.algorithm(), "dpop+jwt", claims.as_bytes());
        let signature = key.sign(unsigned.input()).unwrap();
        unsigned.signed(&signature)
    }

    fn judge(keys: &ProofKeys, text: &str, algorithms: &[Algorithm]) -> Result<Proof, DpopError> {
        let headers = HeaderMap::from_iter([("dpop".parse().unwrap(), HeaderValue::from_str(text).unwrap())]);
        let minute = Duration::from_secs(60);
        let policy = DpopPolicy { algorithms, oldest: minute, ahead: minute };
        let url = "https://api.example/".parse().unwrap();
        let (address, content) = (Address::of(&url), Content::Unseen);
        let expected = Expected { method: &Method::GET, address, access_token: None, content, nonce: None };
        keys.judge(&headers, &expected, &policy, NOW).map(Option::unwrap)
    }

    fn header(text: &str) -> &str {
        text.split_once('.').unwrap().0
    }

    #[test]
    fn a_key_that_is_known_proves_what_it_proved_before() {
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let (keys, key) = (ProofKeys::new(), LocalSigner::generate(algorithm, "").unwrap());
            let [first, second] = ["1", "2"].map(|id| proof(&key, id));
            assert!(keys.find(header(&first)).is_none());
            let one = judge(&keys, &first, &Algorithm::ASYMMETRIC).unwrap();
            assert!(keys.find(header(&second)).is_some());
            let other = judge(&keys, &second, &Algorithm::ASYMMETRIC).unwrap();
            assert_eq!((one.thumbprint, one.expires), (other.thumbprint, other.expires));
            assert_ne!(one.once, other.once);
            assert_eq!(judge(&ProofKeys::new(), &second, &Algorithm::ASYMMETRIC), Ok(other));
        }
    }

    #[test]
    fn x03_a_known_header_does_not_stand_for_a_signature() {
        let (keys, key) = (ProofKeys::new(), LocalSigner::generate(Algorithm::EdDsa, "").unwrap());
        let good = proof(&key, "1");
        judge(&keys, &good, &Algorithm::ASYMMETRIC).unwrap();
        let (input, signature) = good.rsplit_once('.').unwrap();
        let other = proof(&key, "2");
        let forged = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
        assert_eq!(judge(&keys, &forged, &Algorithm::ASYMMETRIC), Err(JwsError::Signature.into()));
        assert_eq!(
            judge(&keys, &format!("{input}."), &Algorithm::ASYMMETRIC),
            Err(JwsError::Malformed.into())
        );
    }

    #[test]
    fn a_known_key_is_refused_where_its_algorithm_is_not_allowed() {
        let (keys, key) = (ProofKeys::new(), LocalSigner::generate(Algorithm::EdDsa, "").unwrap());
        judge(&keys, &proof(&key, "1"), &Algorithm::ASYMMETRIC).unwrap();
        assert_eq!(judge(&keys, &proof(&key, "2"), &[Algorithm::Es256]), Err(JwsError::Algorithm.into()));
    }

    #[test]
    fn what_was_not_believed_is_not_kept() {
        let (keys, key) = (ProofKeys::new(), LocalSigner::generate(Algorithm::EdDsa, "").unwrap());
        let text = proof(&key, "1");
        let (input, _) = text.rsplit_once('.').unwrap();
        let _ = judge(&keys, &format!("{input}.AAAA"), &Algorithm::ASYMMETRIC).unwrap_err();
        assert!(keys.find(header(&text)).is_none());
    }

    #[test]
    fn many_keys_displace_each_other_and_each_is_still_believed() {
        let keys = ProofKeys::new();
        let clients: Vec<_> =
            (0..PLACES + 100).map(|_| LocalSigner::generate(Algorithm::EdDsa, "").unwrap()).collect();
        for round in ["1", "2"] {
            for key in &clients {
                let thumbprint = key.public().unwrap().thumbprint();
                let believed = judge(&keys, &proof(key, round), &Algorithm::ASYMMETRIC).unwrap();
                assert_eq!(believed.thumbprint, thumbprint);
            }
        }
        let kept = keys.0.get().unwrap().iter().filter(|place| place.lock().unwrap().is_some()).count();
        assert!(kept <= PLACES && kept > PLACES / 4, "{kept}");
    }
}

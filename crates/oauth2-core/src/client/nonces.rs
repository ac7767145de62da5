//! The nonces that servers and APIs gave out for proofs (RFC 9449 sections 8 and 9).

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, Uri};

use super::dpop_nonce;

/// The last nonce of each origin. It is good for the origin that gave it, and for no other.
#[derive(Default)]
pub(super) struct Nonces(Mutex<VecDeque<(String, String)>>);

/// Origins whose nonces are remembered; what was heard of longest ago is forgotten. To forget one costs a round trip.
const MOST: usize = 64;

impl Nonces {
    /// What the next proof for this address needs.
    pub(super) fn recall(&self, uri: &Uri) -> Option<String> {
        let origin = origin(uri)?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(of, _)| *of == origin).map(|(_, nonce)| nonce.clone())
    }

    /// Remembers what an answer from this address brought; whether it brought any.
    pub(super) fn learn(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let (Some(origin), Some(nonce)) = (origin(uri), dpop_nonce(headers)) else { return false };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.iter().position(|(of, _)| *of == origin).and_then(|at| known.remove(at));
        let (_, mut last) = before.unwrap_or_default();
        if last != nonce {
            nonce.clone_into(&mut last);
        }
        known.truncate(MOST - 1);
        known.push_front((origin, last));
        true
    }
}

fn origin(uri: &Uri) -> Option<String> {
    let (scheme, host) = (uri.scheme_str()?, uri.host()?.to_ascii_lowercase());
    let port = uri.port_u16().or(match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    })?;
    Some(format!("{scheme}://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(nonce: &str) -> HeaderMap {
        HeaderMap::from_iter([("dpop-nonce".parse().unwrap(), nonce.parse().unwrap())])
    }

    #[test]
    fn a_nonce_is_kept_for_the_origin_that_gave_it() {
        let nonces = Nonces::default();
        assert!(nonces.learn(&Uri::from_static("https://API.example/a"), &headers("1")));
        assert!(!nonces.learn(&Uri::from_static("https://api.example/a"), &HeaderMap::new()));
        assert_eq!(nonces.recall(&Uri::from_static("https://api.example:443/b")), Some("1".into()));
        for other in ["http://api.example/a", "https://api.example:444/a", "https://example/a", "/a"] {
            assert_eq!(nonces.recall(&Uri::from_static(other)), None);
        }
        assert!(nonces.learn(&Uri::from_static("https://api.example"), &headers("2")));
        assert_eq!(nonces.recall(&Uri::from_static("https://api.example/")), Some("2".into()));
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let nonces = Nonces::default();
        let used = Uri::from_static("https://api.example");
        for i in 0..MOST * 2 {
            nonces.learn(&format!("https://{i}.example").parse().unwrap(), &headers("n"));
            // What is heard of again and again stays.
            nonces.learn(&used, &headers("mine"));
        }
        assert_eq!(nonces.recall(&used), Some("mine".into()));
        assert_eq!(nonces.0.lock().unwrap().len(), MOST);
        assert_eq!(nonces.recall(&Uri::from_static("https://127.example")), Some("n".into()));
    }
}

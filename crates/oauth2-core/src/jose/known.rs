//! What is kept beside a key because it follows from it.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::OnceLock,
};

use super::{Algorithm, Header, KeyError, Thumbprint, VerifyingKey};

/// What is known of a key besides its numbers. It counts for nothing where keys are compared.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// The key as it was made ready to verify: RSA fits two algorithms, every other kind fits one.
    ready: [OnceLock<VerifyingKey>; 2],
    /// The header of the first text that it verified, as it was written and as it was read: whoever signs writes the same
    /// one each time. What has the same bytes says the same, so it is read once; whether that will do is judged each time.
    header: OnceLock<Box<(Box<str>, Header)>>,
    thumbprint: OnceLock<Thumbprint>,
}

impl Known {
    /// The key, ready to verify signatures of this algorithm; it is made so once.
    pub(super) fn ready(
        &self,
        algorithm: Algorithm,
        make: impl FnOnce() -> Result<VerifyingKey, KeyError>,
    ) -> Result<&VerifyingKey, KeyError> {
        let [one, other] = &self.ready;
        let place = if algorithm == Algorithm::Ps256 { other } else { one };
        match place.get() {
            Some(ready) => Ok(ready),
            None => make().map(|ready| place.get_or_init(|| ready)),
        }
    }

    /// The thumbprint, which is computed once.
    pub(super) fn thumbprint(&self, compute: impl FnOnce() -> Thumbprint) -> Thumbprint {
        *self.thumbprint.get_or_init(compute)
    }

    /// What a header says, if it is the one that is known.
    pub(super) fn header(&self, text: &str) -> Option<&Header> {
        let (known, header) = &**self.header.get()?;
        (**known == *text).then_some(header)
    }

    /// Keeps a header. It must be of a text that was verified, or anybody could take the place.
    pub(super) fn keep(&self, text: &str, header: &Header) {
        self.header.get_or_init(|| Box::new((text.into(), header.clone())));
    }
}

impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Known {}

impl Hash for Known {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(..)")
    }
}

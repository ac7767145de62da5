//! A signed request that arrived (RFC 5849 sections 3.1, 3.2 and 3.5).

use std::borrow::Cow;

use http::Request;
use memchr::memmem;
use oauth_sansio::{Timestamp, form};

use super::{Key, Origin, Protocol, ReadError, SignatureMethod, gather::Gathered, writer::Writer};

/// How large the parameters of a request may be. Checked before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Limits of the query, and of the body where it is a form.
    pub form: form::Limits,
    /// Bytes of one protocol parameter, encoded.
    pub protocol_value: usize,
}

impl Default for Limits {
    /// Those of [`form::Limits`], and 4 KiB.
    fn default() -> Self {
        Self { form: form::Limits::default(), protocol_value: 4096 }
    }
}

/// What a signed request said, with its base string. It borrows nothing.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Received {
    /// The base string, and behind it the protocol parameters' values, decoded.
    text: String,
    base: usize,
    /// Where each [`Protocol`] parameter's value is.
    values: [Option<(u32, u32)>; Protocol::COUNT],
    realm: Option<String>,
    timestamp: Option<Timestamp>,
}

impl Received {
    /// Reads a request sent to `origin`; `None` when it carries no OAuth 1 parameters at all.
    ///
    /// Method, path, query and body are taken as they arrived; `Host`, `X-Forwarded-Host` and
    /// `X-HTTP-Method-Override` play no part.
    ///
    /// # Errors
    /// When the request claims to be signed and cannot be read, which is a bad request.
    pub fn read<B: AsRef<[u8]>>(
        request: &Request<B>,
        origin: &Origin,
        limits: &Limits,
    ) -> Result<Option<Self>, ReadError> {
        let mut gathered = Gathered::default();
        match gathered.all(request, limits) {
            // It claims to be signed, further on than anybody looks.
            Err(ReadError::TooLarge) if mentions_oauth(request) => return Err(ReadError::TooLarge),
            // What is wrong with a query is no concern of OAuth until the request claims to be signed.
            _ if !gathered.found_any() => return Ok(None),
            outcome => outcome?,
        }
        Self::new(&mut gathered, request.method().as_str(), origin, request.uri().path()).map(Some)
    }

    /// The base string that the client should have signed (RFC 5849 section 3.4.1).
    pub fn base_string(&self) -> &str {
        self.text.get(..self.base).unwrap_or_default()
    }

    /// Whether the signature is this method's under this key.
    pub fn is_signed_with(&self, method: &dyn SignatureMethod, key: &Key) -> bool {
        method.verify(key, self.base_string(), self.signature()).unwrap_or_default()
    }

    /// The value of a protocol parameter, if it came; it may be empty.
    pub fn parameter(&self, parameter: Protocol) -> Option<&str> {
        let (start, end) = self.values.get(parameter as usize).copied().flatten()?;
        self.text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    /// `oauth_consumer_key`: the client's identifier; never empty.
    pub fn consumer_key(&self) -> &str {
        self.parameter(Protocol::ConsumerKey).unwrap_or_default()
    }

    /// `oauth_token`; an empty one counts as none.
    pub fn token(&self) -> Option<&str> {
        self.parameter(Protocol::Token).filter(|token| !token.is_empty())
    }

    /// `oauth_signature_method`; never empty.
    pub fn signature_method(&self) -> &str {
        self.parameter(Protocol::SignatureMethod).unwrap_or_default()
    }

    /// `oauth_signature`; it may be empty.
    pub fn signature(&self) -> &str {
        self.parameter(Protocol::Signature).unwrap_or_default()
    }

    /// `oauth_timestamp`; missing only under `PLAINTEXT`.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    /// `oauth_nonce`; missing only under `PLAINTEXT`.
    pub fn nonce(&self) -> Option<&str> {
        self.parameter(Protocol::Nonce)
    }

    /// `oauth_callback`.
    pub fn callback(&self) -> Option<&str> {
        self.parameter(Protocol::Callback)
    }

    /// `oauth_verifier`.
    pub fn verifier(&self) -> Option<&str> {
        self.parameter(Protocol::Verifier)
    }

    /// `oauth_session_handle`; an empty one counts as none.
    pub fn session_handle(&self) -> Option<&str> {
        self.parameter(Protocol::SessionHandle).filter(|handle| !handle.is_empty())
    }

    /// `oauth_body_hash`.
    pub fn body_hash(&self) -> Option<&str> {
        self.parameter(Protocol::BodyHash)
    }

    /// The `realm` of the header, which is not signed.
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }
}

/// The client's identifier only.
impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received")
            .field("consumer_key", &self.consumer_key())
            .field("signature_method", &self.signature_method())
            .finish_non_exhaustive()
    }
}

impl Received {
    fn new(
        gathered: &mut Gathered<'_>,
        method: &str,
        origin: &Origin,
        path: &str,
    ) -> Result<Self, ReadError> {
        // Protocol parameters without a meaning here may not come twice either.
        if gathered.parameters.repeats(b"oauth_") {
            return Err(ReadError::Repeated);
        }
        let values = gathered.protocol.iter().flatten().map(|value| value.len()).sum();
        let write_uri = |out: &mut Writer| origin.write_base_uri(out, path);
        let base = gathered.parameters.write_over(String::new(), values, method, write_uri)?;
        let mut received =
            Self { base: base.len(), text: base, values: Default::default(), realm: None, timestamp: None };
        for (value, range) in gathered.protocol.iter().zip(&mut received.values) {
            if let Some(value) = value {
                let start = end_of(&received.text)?;
                value.decode_into(&mut received.text)?;
                *range = Some((start, end_of(&received.text)?));
            }
        }
        received.realm = gathered.realm.take().map(Cow::into_owned);
        received.check()
    }

    /// Whether everything that every request must have is there (RFC 5849 section 3.1).
    fn check(mut self) -> Result<Self, ReadError> {
        let has = |parameter| self.parameter(parameter).is_some_and(|value| !value.is_empty());
        let must_have = |parameter: Protocol| match has(parameter) {
            true => Ok(()),
            false => Err(ReadError::Missing(parameter.name())),
        };
        must_have(Protocol::ConsumerKey)?;
        must_have(Protocol::SignatureMethod)?;
        self.parameter(Protocol::Signature).ok_or(ReadError::Missing(Protocol::Signature.name()))?;
        if !matches!(self.parameter(Protocol::Version), None | Some("1.0")) {
            return Err(ReadError::Version);
        }
        let timestamp = self.parameter(Protocol::Timestamp).map(seconds).transpose()?;
        // RFC 5849 section 3.1: only PLAINTEXT does without.
        if self.signature_method() != "PLAINTEXT" {
            must_have(Protocol::Timestamp)?;
            must_have(Protocol::Nonce)?;
        }
        self.timestamp = timestamp;
        Ok(self)
    }
}

fn end_of(text: &str) -> Result<u32, ReadError> {
    u32::try_from(text.len()).map_err(|_| ReadError::TooLarge)
}

/// Whether a protocol parameter is named anywhere in query or body; for requests that are refused in any case.
fn mentions_oauth<B: AsRef<[u8]>>(request: &Request<B>) -> bool {
    let places = [request.uri().query().unwrap_or_default().as_bytes(), request.body().as_ref()];
    places.iter().any(|place| memmem::find(place, b"oauth_").is_some())
}

/// A whole number of seconds, in digits only (RFC 5849 section 3.3).
fn seconds(text: &str) -> Result<Timestamp, ReadError> {
    // `u64::from_str` would let a plus sign pass.
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map(Timestamp::from_unix).map_err(|_| ReadError::Timestamp),
        false => Err(ReadError::Timestamp),
    }
}

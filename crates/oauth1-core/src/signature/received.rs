//! A signed request that arrived (RFC 5849 sections 3.1, 3.2 and 3.5).

use std::borrow::Cow;

use http::{
    HeaderMap, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use oauth_sansio::{Timestamp, form};

use super::{
    BaseString, Key, Origin, ReadError, SignatureMethod,
    header::{Next, Reader},
    text::{Text, pairs},
    writer::Writer,
};

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
    values: [Option<(usize, usize)>; Protocol::COUNT],
    realm: Option<String>,
    timestamp: Option<Timestamp>,
}

/// The protocol parameters that have a meaning here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `oauth_consumer_key`
    ConsumerKey,
    /// `oauth_token`
    Token,
    /// `oauth_signature_method`
    SignatureMethod,
    /// `oauth_signature`
    Signature,
    /// `oauth_timestamp`
    Timestamp,
    /// `oauth_nonce`
    Nonce,
    /// `oauth_version`
    Version,
    /// `oauth_callback`
    Callback,
    /// `oauth_verifier`
    Verifier,
    /// `oauth_body_hash`
    BodyHash,
}

impl Protocol {
    const COUNT: usize = Self::BodyHash as usize + 1;

    fn of(name: Text<'_>) -> Option<Self> {
        Some(match &*name.decoded() {
            b"oauth_consumer_key" => Self::ConsumerKey,
            b"oauth_token" => Self::Token,
            b"oauth_signature_method" => Self::SignatureMethod,
            b"oauth_signature" => Self::Signature,
            b"oauth_timestamp" => Self::Timestamp,
            b"oauth_nonce" => Self::Nonce,
            b"oauth_version" => Self::Version,
            b"oauth_callback" => Self::Callback,
            b"oauth_verifier" => Self::Verifier,
            b"oauth_body_hash" => Self::BodyHash,
            _ => return None,
        })
    }

    /// The parameter's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConsumerKey => "oauth_consumer_key",
            Self::Token => "oauth_token",
            Self::SignatureMethod => "oauth_signature_method",
            Self::Signature => "oauth_signature",
            Self::Timestamp => "oauth_timestamp",
            Self::Nonce => "oauth_nonce",
            Self::Version => "oauth_version",
            Self::Callback => "oauth_callback",
            Self::Verifier => "oauth_verifier",
            Self::BodyHash => "oauth_body_hash",
        }
    }
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
            // What is wrong with a query is no concern of OAuth until the request claims to be signed.
            _ if gathered.place.is_none() => return Ok(None),
            outcome => outcome?,
        }
        gathered.finish(request.method().as_str(), origin, request.uri().path()).map(Some)
    }

    /// The base string that the client should have signed (RFC 5849 section 3.4.1).
    pub fn base_string(&self) -> &str {
        self.text.get(..self.base).unwrap_or_default()
    }

    /// Whether the signature is this method's under this key.
    pub fn is_signed_with(&self, method: &dyn SignatureMethod, key: &Key) -> bool {
        method.verify(key, self.base_string(), self.signature())
    }

    /// The value of a protocol parameter, if it came; it may be empty.
    pub fn parameter(&self, parameter: Protocol) -> Option<&str> {
        let (start, end) = self.values.get(parameter as usize).copied().flatten()?;
        self.text.get(start..end)
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

/// Where protocol parameters may travel (RFC 5849 section 3.5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Body,
    Query,
}

/// The parameters of a request while it is read.
#[derive(Default)]
struct Gathered<'a> {
    parameters: BaseString<'a>,
    protocol: [Option<Text<'a>>; Protocol::COUNT],
    place: Option<Place>,
    realm: Option<Cow<'a, str>>,
}

impl<'a> Gathered<'a> {
    fn all<B: AsRef<[u8]>>(&mut self, request: &'a Request<B>, limits: &Limits) -> Result<(), ReadError> {
        let header = authorization(request.headers());
        if !matches!(header, Ok(None)) {
            self.place = Some(Place::Header);
        }
        if let Some(header) = header? {
            self.header(header, limits)?;
        }
        if let Some(query) = request.uri().query() {
            self.form(Place::Query, query.as_bytes(), limits)?;
        }
        // RFC 5849 section 3.4.1.3.1: the body counts only if it is a form, whatever its charset.
        let mut types = request.headers().get_all(CONTENT_TYPE).iter();
        if types.any(|value| value.to_str().is_ok_and(form::is_form)) {
            self.form(Place::Body, request.body().as_ref(), limits)?;
        }
        Ok(())
    }

    fn header(&mut self, mut header: Reader<'a>, limits: &Limits) -> Result<(), ReadError> {
        while let Some(next) = header.next()? {
            match next {
                Next::Realm(realm) if self.realm.is_none() => self.realm = Some(realm),
                Next::Realm(_) => return Err(ReadError::Repeated),
                Next::Parameter(name, value) => self.push(Place::Header, name, value, limits)?,
            }
        }
        // RFC 9110 section 11.2: no name comes twice, whoever gave it its meaning.
        if self.parameters.repeats(b"") { Err(ReadError::Repeated) } else { Ok(()) }
    }

    fn form(&mut self, place: Place, bytes: &'a [u8], limits: &Limits) -> Result<(), ReadError> {
        let limit = &limits.form;
        if bytes.len() > limit.bytes {
            return Err(ReadError::TooLarge);
        }
        self.parameters.expect(bytes);
        for (count, (name, value)) in pairs(bytes).enumerate() {
            if count == limit.parameters || name.len() > limit.name || value.len() > limit.value {
                return Err(ReadError::TooLarge);
            }
            self.push(place, name, value, limits)?;
        }
        Ok(())
    }

    fn push(
        &mut self,
        from: Place,
        name: Text<'a>,
        value: Text<'a>,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        if name.starts_with(b"oauth_") {
            // RFC 5849 section 3.5: all protocol parameters travel in one place.
            if *self.place.get_or_insert(from) != from {
                return Err(ReadError::SeveralPlaces);
            }
            if value.len() > limits.protocol_value {
                return Err(ReadError::TooLarge);
            }
            let known = Protocol::of(name).and_then(|known| self.protocol.get_mut(known as usize));
            // RFC 5849 section 3.2: none of them comes twice, equal or not.
            if known.is_some_and(|known| known.replace(value).is_some()) {
                return Err(ReadError::Repeated);
            }
        }
        self.parameters.push(name, value);
        Ok(())
    }

    fn finish(&mut self, method: &str, origin: &Origin, path: &str) -> Result<Received, ReadError> {
        // Protocol parameters without a meaning here may not come twice either.
        if self.parameters.repeats(b"oauth_") {
            return Err(ReadError::Repeated);
        }
        let values = self.protocol.iter().flatten().map(|value| value.len()).sum();
        let write_uri = |out: &mut Writer| origin.write_base_uri(out, path);
        let base = self.parameters.write_over(String::new(), values, method, write_uri)?;
        let mut received = Received {
            base: base.len(),
            text: base,
            values: Default::default(),
            realm: None,
            timestamp: None,
        };
        for (value, range) in self.protocol.iter().zip(&mut received.values) {
            if let Some(value) = value {
                let start = received.text.len();
                value.decode_into(&mut received.text)?;
                *range = Some((start, received.text.len()));
            }
        }
        received.realm = self.realm.take().map(Cow::into_owned);
        received.check()
    }
}

impl Received {
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

/// A whole number of seconds, in digits only (RFC 5849 section 3.3).
fn seconds(text: &str) -> Result<Timestamp, ReadError> {
    // `u64::from_str` would let a plus sign pass.
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map(Timestamp::from_unix).map_err(|_| ReadError::Timestamp),
        false => Err(ReadError::Timestamp),
    }
}

/// The `Authorization: OAuth` header, if there is one.
fn authorization(headers: &HeaderMap) -> Result<Option<Reader<'_>>, ReadError> {
    let mut found = None;
    for value in headers.get_all(AUTHORIZATION) {
        found = Reader::new(value.as_bytes())?.or(found);
    }
    // RFC 9110 section 5.3: which of several would count?
    match headers.get_all(AUTHORIZATION).iter().nth(1) {
        Some(_) if found.is_some() => Err(ReadError::SeveralHeaders),
        _ => Ok(found),
    }
}

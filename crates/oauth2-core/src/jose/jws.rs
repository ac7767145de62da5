//! Reading a signed text: JWS Compact Serialization (RFC 7515 section 7.1), as RFC 8725 wants it read.

use std::{borrow::Cow, ops::Range};

use oauth_sansio::base64url;
use smallvec::SmallVec;

use super::{Algorithm, Jwk, JwkSet, KeyError, VerifyingKey};
use crate::document::{DocumentError, Json, Members, Object};

/// How large a signed text may be, looked at before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole text.
    pub text: usize,
    /// Bytes of the encoded header.
    pub header: usize,
}

impl Default for Limits {
    /// 16 KiB in all, of which a header has 4.
    fn default() -> Self {
        Self { text: 16 * 1024, header: 4 * 1024 }
    }
}

/// Why a signed text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JwsError {
    /// It is over a limit.
    #[error("the signed text is too large")]
    TooLarge,
    /// It is not three parts of base64url without padding, or its header is no JSON object with members of the right
    /// types, each once.
    #[error("the signed text is malformed")]
    Malformed,
    /// `alg` is `none` or a name that is not known (RFC 8725 section 3.1).
    #[error("the signature algorithm is not allowed")]
    Algorithm,
    /// The header demands something to be understood that is not (RFC 7515 section 4.1.11).
    #[error("the header has a critical member that is not understood")]
    Critical,
    /// `typ` is not what is expected here (RFC 8725 section 3.11).
    #[error("the signed text is of another type")]
    Typ,
    /// No key fits `kid` and `alg`.
    #[error("there is no key for the signature")]
    NoKey,
    /// The named key is not for this algorithm (RFC 8725 section 3.1).
    #[error("the key is not for the algorithm of the header")]
    KeyMismatch,
    /// The signature is not by the key.
    #[error("the signature is wrong")]
    Signature,
    /// The key in the header is refused (RFC 9449 section 4.3).
    #[error("the key in the header is refused: {0}")]
    Key(#[from] KeyError),
}

/// A signed text whose signature nobody has looked at. Nothing in it is to be believed.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// What the signature is over.
    input: &'a str,
    header: Cow<'a, Header>,
    payload: Decoded<512>,
    signature: Decoded<264>,
}

/// Bytes that were decoded; as many as an access token has need no memory of their own.
type Decoded<const N: usize> = SmallVec<[u8; N]>;
/// A name out of a header.
type Name = SmallVec<[u8; 48]>;

/// The members of a header that mean something here. `jku`, `x5u`, `x5c` and `x5t` never do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`.
    pub algorithm: Algorithm,
    key_id: Option<Name>,
    typ: Option<Name>,
    jwk: Option<Result<Jwk, KeyError>>,
}

/// A type that is good here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ<'a> {
    /// This media type, with or without `application/` (RFC 7515 section 4.1.9).
    Is(&'a str),
    /// No type at all.
    Absent,
}

impl<'a> Jws<'a> {
    /// Reads a text. The signature is not verified yet.
    ///
    /// # Errors
    /// What is wrong with the text, before a key is looked for.
    pub fn parse(text: &'a str, limits: &Limits) -> Result<Self, JwsError> {
        Self::read(text, limits, |_| None)
    }

    /// The same, where it is known whose keys will verify it: what a header says that one of them has verified before is
    /// known, too.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_for(text: &'a str, limits: &Limits, keys: &'a JwkSet) -> Result<Self, JwsError> {
        Self::read(text, limits, |header| keys.known(header))
    }

    /// The same, where what the header says is known.
    pub(crate) fn parse_knowing(
        text: &'a str,
        limits: &Limits,
        header: Option<&'a Header>,
    ) -> Result<Self, JwsError> {
        Self::read(text, limits, |_| header)
    }

    fn read(
        text: &'a str,
        limits: &Limits,
        known: impl FnOnce(&str) -> Option<&'a Header>,
    ) -> Result<Self, JwsError> {
        if text.len() > limits.text {
            return Err(JwsError::TooLarge);
        }
        let mut dots = memchr::memchr_iter(b'.', text.as_bytes());
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(JwsError::Malformed);
        };
        if first > limits.header {
            return Err(JwsError::TooLarge);
        }
        let part = |range: Range<usize>| text.get(range).ok_or(JwsError::Malformed);
        let (header, input) = (part(0..first)?, part(0..second)?);
        let (payload, signature) = (part(first + 1..second)?, part(second + 1..text.len())?);
        let header = match known(header) {
            Some(header) => Cow::Borrowed(header),
            None => Cow::Owned(Header::parse(&decode::<256>(header)?)?),
        };
        let mut jws = Self { input, header, payload: room(payload), signature: room(signature) };
        decode_into(payload, &mut jws.payload)?;
        decode_into(signature, &mut jws.signature)?;
        if jws.signature.is_empty() {
            return Err(JwsError::Malformed);
        }
        Ok(jws)
    }

    /// The payload alone, before anybody looked at header and signature: for finding out whose keys to look for, and for
    /// nothing else.
    pub(crate) fn payload_of(
        text: &str,
        limits: &Limits,
    ) -> Result<impl std::ops::Deref<Target = [u8]> + use<>, JwsError> {
        if text.len() > limits.text {
            return Err(JwsError::TooLarge);
        }
        let mut dots = memchr::memchr_iter(b'.', text.as_bytes());
        let (Some(first), Some(second)) = (dots.next(), dots.next()) else { return Err(JwsError::Malformed) };
        decode::<512>(text.get(first + 1..second).unwrap_or_default())
    }

    /// The header. It says what the signer claims.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload before anybody verified it: for finding out whose keys to look for, and for nothing else.
    pub fn unverified(&self) -> &[u8] {
        &self.payload
    }

    /// Whether `typ` is one of these.
    ///
    /// # Errors
    /// [`JwsError::Typ`].
    pub fn expect_typ(&self, good: &[Typ<'_>]) -> Result<(), JwsError> {
        let is = |typ: &Typ<'_>| match (typ, self.header.typ()) {
            (Typ::Absent, None) => true,
            (Typ::Is(name), Some(typ)) => name.eq_ignore_ascii_case(typ),
            _ => false,
        };
        if good.iter().any(is) { Ok(()) } else { Err(JwsError::Typ) }
    }

    /// Verifies with one key; gives the payload.
    ///
    /// # Errors
    /// [`JwsError::KeyMismatch`] when the header names another algorithm, [`JwsError::Signature`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<&[u8], JwsError> {
        if key.algorithm != self.header.algorithm {
            return Err(JwsError::KeyMismatch);
        }
        match key.key.verify(self.input.as_bytes(), &self.signature) {
            Ok(()) => Ok(&self.payload),
            Err(_) => Err(JwsError::Signature),
        }
    }

    /// Verifies with the keys of the party that it is claimed to be by; gives the payload.
    ///
    /// # Errors
    /// [`JwsError::NoKey`], [`JwsError::KeyMismatch`], [`JwsError::Signature`].
    pub fn verify_by(&self, keys: &JwkSet) -> Result<&[u8], JwsError> {
        // A set without names may have several keys that fit; more than a few are somebody's mistake.
        const TRIES: usize = 4;
        let (algorithm, key_id) = (self.header.algorithm, self.header.key_id());
        let mut worst = match key_id {
            Some(key_id) if keys.names(key_id) => JwsError::KeyMismatch,
            _ => JwsError::NoKey,
        };
        let candidates = keys.named(key_id).filter_map(|jwk| Some((jwk, jwk.ready_for(algorithm).ok()?)));
        for (jwk, key) in candidates.take(TRIES) {
            match self.verify(key) {
                Ok(payload) => {
                    if let (Cow::Owned(header), Some((text, _))) = (&self.header, self.input.split_once('.'))
                    {
                        jwk.known.keep(text, header);
                    }
                    return Ok(payload);
                }
                Err(error) => worst = error,
            }
        }
        Err(worst)
    }

    /// The key in the header: only a proof of possession brings its own (RFC 9449 section 4.2).
    ///
    /// # Errors
    /// [`JwsError::NoKey`] when there is none, [`JwsError::Key`] when it is refused.
    pub fn embedded_key(&self) -> Result<&Jwk, JwsError> {
        match &self.header.jwk {
            None => Err(JwsError::NoKey),
            Some(Ok(jwk)) => Ok(jwk),
            Some(Err(error)) => Err(JwsError::Key(*error)),
        }
    }
}

/// base64url, strictly.
fn decode<const N: usize>(part: &str) -> Result<Decoded<N>, JwsError>
where
    [u8; N]: smallvec::Array<Item = u8>,
{
    let mut bytes = room(part);
    decode_into(part, &mut bytes)?;
    Ok(bytes)
}

/// Room for what a text stands for.
fn room<const N: usize>(part: &str) -> Decoded<N>
where
    [u8; N]: smallvec::Array<Item = u8>,
{
    match base64url::room(part.len()) {
        room if room <= N => SmallVec::from_buf_and_len([0; N], room),
        room => SmallVec::from_elem(0, room),
    }
}

fn decode_into<const N: usize>(part: &str, bytes: &mut Decoded<N>) -> Result<(), JwsError>
where
    [u8; N]: smallvec::Array<Item = u8>,
{
    let length = base64url::decode_into(part.as_bytes(), bytes).ok_or(JwsError::Malformed)?;
    bytes.truncate(length);
    Ok(())
}

impl Header {
    /// `kid`.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref().and_then(|name| str::from_utf8(name).ok())
    }

    /// `typ`, without `application/` (RFC 7515 section 4.1.9). Its case does not count.
    pub fn typ(&self) -> Option<&str> {
        const TREE: &str = "application/";
        let typ = str::from_utf8(self.typ.as_deref()?).ok()?;
        match typ.split_at_checked(TREE.len()) {
            Some((tree, subtype)) if tree.eq_ignore_ascii_case(TREE) => Some(subtype),
            _ => Some(typ),
        }
    }

    fn parse(json: &[u8]) -> Result<Self, JwsError> {
        let malformed = |_: DocumentError| JwsError::Malformed;
        let mut members = Object::parse(json).map_err(malformed)?;
        // RFC 7515 section 4.1.11, RFC 7797: nothing critical is understood here, `b64` least of all.
        if members.has("crit") || members.has("b64") {
            return Err(JwsError::Critical);
        }
        let algorithm = members.text("alg").map_err(malformed)?.ok_or(JwsError::Malformed)?;
        let algorithm = algorithm.parse().map_err(|_| JwsError::Algorithm)?;
        let key_id = members.text("kid").map_err(malformed)?.map(|name| Name::from_slice(name.as_bytes()));
        let typ = members.text("typ").map_err(malformed)?.map(|name| Name::from_slice(name.as_bytes()));
        let jwk = match members.take("jwk") {
            None => None,
            Some(Json::Object(members)) => Some(Jwk::of(*members)),
            Some(_) => Some(Err(KeyError::Malformed)),
        };
        Ok(Self { algorithm, key_id, typ, jwk })
    }
}

//! Tokens that are bound to a key of the client (RFC 9449).

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header::AUTHORIZATION};
use oauth_sansio::{Entropy, Moment, Timestamp};
use serde::Serialize;

use super::{Error, Misuse, Tokens, nonces::Nonces};
use crate::{
    dpop::{access_token_hash, content_digest},
    jose::{Jwk, KeyError, LocalSigner, SignError, Signer, Thumbprint, Unsigned},
};

pub(super) const HEADER: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A key that tokens are bound to: whoever has a token and not the key has nothing. Keep it as long as the tokens; a refresh
/// token of a public client works with it alone (RFC 9449 section 5).
///
/// It remembers the last nonce of each server and API, for all its clones.
#[derive(Clone)]
pub struct DpopKey {
    jwk: Jwk,
    signer: Arc<dyn Signer + Send + Sync>,
    nonces: Arc<Nonces>,
}

impl DpopKey {
    /// A key that is here, or in a module that it never leaves; `jwk` is its public half.
    pub fn new(signer: Arc<dyn Signer + Send + Sync>, jwk: Jwk) -> Self {
        Self { jwk, signer, nonces: Arc::default() }
    }

    /// A key in memory.
    ///
    /// # Errors
    /// [`KeyError::Private`] for a shared secret, which binds nothing.
    pub fn local(signer: LocalSigner) -> Result<Self, KeyError> {
        let jwk = signer.public()?;
        Ok(Self::new(Arc::new(signer), jwk))
    }

    /// What the key is called in tokens: `jkt` (RFC 9449 section 6.1), and `dpop_jkt` in an authorization request
    /// (section 10).
    pub fn thumbprint(&self) -> Thumbprint {
        self.jwk.thumbprint()
    }

    /// Puts the access token into a request for an API, with a proof for this request alone (RFC 9449 section 7.1), and
    /// with the nonce that the API last gave out, if it [was learned](Self::learn).
    ///
    /// # Errors
    /// [`Misuse::TokenType`] when the token is not bound to a key, [`Misuse::NoAddress`] when the request has no absolute
    /// address, which the proof is for.
    pub fn authorize<B>(
        &self,
        tokens: &Tokens,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), Error> {
        self.prove(tokens, request, None, moment)
    }

    /// The same, with a proof that is for this body, too: by `content_digest`, as a draft of the Model Context Protocol has it
    /// for its servers. Others do not look at it.
    ///
    /// # Errors
    /// As for [`authorize`](Self::authorize).
    pub fn authorize_with_body<B: AsRef<[u8]>>(
        &self,
        tokens: &Tokens,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), Error> {
        let content = content_digest(request.body().as_ref());
        self.prove(tokens, request, Some(content), moment)
    }

    fn prove<B>(
        &self,
        tokens: &Tokens,
        request: &mut Request<B>,
        content: Option<String>,
        moment: Moment,
    ) -> Result<(), Error> {
        if !tokens.is_bound_to_a_key() {
            return Err(Misuse::TokenType.into());
        }
        let token = tokens.access_token.expose();
        let (now, mut entropy) = (moment.now(), moment.entropy());
        let (method, uri) = (request.method(), request.uri());
        let shown = Shown { access_token: Some(token), content };
        let proof = self.proof(method, uri, shown, now, &mut entropy)?;
        let mut value = HeaderValue::try_from(format!("DPoP {token}")).map_err(|_| Misuse::TokenType)?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
        request.headers_mut().insert(HEADER, proof);
        Ok(())
    }

    /// Remembers the nonce of an answer from this address, each of which may bring one (RFC 9449 section 8.2): it is for
    /// the next proof there. Whether there was any.
    pub fn learn(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        self.nonces.learn(uri, headers)
    }

    /// A proof (RFC 9449 section 4.2).
    pub(super) fn proof(
        &self,
        method: &Method,
        uri: &Uri,
        shown: Shown<'_>,
        now: Timestamp,
        entropy: &mut Entropy,
    ) -> Result<HeaderValue, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            jti: &'a str,
            htm: &'a str,
            htu: &'a str,
            iat: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            ath: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            content_digest: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            nonce: Option<String>,
        }
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(Misuse::NoAddress.into());
        };
        let address = format!("{scheme}://{authority}{}", uri.path());
        let id = entropy.text();
        let body = Body {
            jti: id.expose(),
            htm: method.as_str(),
            htu: &address,
            iat: now.as_unix(),
            ath: shown.access_token.map(access_token_hash),
            content_digest: shown.content,
            nonce: self.nonces.recall(uri),
        };
        let body = serde_json::to_vec(&body).map_err(|_| SignError)?;
        let unsigned = Unsigned::with_embedded_key(&self.jwk, self.signer.algorithm(), "dpop+jwt", &body);
        let signature = self.signer.sign(unsigned.input())?;
        HeaderValue::try_from(unsigned.signed(&signature)).map_err(|_| SignError.into())
    }
}

/// What else of a request a proof is for.
#[derive(Default)]
pub(super) struct Shown<'a> {
    access_token: Option<&'a str>,
    /// The digest of its body.
    content: Option<String>,
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpopKey").field("jkt", &self.thumbprint().to_string()).finish_non_exhaustive()
    }
}

/// The nonce for the next proof, where an answer has one (RFC 9449 section 8.2). It is good for the origin that gave it, and
/// for no other.
pub fn dpop_nonce(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(NONCE).iter();
    match (values.next(), values.next()) {
        (Some(nonce), None) => nonce.to_str().ok().filter(|nonce| nonce.len() <= MAX_NONCE_BYTES),
        _ => None,
    }
}

/// Bytes of a nonce; a longer one is none.
const MAX_NONCE_BYTES: usize = 1024;

/// The error that asks for one (RFC 9449 section 8).
pub(super) const WANTED: &str = "use_dpop_nonce";

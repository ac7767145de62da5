//! Signing requests (RFC 5849 section 3).

use std::{fmt::Write as _, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, header::AUTHORIZATION};
use oauth_sansio::{Entropy, Moment, Secret, form};
use smallvec::SmallVec;

use super::{Client, Placement, TokenCredentials};
use crate::signature::{
    Draft, DraftError, Key, KeyError, Origin, PreparedKey, Protocol, Scratch, Signed, Target,
};

/// Why a request cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The request itself cannot be signed.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The method gives the secrets away and the request is not sent over TLS (RFC 5849 section 3.4.4).
    #[error("the signature method needs https")]
    NeedsTls,
    /// The body is a form, and a form is signed; this function does not see it (RFC 5849 section 3.4.1.3.1).
    #[error("the body is a form, which must be signed too")]
    UnseenForm,
    /// The body is to be covered by `oauth_body_hash`, and this function does not see it.
    #[error("the body must be hashed, and is not at hand")]
    UnseenBody,
    /// Only a form of text can carry the parameters in its body (RFC 5849 section 3.5.2).
    #[error("the body is not a form")]
    NotAForm,
    /// Query or form carry a parameter of the protocol, or one that is called like it: the request is signed already,
    /// or somebody else's (RFC 5849 sections 3.2 and 3.5).
    #[error("query or form carry a parameter whose name begins with oauth_")]
    ProtocolParameter,
    /// It is to be signed in its query or form, and is signed in its header (RFC 5849 section 3.5).
    #[error("the request is signed in its header")]
    SignedInHeader,
    /// With its parameters in the query, the URI would be too long.
    #[error("the URI would be too long")]
    TooLong,
}

/// Signs many requests with one pair of credentials: the key is worked out once, memory is used again.
pub struct Signer {
    client: Client,
    token: Option<String>,
    key: Result<Arc<dyn PreparedKey>, KeyError>,
    scratch: Scratch,
    stamp: Stamp,
}

impl Client {
    /// Signs a request in its `Authorization` header, in place of one that is there. With a token it is made on the
    /// person's behalf, without one on the application's own.
    ///
    /// The body is signed if it is a form; any other is covered by `oauth_body_hash` where
    /// [`Config::body_hash`](super::Config::body_hash) says so, and else by nothing but TLS. Sign last: what is changed
    /// afterwards breaks the signature.
    ///
    /// # Errors
    /// When the URI is not an absolute one, or query or form cannot be read.
    pub fn sign<B: AsRef<[u8]>>(
        &self,
        request: &mut Request<B>,
        token: Option<&TokenCredentials>,
        moment: Moment,
    ) -> Result<(), SignError> {
        self.signer(token).sign(request, moment)
    }

    /// As [`sign`](Self::sign), for a body that is not at hand: a stream, or a type of one's own.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign), [`SignError::UnseenForm`] and [`SignError::UnseenBody`].
    pub fn sign_without_body<B>(
        &self,
        request: &mut Request<B>,
        token: Option<&TokenCredentials>,
        moment: Moment,
    ) -> Result<(), SignError> {
        self.signer(token).sign_without_body(request, moment)
    }

    /// A signer for these credentials. Worth keeping for as long as they are used.
    pub fn signer(&self, token: Option<&TokenCredentials>) -> Signer {
        Signer::new(self.clone(), token.map(|token| (token.token.as_str(), &token.secret)))
    }
}

impl Signer {
    pub(super) fn new(client: Client, token: Option<(&str, &Secret)>) -> Self {
        let key = Key::shared(&client.config().secret, token.map(|(_, secret)| secret));
        let key = client.config().method.prepare(&key).map(Arc::from);
        Self {
            client,
            token: token.map(|(token, _)| token.to_owned()),
            key,
            scratch: Scratch::default(),
            stamp: Stamp::default(),
        }
    }

    /// As [`Client::sign`].
    ///
    /// # Errors
    /// Those of [`Client::sign`].
    pub fn sign<B: AsRef<[u8]>>(
        &mut self,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), SignError> {
        let hash = self.hash_of(request);
        self.in_header(request, &covering(&hash), moment)
    }

    /// As [`Client::sign_without_body`].
    ///
    /// # Errors
    /// Those of [`Client::sign_without_body`].
    pub fn sign_without_body<B>(
        &mut self,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), SignError> {
        if form::is_declared(request.headers()) {
            return Err(SignError::UnseenForm);
        }
        if self.client.config().hash().is_some() {
            return Err(SignError::UnseenBody);
        }
        let value = self.signed(request, None, &[], moment)?.authorization()?;
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }

    /// Signs a request in its query (RFC 5849 section 3.5.3), for a link or a client that cannot set headers.
    /// Queries end up in logs; prefer the header.
    ///
    /// # Errors
    /// Those of [`Client::sign`], and [`SignError::TooLong`].
    pub fn sign_in_query<B: AsRef<[u8]>>(
        &mut self,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), SignError> {
        let hash = self.hash_of(request);
        self.in_query(request, &covering(&hash), moment)
    }

    /// Signs a request in its form body (RFC 5849 section 3.5.2).
    ///
    /// # Errors
    /// Those of [`Client::sign`], and [`SignError::NotAForm`].
    pub fn sign_in_form<B: AsRef<[u8]> + From<String>>(
        &mut self,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), SignError> {
        self.in_form(request, &[], moment)
    }

    /// Signs a request in the one or the other place.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign), [`sign_in_query`](Self::sign_in_query) or [`sign_in_form`](Self::sign_in_form).
    pub fn sign_in<B: AsRef<[u8]> + From<String>>(
        &mut self,
        placement: Placement,
        request: &mut Request<B>,
        moment: Moment,
    ) -> Result<(), SignError> {
        match placement {
            Placement::Header => self.sign(request, moment),
            Placement::Query => self.sign_in_query(request, moment),
            Placement::Form => self.sign_in_form(request, moment),
        }
    }

    /// The hash of a body that is no form, where it is to be signed.
    fn hash_of<B: AsRef<[u8]>>(&self, request: &Request<B>) -> Option<String> {
        match form::is_declared(request.headers()) {
            true => None,
            false => self.client.config().hash().map(|hash| hash.of(request.body().as_ref())),
        }
    }

    pub(super) fn signed<'s, B>(
        &'s mut self,
        request: &Request<B>,
        form: Option<&[u8]>,
        extra: &'s [(&'s str, &'s str)],
        moment: Moment,
    ) -> Result<Signed<'s>, SignError> {
        let config = self.client.config();
        // RFC 5849 section 3.4.4
        if config.method.needs_tls() {
            let origin = Origin::of_uri(request.uri()).map_err(DraftError::from)?;
            if !config.is_private(&origin) {
                return Err(SignError::NeedsTls);
            }
        }
        let key = self.key.as_ref().map_err(|error| DraftError::Key(*error))?;
        let now = moment.now().as_unix().saturating_add_signed(config.clock_offset);
        let mut entropy = moment.entropy();
        self.stamp.renew(now, &mut entropy);
        let draft = Draft {
            consumer_key: &config.consumer_key,
            token: self.token.as_deref(),
            method: config.method.name(),
            timestamp: Some(&self.stamp.timestamp),
            nonce: Some(&self.stamp.nonce),
            version: config.provider.send_version,
            extra,
            realm: config.provider.realm.as_deref(),
        };
        let target = Target { method: request.method().as_str(), uri: request.uri(), form };
        let signed = draft.sign(&**key, &target, &mut entropy, &mut self.scratch)?;
        // RFC 5849 sections 3.2 and 3.5: one set of protocol parameters, in one place.
        if signed.is_ambiguous() { Err(SignError::ProtocolParameter) } else { Ok(signed) }
    }
}

fn covering(hash: &Option<String>) -> SmallVec<[(&str, &str); 1]> {
    hash.iter().map(|hash| (Protocol::BodyHash.name(), hash.as_str())).collect()
}

/// A timestamp and a nonce that goes with it (RFC 5849 section 3.3).
#[derive(Default)]
struct Stamp {
    timestamp: String,
    nonce: String,
}

impl Stamp {
    /// Makes the next stamp in the memory of this one.
    fn renew(&mut self, now: u64, entropy: &mut Entropy) {
        self.timestamp.clear();
        // Writing to a string does not fail.
        let _ = write!(self.timestamp, "{now}");
        self.nonce.clear();
        URL_SAFE_NO_PAD.encode_string(entropy.bytes::<16>(), &mut self.nonce);
    }
}

/// The client's identifier and the token's.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("consumer_key", &self.client.config().consumer_key)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

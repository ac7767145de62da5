//! What the sender of a request shows that it holds (RFC 9449 section 7, RFC 8705 section 3).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request};
use oauth_sansio::{Digest, Spend, Timestamp};
use url::Url;

use super::{Reason, Scheme, Verifier};
use crate::{
    dpop::{Address, Content, DpopPolicy, Expected, Nonces, Proof, ProofKeys, Realm, may_tell_content},
    jose::Algorithm,
    jwt::PossessionError,
    server::{Binding, ClientCertificate, Once, RETENTION_MARGIN, ServerKeys},
};

/// How proofs of possession are taken (RFC 9449).
#[derive(Clone, Debug)]
pub struct Dpop {
    /// The address of the API as its clients know it; the path of a request stands behind it. A proof is made for that
    /// address, and no header of a request says what it is.
    pub url: Url,
    /// What proofs may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// How old a proof may be: 60 seconds.
    pub window: Duration,
    /// How far the clock of a client may be ahead: 10 seconds.
    pub clock_skew: Duration,
    /// The keys that nonces come from (RFC 9449 section 9); `None` where none is wanted. All processes of one API share
    /// them.
    pub nonces: Option<ServerKeys>,
    /// Whether each proof must say by `content_digest` what the body of its request is: no. A proof that says so without
    /// being asked is held to it all the same.
    pub require_content_digest: bool,
}

impl Dpop {
    /// Proofs for the API at this address, with the defaults above, by every algorithm that is known here, without nonces.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            algorithms: Algorithm::ASYMMETRIC.to_vec(),
            window: Duration::from_secs(60),
            clock_skew: Duration::from_secs(10),
            nonces: None,
            require_content_digest: false,
        }
    }

    /// Whether clients could make proofs for it.
    pub(super) fn is_fit(&self) -> bool {
        let Self { url, algorithms, .. } = self;
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
        is_plain && !algorithms.is_empty() && algorithms.iter().all(|one| Algorithm::ASYMMETRIC.contains(one))
    }

    /// The nonce for the next proof.
    pub(super) fn nonce(&self, now: Timestamp) -> Option<HeaderValue> {
        let keys = self.nonces.as_ref()?;
        HeaderValue::try_from(self.realm(keys).current(now)?).ok()
    }

    /// Whether the proof of a request can be judged only with the body at hand.
    pub(super) fn wants_body<B>(&self, request: &Request<B>) -> bool {
        self.require_content_digest || may_tell_content(request.headers())
    }

    fn realm<'a>(&'a self, keys: &'a ServerKeys) -> Nonces<'a> {
        Nonces::new(keys, Realm::Resource(self.url.as_str()))
    }

    /// The proof of a request for a token (RFC 9449 section 7.1).
    fn judge(
        &self,
        request: &Request<Bytes>,
        token: Digest,
        keys: &ProofKeys,
        now: Timestamp,
    ) -> Result<Proof, Reason> {
        let policy = DpopPolicy { algorithms: &self.algorithms, oldest: self.window, ahead: self.clock_skew };
        let is_good =
            |nonce: &str| self.nonces.as_ref().is_some_and(|keys| self.realm(keys).is_good(nonce, now));
        let expected = Expected {
            method: request.method(),
            address: Address::below(&self.url, request.uri().path()),
            access_token: Some(token),
            content: match self.require_content_digest {
                true => Content::Required(request.body()),
                false => Content::IfTold(request.body()),
            },
            nonce: self.nonces.is_some().then_some(&is_good as &dyn Fn(&str) -> bool),
        };
        keys.judge(request.headers(), &expected, &policy, now)?.ok_or(Reason::NoProof)
    }
}

/// What came with a token.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Shown {
    /// Judged, and for this very token.
    proof: Option<Proof>,
    /// The thumbprint of the certificate that the connection has shown.
    certificate: Option<Digest>,
}

impl Shown {
    pub(super) fn of(
        verifier: &Verifier,
        request: &Request<Bytes>,
        scheme: Scheme,
        token: Digest,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let certificate = request.extensions().get().map(ClientCertificate::thumbprint);
        // Beside a bearer token a proof is nobody's business: the token is bound to nothing, or refused.
        let dpop = verifier.config().dpop.as_ref().filter(|_| scheme == Scheme::Dpop);
        let proof = dpop.map(|dpop| dpop.judge(request, token, verifier.proof_keys(), now)).transpose()?;
        Ok(Self { proof, certificate })
    }

    /// Whether the sender holds all that the token is bound to, and comes with a proof only if it is bound to a key.
    pub(super) fn check(&self, bindings: &[Binding]) -> Result<(), PossessionError> {
        let is_key = |binding: &Binding| matches!(binding, Binding::Dpop(_));
        if self.proof.is_some() && !bindings.iter().any(is_key) {
            return Err(PossessionError::NotBound);
        }
        bindings.iter().try_for_each(|binding| match (binding, &self.proof, &self.certificate) {
            (Binding::Dpop(_), None, _) => Err(PossessionError::NoProof),
            (Binding::Dpop(key), Some(proof), _) if proof.thumbprint.0 == *key => Ok(()),
            (Binding::Dpop(_), Some(_), _) => Err(PossessionError::OtherKey),
            (Binding::Certificate(_), _, None) => Err(PossessionError::NoCertificate),
            (Binding::Certificate(wanted), _, Some(shown)) if wanted == shown => Ok(()),
            (Binding::Certificate(_), _, Some(_)) => Err(PossessionError::OtherCertificate),
        })
    }

    /// What is spent by showing it (RFC 9449 section 11.1).
    pub(super) fn spend(&self, now: Timestamp) -> Option<Spend<Once>> {
        let proof = self.proof?;
        let keep_until = proof.expires.plus(RETENTION_MARGIN);
        Some(Spend { once: Once::Proof(proof.once), at: now.into(), keep_until })
    }
}

//! What the sender of a request has shown that it holds, and what its tokens are bound to (RFC 9449 section 5, RFC 8705
//! section 3).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use oauth_sansio::{Digest, Reply, Spend, Timestamp};

use super::{
    AuthorizationServer, Binding, Client, ClientCertificate, Endpoint, Once, Reason, SenderConstraint,
    records::kept_until,
};
use crate::dpop::{Address, Content, DpopPolicy, Expected, Nonces, Proof, Realm};

const HEADER: HeaderName = HeaderName::from_static("dpop");

/// What came with a request.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(super) struct Possession {
    proof: Option<Box<Proof>>,
    /// The thumbprint of the certificate that the connection has shown.
    certificate: Option<Digest>,
}

impl Possession {
    /// Judges the DPoP proof of a request. Where the endpoint is, the settings say and no header.
    pub(super) fn read(
        server: &AuthorizationServer,
        endpoint: Endpoint,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let config = server.config();
        let path = match endpoint {
            Endpoint::Token => &config.paths.token,
            Endpoint::PushedAuthorization => &config.paths.pushed,
            // A proof elsewhere binds nothing.
            _ => return Ok(Self { proof: None, certificate: None }),
        };
        let certificate = request.extensions().get().map(ClientCertificate::thumbprint);
        if !request.headers().contains_key(HEADER) {
            return Ok(Self { proof: None, certificate });
        }
        let algorithms: Vec<_> = server.signing_algorithms().collect();
        let policy = DpopPolicy {
            algorithms: &algorithms,
            oldest: config.policy.dpop_window,
            ahead: config.policy.clock_skew,
        };
        let nonces = Nonces::new(&config.keys, Realm::Server(server.issuer()));
        let is_good = |nonce: &str| nonces.is_good(nonce, now);
        let wanted = config.policy.require_dpop_nonce.then_some(&is_good as &dyn Fn(&str) -> bool);
        let (url, alias) = (config.url(path), config.alias(path));
        let (method, address) = (request.method(), Address::of(&url).or(alias.as_ref()));
        let content = Content::IfTold(request.body());
        let expected = Expected { method, address, access_token: None, content, nonce: wanted };
        let proof = server.proof_keys().judge(request.headers(), &expected, &policy, now)?;
        Ok(Self { proof: proof.map(Box::new), certificate })
    }

    /// What new tokens of the client are bound to.
    pub(super) fn binding(
        &self,
        server: &AuthorizationServer,
        client: &Client,
    ) -> Result<Option<Binding>, Reason> {
        let demands = &client.demands;
        let by_policy = server.config().policy.sender_constraint == SenderConstraint::Required;
        // A certificate may be there for the sake of the connection alone: tokens are bound to it for a client that is
        // known by it or wants it so, or where something must be shown (RFC 8705 sections 3 and 4).
        let counts = !demands.dpop_bound_access_tokens
            && (by_policy
                || client.authentication.is_by_certificate()
                || demands.tls_client_certificate_bound_access_tokens);
        match (&self.proof, self.certificate.filter(|_| counts)) {
            (_, Some(certificate)) if demands.tls_client_certificate_bound_access_tokens => {
                Ok(Some(Binding::Certificate(certificate)))
            }
            _ if demands.tls_client_certificate_bound_access_tokens => Err(Reason::NotBound),
            (Some(proof), _) => Ok(Some(Binding::Dpop(proof.thumbprint.0))),
            (None, Some(certificate)) => Ok(Some(Binding::Certificate(certificate))),
            (None, None) if by_policy || demands.dpop_bound_access_tokens => Err(Reason::NotBound),
            (None, None) => Ok(None),
        }
    }

    /// The key that the sender has shown.
    pub(super) fn thumbprint(&self) -> Option<Digest> {
        self.proof.as_ref().map(|proof| proof.thumbprint.0)
    }

    /// Whether the sender holds what a ticket is bound to.
    pub(super) fn fits(&self, bound: &Binding) -> bool {
        match bound {
            Binding::Dpop(thumbprint) => {
                self.proof.as_ref().is_some_and(|proof| proof.thumbprint.0 == *thumbprint)
            }
            Binding::Certificate(thumbprint) => self.certificate == Some(*thumbprint),
        }
    }

    /// What is spent by showing it.
    pub(super) fn spend(&self, now: Timestamp) -> Option<Spend<Once>> {
        let proof = self.proof.as_ref()?;
        Some(Spend { once: Once::Proof(proof.once), at: now.into(), keep_until: kept_until(proof.expires) })
    }
}

/// Tells the client the nonce of its next proof, where one is wanted (RFC 9449 section 8.2).
pub(super) fn tell_nonce(server: &AuthorizationServer, reply: &mut Reply<Reason>, now: Timestamp) {
    let config = server.config();
    if !config.policy.require_dpop_nonce {
        return;
    }
    let nonce = Nonces::new(&config.keys, Realm::Server(server.issuer())).current(now);
    if let Some(Ok(nonce)) = nonce.map(HeaderValue::try_from) {
        reply.response.headers_mut().insert("dpop-nonce", nonce);
    }
}

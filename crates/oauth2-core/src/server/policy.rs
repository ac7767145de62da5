//! Where standards and practice differ: one switch each, and the profiles that set them.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AuthenticationMethod, GrantType, ResponseMode};
use crate::jose::Algorithm;

/// The rules that a server holds itself and its clients to. A plain value: print it, store it, compare it.
///
/// ```
/// use oauth2_core::server::Profile;
///
/// let (default, fapi) = (Profile::Oauth21.policy(), Profile::Fapi2.policy());
/// let names: Vec<_> = default.differences(&fapi).into_iter().map(|difference| difference.rule).collect();
/// assert!(names.contains(&"require_pushed_authorization_requests".to_owned()));
/// assert_eq!(default.differences(&default), []);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The grants that are served.
    pub grants: BTreeSet<GrantType>,
    /// How clients may authenticate.
    pub authentication_methods: BTreeSet<AuthenticationMethod>,
    /// Algorithms of signatures that clients may make and the server makes.
    pub signing_algorithms: BTreeSet<Algorithm>,
    /// How a client id and a secret are read from a Basic header.
    pub basic_encoding: BasicEncoding,
    /// What `aud` of a client assertion may be.
    pub assertion_audience: AssertionAudience,
    /// Clients that are registered for it get tokens through the browser (RFC 6749 section 4.2), where whatever reads an
    /// address or a history finds them.
    pub dangerously_allow_implicit: bool,
    /// How answers to authorization requests may travel. Those that are signed need a key to sign with.
    pub response_modes: BTreeSet<ResponseMode>,
    /// Only pushed authorization requests are taken (RFC 9126 section 5).
    pub require_pushed_authorization_requests: bool,
    /// Only authorization requests are taken that their client has signed (RFC 9101 section 10.5).
    pub require_signed_request_object: bool,
    /// A request object must be for this server alone; otherwise it may be for others too (RFC 9101 section 4).
    pub lone_request_object_audience: bool,
    /// A request object must say by `nbf` when its life begins, and live no longer than an hour (FAPI 2.0 Message Signing
    /// section 5.3.1).
    pub bounded_request_objects: bool,
    /// `redirect_uri` must be sent even by a client that has only one.
    pub require_redirect_uri: bool,
    /// What access tokens must be bound to.
    pub sender_constraint: SenderConstraint,
    /// What becomes of a refresh token that is used.
    pub refresh: RefreshRotation,
    /// A public client's refresh token must be bound to a key, beside rotation (OAuth 2.1 section 4.3.1 wants one of
    /// both).
    pub bind_public_refresh_tokens: bool,
    /// The DPoP proof must carry a nonce of the server (RFC 9449 section 8).
    pub require_dpop_nonce: bool,
    /// How old a DPoP proof may be, and how far ahead of the clock.
    pub dpop_window: Duration,
    /// How far the clocks of clients may be ahead or behind.
    pub clock_skew: Duration,
    /// An authorization code lives no longer, whatever the lifetimes say.
    pub longest_code: Duration,
    /// Native applications may use redirect URIs with private-use schemes (RFC 8252 section 7.1).
    pub private_use_schemes: bool,
    /// An error of a client that nobody has looked at is shown to the person instead of being sent on
    /// (RFC 9700 section 4.11.2).
    pub hold_errors_of_unknown_clients: bool,
    /// Clients that are not registered are taken when their identifier is the address of their description
    /// (draft-ietf-oauth-client-id-metadata-document).
    pub client_id_metadata_documents: bool,
    /// Every access token must be for a resource (RFC 8707); a request without one is refused where no default is set.
    pub require_resource: bool,
    /// Whose questions a person may have answered once for all.
    pub remembered_consent: RememberedConsent,
}

/// Whose questions a person may have answered once for all: until they take it back, or it expires. The same question
/// is asked again wherever it cannot be known who asks: of a native application, and of whatever answers on the
/// person's device (RFC 8252 section 8.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RememberedConsent {
    /// Nobody's.
    Never,
    /// Those of clients that the operator knows.
    ForKnownClients,
    /// Also those of clients that nobody has looked at.
    AlsoForUnknownClients,
}

/// How Basic credentials are read: RFC 6749 section 2.3.1 wants form encoding, which many clients leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasicEncoding {
    /// As the standard says.
    FormEncoded,
    /// As the standard says, or, where that does not lead to the secret, as it stands.
    FormEncodedOrRaw,
}

/// What a client assertion may name as its audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer and nothing else (rfc7523bis section 4).
    Issuer,
    /// The issuer, or the address of the endpoint that is asked (RFC 7523 section 3): a malicious server can then get
    /// assertions for this one.
    IssuerOrEndpoint,
}

/// What access tokens must be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderConstraint {
    /// To what the client offers, if it offers anything.
    Offered,
    /// To a DPoP key or a certificate; a request without either is refused.
    Required,
}

/// What becomes of a refresh token that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshRotation {
    /// It is spent, and another takes its place. Within the grace period a second use by the same client gets the very
    /// answer of the first, which it may have lost; after it, a second use kills the family.
    Always {
        /// How long the first answer may be asked for again; zero for not at all.
        grace: Duration,
    },
    /// As above, but a token that is bound to a key or to a confidential client stays what it is (FAPI 2.0 section
    /// 5.3.2.1: rotation adds nothing there).
    UnlessBound {
        /// As above.
        grace: Duration,
    },
}

impl RefreshRotation {
    /// How long the answer to a refresh may be asked for again.
    pub const fn grace(self) -> Duration {
        match self {
            Self::Always { grace } | Self::UnlessBound { grace } => grace,
        }
    }
}

/// A named set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// OAuth 2.1 with the security best current practice (RFC 9700).
    #[default]
    Oauth21,
    /// The FAPI 2.0 Security Profile: confidential clients, pushed requests, bound tokens.
    Fapi2,
    /// The authorization part of the Model Context Protocol.
    Mcp,
    /// RFC 6749 as it is still deployed. For what cannot be changed yet.
    LegacyInsecure,
}

impl Profile {
    /// The rules of the profile.
    pub fn policy(self) -> Policy {
        let base = oauth21();
        match self {
            Self::Oauth21 => base,
            Self::Fapi2 => fapi2(base),
            Self::Mcp => mcp(base),
            Self::LegacyInsecure => legacy(base),
        }
    }
}

fn oauth21() -> Policy {
    use AuthenticationMethod as M;
    use GrantType as G;
    Policy {
        grants: [
            G::AuthorizationCode,
            G::RefreshToken,
            G::ClientCredentials,
            G::DeviceCode,
            G::TokenExchange,
            G::JwtBearer,
            G::OAuth1Migration,
        ]
        .into(),
        authentication_methods: M::ALL.into(),
        signing_algorithms: Algorithm::ASYMMETRIC.into(),
        basic_encoding: BasicEncoding::FormEncoded,
        assertion_audience: AssertionAudience::Issuer,
        dangerously_allow_implicit: false,
        response_modes: ResponseMode::ALL.into(),
        require_pushed_authorization_requests: false,
        require_signed_request_object: false,
        lone_request_object_audience: false,
        bounded_request_objects: false,
        require_redirect_uri: false,
        sender_constraint: SenderConstraint::Offered,
        refresh: RefreshRotation::Always { grace: Duration::from_secs(30) },
        bind_public_refresh_tokens: false,
        require_dpop_nonce: false,
        dpop_window: Duration::from_secs(60),
        clock_skew: Duration::from_secs(10),
        longest_code: Duration::from_secs(600),
        private_use_schemes: true,
        hold_errors_of_unknown_clients: true,
        client_id_metadata_documents: false,
        require_resource: false,
        remembered_consent: RememberedConsent::ForKnownClients,
    }
}

/// FAPI 2.0 Security Profile, final, section 5.3.2.
fn fapi2(base: Policy) -> Policy {
    use AuthenticationMethod as M;
    use ResponseMode as R;
    Policy {
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials].into(),
        authentication_methods: [M::PrivateKeyJwt, M::TlsClientAuth, M::SelfSignedTlsClientAuth].into(),
        signing_algorithms: [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256].into(),
        // In the query or signed (FAPI 2.0 Message Signing section 5.4).
        response_modes: [R::Query, R::QueryJwt, R::FragmentJwt, R::FormPostJwt].into(),
        require_pushed_authorization_requests: true,
        lone_request_object_audience: true,
        bounded_request_objects: true,
        require_redirect_uri: true,
        sender_constraint: SenderConstraint::Required,
        refresh: RefreshRotation::UnlessBound { grace: Duration::from_secs(60) },
        longest_code: Duration::from_secs(60),
        private_use_schemes: false,
        ..base
    }
}

/// Model Context Protocol, authorization, 2026-07-28.
fn mcp(base: Policy) -> Policy {
    Policy { private_use_schemes: false, client_id_metadata_documents: true, require_resource: true, ..base }
}

fn legacy(base: Policy) -> Policy {
    let mut grants = base.grants.clone();
    grants.insert(GrantType::InsecurePassword);
    Policy {
        grants,
        dangerously_allow_implicit: true,
        basic_encoding: BasicEncoding::FormEncodedOrRaw,
        assertion_audience: AssertionAudience::IssuerOrEndpoint,
        hold_errors_of_unknown_clients: false,
        ..base
    }
}

/// A rule that two policies do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the rule.
    pub rule: String,
    /// What it is in the one.
    pub here: Value,
    /// What it is in the other.
    pub there: Value,
}

impl Policy {
    /// The algorithms that verify with a public key.
    pub(super) fn asymmetric(&self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ASYMMETRIC.into_iter().filter(|one| self.signing_algorithms.contains(one))
    }

    /// Every rule that `other` has otherwise.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let rules = |policy| match serde_json::to_value(policy) {
            Ok(Value::Object(rules)) => rules,
            _ => serde_json::Map::new(),
        };
        let mut theirs = rules(other);
        let ours = rules(self).into_iter();
        ours.filter_map(|(rule, here)| {
            let there = theirs.remove(&rule).unwrap_or_default();
            (here != there).then_some(Difference { rule, here, there })
        })
        .collect()
    }
}

//! Who may register, and what such clients may have.

use std::{collections::BTreeSet, time::Duration};

use oauth_sansio::{Digest, Secret};

use crate::{
    Scopes,
    server::{AuthenticationMethod, GrantType, TrustedIssuer},
};

/// Registration is open where [`Config::registration`](crate::server::Config::registration) has one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationPolicy {
    /// Who may register.
    pub registrants: Registrants,
    /// The scopes that such a client may have, and gets when it asks for none in particular.
    pub scopes: Scopes,
    /// The grants that it may have, of those that are served.
    pub grants: BTreeSet<GrantType>,
    /// How it may authenticate, of the methods that are served.
    pub authentication_methods: BTreeSet<AuthenticationMethod>,
    /// How long a registration is good for; each change by its owner renews it. Whoever does not come back is forgotten.
    pub lifetime: Option<Duration>,
    /// A client may look after its registration (RFC 7592).
    pub management: bool,
    /// Whose software statements are believed (RFC 7591 section 2.3).
    pub statement_issuers: Vec<TrustedIssuer>,
    /// Nobody registers without a software statement.
    pub require_statement: bool,
}

/// Who may register (RFC 7591 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registrants {
    /// Anybody. How many, and how fast, a hook of the driver decides.
    Anybody,
    /// Whoever has one of these tokens, which the operator has given out.
    WithToken(Vec<Digest>),
}

impl Registrants {
    /// Whoever has one of these tokens. Only digests of them are kept.
    pub fn with_tokens(tokens: impl IntoIterator<Item = Secret>) -> Self {
        Self::WithToken(tokens.into_iter().map(|token| super::kept(&token)).collect())
    }
}

impl RegistrationPolicy {
    /// For applications that act for people: codes and refresh tokens for these scopes, public or with a secret or keys, for
    /// anybody; a registration lasts for 180 days.
    pub fn for_applications(scopes: Scopes) -> Self {
        use AuthenticationMethod as M;
        Self {
            registrants: Registrants::Anybody,
            scopes,
            grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
            authentication_methods: [M::None, M::ClientSecretBasic, M::ClientSecretPost, M::PrivateKeyJwt]
                .into(),
            lifetime: Some(Duration::from_secs(180 * 24 * 60 * 60)),
            management: true,
            statement_issuers: Vec::new(),
            require_statement: false,
        }
    }
}

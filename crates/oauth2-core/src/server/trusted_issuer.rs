//! Other servers whose assertions are taken (RFC 7521 section 4.1): who they are, and how much they may say.

use super::ClientKeys;
use crate::{Scopes, jose::Algorithm};

/// A server whose assertions about people are traded for tokens here (RFC 7523 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// Its identifier, as `iss` of its assertions says it, byte for byte.
    pub issuer: String,
    /// Its keys. Where they are is written here: no assertion says so (RFC 8725 section 3.10).
    pub keys: ClientKeys,
    /// The algorithms that it signs with.
    pub algorithms: Vec<Algorithm>,
    /// What its assertions are.
    pub kinds: Kinds,
    /// What its assertions open at most; `None` for all that the client may have.
    pub scopes: Option<Scopes>,
    /// Whom it speaks of.
    pub subjects: Subjects,
}

/// The kinds of assertions that are taken from an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Identity assertions for one client (`oauth-id-jag+jwt`), and no others.
    IdentityAssertion,
    /// Plain assertions of RFC 7523, which any registered client may present, and no others.
    Plain,
    /// Both.
    Both,
}

impl Kinds {
    pub(super) const fn has_plain(self) -> bool {
        matches!(self, Self::Plain | Self::Both)
    }

    pub(super) const fn has_identity_assertions(self) -> bool {
        matches!(self, Self::IdentityAssertion | Self::Both)
    }
}

/// How the people of another server are called here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// By both names: its identifier, `|`, and the subject, so that no issuer can speak of the people of another one, or
    /// of this server's own.
    OfTheIssuer,
    /// By the subject alone: the issuer and this server know the same people by the same names.
    Shared,
}

impl TrustedIssuer {
    /// An issuer of identity assertions about people of its own, signed with any algorithm that the policy allows.
    pub fn new(issuer: impl Into<String>, keys: ClientKeys) -> Self {
        Self {
            issuer: issuer.into(),
            keys,
            algorithms: Algorithm::ASYMMETRIC.to_vec(),
            kinds: Kinds::IdentityAssertion,
            scopes: None,
            subjects: Subjects::OfTheIssuer,
        }
    }

    /// What a subject is called here.
    pub(super) fn name(&self, subject: &str) -> String {
        match self.subjects {
            Subjects::OfTheIssuer => format!("{}|{subject}", self.issuer),
            Subjects::Shared => subject.to_owned(),
        }
    }
}

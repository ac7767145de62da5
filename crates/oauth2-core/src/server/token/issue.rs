//! Making tokens and saying so (RFC 6749 section 5.1).

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use oauth_sansio::{Digest, Entropy, Reply, Secret, Spend, Timestamp, token_of};
use serde::Serialize;

use super::Decision;
use crate::server::{
    Access, Authorization, AuthorizationServer, Batch, Binding, Client, Once, Reason, Record, Refresh,
    ServerKeys, opaque, wire,
};

/// Tokens in the making.
pub(super) struct Tokens<'a> {
    pub(super) server: &'a AuthorizationServer,
    pub(super) client: &'a Client,
    pub(super) now: Timestamp,
    /// What the access token opens.
    pub(super) authorization: Arc<Authorization>,
    /// Whom both tokens work for.
    pub(super) binding: Option<Binding>,
    /// The refresh token beside it.
    pub(super) refresh: Option<NewRefresh>,
}

/// A refresh token in the making.
pub(super) struct NewRefresh {
    /// What was granted in all.
    pub(super) authorization: Arc<Authorization>,
    pub(super) family_expires: Timestamp,
}

/// Where the bits of tokens come from.
#[allow(clippy::large_enum_variant, reason = "it lives as long as one call, on the stack")]
pub(super) enum Source<'a> {
    /// Drawn.
    Drawn(Entropy),
    /// Derived from a refresh token that is replaced, so that whoever lost the answer can be given the same one.
    Derived(Successor<'a>),
}

/// What takes the place of a refresh token that is used at some second.
#[derive(Clone, Copy)]
pub(super) struct Successor<'a> {
    pub(super) keys: &'a ServerKeys,
    pub(super) of: &'a Secret,
    pub(super) at: Timestamp,
}

impl Successor<'_> {
    /// `None` when the server has no key to derive with.
    pub(super) fn token(&self, kind: Kind) -> Option<Secret> {
        let at = self.at.as_unix().to_be_bytes();
        let bytes = self.keys.derive(kind.label(), &[self.of.expose().as_bytes(), &at], self.at)?;
        Some(token_of(&bytes, self.at))
    }
}

/// The two tokens of an answer.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Access,
    Refresh,
}

impl Kind {
    const fn label(self) -> &'static str {
        match self {
            Self::Access => "access token after refresh token",
            Self::Refresh => "refresh token after refresh token",
        }
    }

    /// The token as the client gets it.
    pub(super) fn dress(self, server: &AuthorizationServer, token: &Secret) -> Secret {
        let prefixes = &server.config().prefixes;
        match self {
            Self::Access => opaque::dress(&prefixes.access, token),
            Self::Refresh => opaque::dress(&prefixes.refresh, token),
        }
    }
}

impl Source<'_> {
    fn token(&mut self, kind: Kind, now: Timestamp) -> Option<Secret> {
        match self {
            Self::Drawn(entropy) => Some(entropy.token(now)),
            Self::Derived(successor) => successor.token(kind),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
}

impl Tokens<'_> {
    /// An access token and, if asked for, a refresh token beside it; `spend` is what they are given for.
    pub(super) fn issue(self, spend: Vec<Spend<Once>>, mut source: Source<'_>) -> Decision {
        let Self { server, now, authorization, binding, refresh, .. } = self;
        let lifetimes = server.lifetimes(self.client);
        let mut token = |kind: Kind| Some(kind.dress(server, &source.token(kind, now)?));
        let (Some(access_token), refresh_token) =
            (token(Kind::Access), refresh.as_ref().and_then(|_| token(Kind::Refresh)))
        else {
            return Decision::Answer(wire::token_error(Reason::NoServerKey));
        };
        let mut put = Vec::with_capacity(2);
        if let (Some(token), Some(refresh)) = (&refresh_token, refresh) {
            let NewRefresh { authorization, family_expires } = refresh;
            let expires = now.plus(lifetimes.refresh_idle).min(family_expires);
            let row = Refresh { authorization, binding, issued: now, expires, family_expires };
            put.push(Record::Refresh(Digest::of_token(token.expose()), row.into()));
        }
        let access =
            Access { authorization, binding, claims: None, issued: now, expires: now.plus(lifetimes.access) };
        let reply = answer(&access, &access_token, refresh_token.as_ref(), now);
        put.push(Record::Access(Digest::of_token(access_token.expose()), access.into()));
        Decision::Write(Batch { spend, put, ..Batch::default() }, reply)
    }
}

/// The answer that tells of tokens.
pub(super) fn answer(
    access: &Access,
    access_token: &Secret,
    refresh_token: Option<&Secret>,
    now: Timestamp,
) -> Reply<Reason> {
    let left: Duration = access.expires.since(now);
    let body = Body {
        access_token: access_token.expose(),
        // RFC 9449 section 5; a certificate is shown by the connection, so the token is used like any other
        // (RFC 8705 section 3).
        token_type: match access.binding {
            Some(Binding::Dpop(_)) => "DPoP",
            Some(Binding::Certificate(_)) | None => "Bearer",
        },
        expires_in: left.as_secs(),
        refresh_token: refresh_token.map(Secret::expose),
        scope: access.authorization.scopes.as_str(),
    };
    Reply::granted(wire::json(StatusCode::OK, &body))
}

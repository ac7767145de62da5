//! Making tokens and saying so (RFC 6749 section 5.1).

use http::StatusCode;
use oauth_sansio::{Digest, Entropy, Family, Reply, Secret, Timestamp};
use serde::Serialize;

use crate::{
    Scopes,
    server::{Access, AuthorizationServer, Reason, Record, Refresh, wire},
};

/// Tokens in the making: the rows for the store, and the answer that tells them.
pub(super) struct Issue<'a> {
    pub(super) server: &'a AuthorizationServer,
    pub(super) now: Timestamp,
    pub(super) entropy: Entropy,
    pub(super) client_id: &'a str,
    /// `None`: the client itself.
    pub(super) subject: Option<&'a str>,
    pub(super) family: Family,
}

/// What a refresh token is made with.
pub(super) struct Successor<'a> {
    pub(super) subject: &'a str,
    pub(super) scopes: &'a Scopes,
    pub(super) family_expires: Timestamp,
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

impl Issue<'_> {
    /// An access token with these scopes and, if asked for, a refresh token beside it.
    pub(super) fn tokens(
        mut self,
        scopes: Scopes,
        refresh: Option<Successor<'_>>,
    ) -> (Vec<Record>, Reply<Reason>) {
        let lifetimes = &self.server.config().lifetimes;
        let access_token = self.entropy.token(self.now);
        let refresh_token = refresh.as_ref().map(|_| self.entropy.token(self.now));
        let body = Body {
            access_token: access_token.expose(),
            token_type: "Bearer",
            expires_in: lifetimes.access.as_secs(),
            refresh_token: refresh_token.as_ref().map(Secret::expose),
            scope: scopes.as_str(),
        };
        let reply = Reply::granted(wire::json(StatusCode::OK, &body));
        let mut rows = Vec::with_capacity(2);
        if let (Some(token), Some(refresh)) = (refresh_token, refresh) {
            let idle = self.now.plus(lifetimes.refresh_idle);
            let row = Refresh {
                client_id: self.client_id.to_owned(),
                subject: refresh.subject.to_owned(),
                scopes: refresh.scopes.clone(),
                family: self.family,
                issued: self.now,
                expires: idle.min(refresh.family_expires),
                family_expires: refresh.family_expires,
            };
            rows.push(Record::Refresh(Digest::of_token(token.expose()), row.into()));
        }
        let row = Access {
            client_id: self.client_id.to_owned(),
            subject: self.subject.map(str::to_owned),
            scopes,
            family: self.family,
            issued: self.now,
            expires: self.now.plus(lifetimes.access),
        };
        rows.push(Record::Access(Digest::of_token(access_token.expose()), row.into()));
        (rows, reply)
    }
}

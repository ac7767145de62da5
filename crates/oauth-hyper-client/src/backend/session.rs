//! Sessions of browsers: how they begin, what the page is told of them, how they end.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::SET_COOKIE};
use http_body_util::Full;
use oauth_sansio::{Digest, Secret, Timestamp};
use oauth2_core::client::{Kept, Tokens};

use super::failed::Failed;
use super::{Backend, Session, answer};
use crate::TokenKeeper;

impl Backend {
    /// Tells the page; nothing of it is a secret.
    pub(super) async fn session(&self, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Failed> {
        let now = self.0.http.moment()?.now();
        let told = match self.known(headers, now).await {
            Ok((_, session)) => serde_json::json!({
                "active": true, "expires_in": session.ends.since(now).as_secs(), "person": session.person,
            }),
            Err(Failed::NoSession) => serde_json::json!({ "active": false }),
            Err(failed) => return Err(failed),
        };
        Ok(answer::json(StatusCode::OK, &told))
    }

    /// Begins a session with these tokens, where the application lets the person in; gives its handle, which is new: what a
    /// browser brought from before, or was made to bring, is never the handle of a login.
    pub(super) async fn begin(&self, tokens: Tokens) -> Result<Secret, Failed> {
        let person = match &self.0.whoami {
            None => None,
            Some(whoami) => match whoami.whoami(&tokens).await {
                Some(person) => Some(person),
                None => {
                    self.revoke(&tokens).await;
                    return Err(Failed::TurnedAway);
                }
            },
        };
        let moment = self.0.http.moment()?;
        let now = moment.now();
        let handle = moment.entropy().text();
        let key = Session::key(&self.0.client, &handle);
        self.0.sessions.begin(key, Session { begun: now, ends: self.ends(now, now), person }).await?;
        self.keeper(key, now).start(tokens).await.map_err(Failed::Tokens)?;
        Ok(handle)
    }

    /// Ends the session, and gives the tokens back where the provider takes them (RFC 7009).
    pub(super) async fn logout(&self, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Failed> {
        if let Some(key) = self.session_key(headers)
            && let Some(kept) = self.end(key).await?
        {
            self.revoke(&kept.tokens).await;
        }
        let mut answer = answer::bare(StatusCode::NO_CONTENT);
        answer.headers_mut().extend(self.0.cookies.clear_session().map(|cookie| (SET_COOKIE, cookie)));
        Ok(answer)
    }

    /// The session that a browser has.
    pub(super) async fn known(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<(Digest, Session), Failed> {
        let key = self.session_key(headers).ok_or(Failed::NoSession)?;
        let session = self.0.sessions.find(key).await?.ok_or(Failed::NoSession)?;
        if now >= session.ends {
            self.end(key).await?;
            return Err(Failed::NoSession);
        }
        Ok((key, session))
    }

    /// What the session of a browser would be stored under.
    pub(super) fn session_key(&self, headers: &HeaderMap) -> Option<Digest> {
        self.0.cookies.session(headers).map(|handle| Session::key(&self.0.client, &handle))
    }

    /// When a session ends that is used now: some time later, but not for ever.
    pub(super) fn ends(&self, begun: Timestamp, now: Timestamp) -> Timestamp {
        begun.plus(self.0.absolute).min(now.plus(self.0.idle))
    }

    /// The session is used. It is written down now and then, and not for each request.
    pub(super) async fn used(&self, key: Digest, session: &Session, now: Timestamp) -> Result<(), Failed> {
        let ends = self.ends(session.begun, now);
        if ends.since(session.ends) > self.0.idle / 16 {
            self.0.sessions.prolong(key, ends).await?;
        }
        Ok(())
    }

    pub(super) fn keeper(&self, key: Digest, now: Timestamp) -> TokenKeeper {
        let parts = &*self.0;
        let new = || {
            let (http, store) = (parts.http.clone(), parts.sessions.clone());
            TokenKeeper::new(http, parts.keeper.clone(), store, Session::tokens_name(&key))
        };
        parts.keepers.of(key, now, new)
    }

    /// Ends a session; gives its tokens.
    pub(super) async fn end(&self, key: Digest) -> Result<Option<Kept>, Failed> {
        // A renewal that is under way comes first: what it brings is of this session as well, even if it was not stored.
        let kept = self.keeper(key, self.0.http.moment()?.now()).take().await?;
        self.0.sessions.end(key).await?;
        self.0.keepers.forget(&key);
        Ok(kept)
    }

    /// Gives tokens back that nobody uses any more, whatever becomes of this.
    async fn revoke(&self, tokens: &Tokens) {
        let token = tokens.refresh_token.as_ref().unwrap_or(&tokens.access_token);
        // A provider without an endpoint for it takes none back.
        let Ok(revocation) = self.0.client.revoke(token) else { return };
        if let Err(error) = self.0.http.run(revocation).await {
            tracing::warn!(%error, "tokens that nobody uses any more were not revoked");
        }
    }
}

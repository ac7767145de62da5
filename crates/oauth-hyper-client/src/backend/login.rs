//! There and back: a browser is sent to the provider, and comes back with a code (RFC 6749 section 4.1).

use bytes::Bytes;
use http::{Response, header::SET_COOKIE, request::Parts};
use http_body_util::Full;
use oauth_sansio::form::{Form, Limits};
use oauth2_core::client::unverified_state;

use super::failed::Failed;
use super::{Backend, WaitingLogin, answer, return_to};
use crate::Error;

/// What fits into an address.
const LIMITS: Limits = Limits { bytes: 16 * 1024, parameters: 50, name: 64, value: 8 * 1024 };

impl Backend {
    /// Sends the browser away, with a cookie to know it by.
    pub(super) async fn login(&self, head: &Parts) -> Result<Response<Full<Bytes>>, Failed> {
        let parts = &*self.0;
        let return_to = self.return_to(head.uri.query().unwrap_or_default()).ok_or(Failed::ReturnTo)?;
        let request = (parts.asking)(parts.client.authorize());
        let moment = parts.http.moment()?;
        let (url, pending) = match parts.is_pushed {
            true => {
                let push = request.push(moment).map_err(Error::Exchange)?;
                let (url, pending) = parts.http.run(push).await?;
                (url.into(), pending)
            }
            false => request.start_as_text(moment).map_err(Error::Exchange)?,
        };
        let (handle, state) = (parts.http.moment()?.entropy().text(), pending.state().clone());
        let lifetime = pending.expires().since(pending.created());
        let mut cookies = parts.cookies.clear_excess(&head.headers);
        cookies.extend(parts.cookies.set_login(state.expose(), &handle, lifetime.as_secs()));
        // The browser does not bring the cookie of its session when it comes back.
        let replaces = self.session_key(&head.headers);
        let login = WaitingLogin { pending, return_to, replaces };
        parts.sessions.begin_login(WaitingLogin::key(&handle, state.expose()), login).await?;
        redirect(&url, cookies)
    }

    /// Finishes what this browser began, once, and sends it on to an address without anything in it.
    pub(super) async fn callback(&self, head: &Parts) -> Result<Response<Full<Bytes>>, Failed> {
        let parts = &*self.0;
        let query = head.uri.query().unwrap_or_default();
        let signed = parts.client.signed_answers();
        let state = match signed {
            None => plain_state(query),
            Some(_) => unverified_state(query),
        };
        let state = state.ok_or(Failed::Stranger)?;
        let handle = parts.cookies.login(&head.headers, &state).ok_or(Failed::Stranger)?;
        let now = parts.http.moment()?.now();
        let login = parts.sessions.take_login(WaitingLogin::key(&handle, &state)).await?;
        let WaitingLogin { pending, return_to, replaces } = login.ok_or(Failed::Stranger)?;
        let exchange = match signed {
            None => pending.callback_query(&parts.client, query, now),
            Some(mode) => {
                let keys = parts.http.run(parts.client.server_keys().map_err(Error::Exchange)?).await?;
                pending.signed_parameters(&parts.client, &keys, mode, query, now)
            }
        };
        let exchange = exchange.map_err(|failed| Failed::Callback(failed.error))?;
        let tokens = parts.http.run(exchange).await?;
        let handle = self.begin(tokens).await?;
        if let Some(before) = replaces {
            // Not revoked: where the provider remembers a consent, old and new tokens are of one grant.
            self.end(before).await?;
        }
        redirect(
            &return_to,
            parts.cookies.set_session(&handle).into_iter().chain(parts.cookies.clear_login(&state)),
        )
    }

    /// Where the page goes on: where it asks to, or else at the root.
    fn return_to(&self, query: &str) -> Option<String> {
        let form = Form::parse(query.as_bytes(), &LIMITS).ok()?;
        let asked = form.one("return_to").ok()?.unwrap_or("/");
        let url = return_to::place(&self.0.origin, asked)?;
        // None of our own, where the browser would go round and round.
        (!self.serves(url.path())).then(|| url.into())
    }
}

/// The `state` of an answer that is not signed.
fn plain_state(query: &str) -> Option<String> {
    let form = Form::parse(query.as_bytes(), &LIMITS).ok()?;
    form.one("state").ok()?.map(str::to_owned)
}

fn redirect(
    to: &str,
    cookies: impl IntoIterator<Item = http::HeaderValue>,
) -> Result<Response<Full<Bytes>>, Failed> {
    let mut answer = answer::see_other(to).ok_or(Failed::NotFound)?;
    answer.headers_mut().extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
    Ok(answer)
}

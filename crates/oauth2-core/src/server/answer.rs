//! The answer to an authorization request on its way through the browser (RFC 6749 sections 4.1.2 and 4.1.2.1): in the
//! query, in the fragment (OAuth 2.0 Multiple Response Type Encoding Practices), in a form that the browser posts (OAuth
//! 2.0 Form Post Response Mode); and in each of them as it is or signed (JARM).
//!
//! A refusal travels the way that the answer would have.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Reply, Secret, Timestamp};
use serde_json::{Map, Value};

use super::{
    AuthorizationServer, Batch, Commit, Reason, Requested, ResponseMode, Sign, Step, redirect,
    sign::Continuation, step::Lost, wire,
};
use crate::jose::{Algorithm, Unsigned};

/// How long a signed answer is believed (JARM section 2.1 wants no more than ten minutes).
const LIFETIME: Duration = Duration::from_secs(60);

/// Where an answer goes, and how.
pub(super) struct Destination<'a> {
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) state: Option<&'a str>,
    pub(super) mode: ResponseMode,
    /// What the client wants it signed with, where it is signed; `None` for whatever signs now.
    pub(super) algorithm: Option<Algorithm>,
}

/// What is written before the answer leaves.
pub(super) type First = Option<(Batch, Lost)>;

/// An answer that waits for its signature.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Unsent {
    redirect_uri: String,
    mode: ResponseMode,
    reason: Option<Reason>,
    first: First,
}

/// In the extensions of an answer that the browser must post to the client: what the page that does so is made of. The
/// answer itself has no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPost {
    /// Where the form goes.
    pub action: String,
    /// The origin of that place: the only one that the page may send a form to.
    pub origin: String,
    /// Names and values of its fields. The values come from strangers and go to one client only.
    pub fields: Vec<(&'static str, Secret)>,
}

impl<'a> Destination<'a> {
    /// Where the answer to a request goes that has passed every check.
    pub(super) fn of(client_id: &'a str, requested: &'a Requested) -> Self {
        Self {
            client_id,
            redirect_uri: &requested.redirect_uri,
            state: requested.state.as_deref(),
            mode: requested.response_mode,
            algorithm: requested.response_alg,
        }
    }

    /// Sends a refusal there.
    pub(super) fn refuse(
        &self,
        server: &AuthorizationServer,
        reason: Reason,
        first: First,
        now: Timestamp,
    ) -> Step {
        let description = wire::description(reason);
        let error = [("error", wire::code(reason).as_str()), ("error_description", description.as_str())];
        self.send(server, &error, Some(reason), first, now)
    }

    /// Sends an answer there, when what comes first is written.
    pub(super) fn send(
        &self,
        server: &AuthorizationServer,
        answer: &[(&'static str, &str)],
        reason: Option<Reason>,
        first: First,
        now: Timestamp,
    ) -> Step {
        let state = self.state.map(|state| ("state", state));
        let parameters = answer.iter().copied().chain(state);
        if !self.mode.is_signed() {
            // RFC 9207 section 2
            let parameters: Vec<_> = parameters.chain([("iss", server.issuer())]).collect();
            return after(first, reply(self.redirect_uri, self.mode, &parameters, reason));
        }
        let Some((key_id, algorithm)) = server.config().signing.signing(self.algorithm, now) else {
            return Step::Reply(wire::direct_error(Reason::NoSigningKey, ""));
        };
        let claims = self.claims(server, parameters, now);
        let unsigned = Unsigned::by(key_id, algorithm, None, claims.to_string().as_bytes());
        let key = (key_id.to_owned(), algorithm);
        let unsent = Unsent { redirect_uri: self.redirect_uri.to_owned(), mode: self.mode, reason, first };
        Step::Sign(Sign::new(key, unsigned, Continuation::Answer(unsent)))
    }

    /// JARM section 2.1: the parameters, and by whom, for whom and until when.
    fn claims<'p>(
        &self,
        server: &AuthorizationServer,
        parameters: impl Iterator<Item = (&'static str, &'p str)>,
        now: Timestamp,
    ) -> Value {
        let frame = [
            ("iss", Value::from(server.issuer())),
            ("aud", Value::from(self.client_id)),
            ("exp", Value::from(now.plus(LIFETIME).as_unix())),
        ];
        let parameters = parameters.map(|(name, value)| (name, Value::from(value)));
        let claims: Map<String, Value> =
            frame.into_iter().chain(parameters).map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Object(claims)
    }
}

impl Unsent {
    /// The signature is there: the signed text is the only parameter (JARM section 2.3).
    pub(super) fn signed(self, text: &str) -> Step {
        let Self { redirect_uri, mode, reason, first } = self;
        after(first, reply(&redirect_uri, mode, &[("response", text)], reason))
    }
}

/// Seals a reply behind what is written first.
fn after(first: First, sealed: Box<Reply<Reason>>) -> Step {
    match first {
        Some((batch, lost)) => Step::Commit(Commit::new(batch, sealed, lost)),
        None => Step::Reply(sealed),
    }
}

fn reply(
    redirect_uri: &str,
    mode: ResponseMode,
    parameters: &[(&'static str, &str)],
    reason: Option<Reason>,
) -> Box<Reply<Reason>> {
    let parameters = parameters.iter().copied();
    match mode {
        ResponseMode::Query | ResponseMode::QueryJwt => {
            let mut location = redirect::with_parameters(redirect_uri, parameters);
            // A browser carries the fragment of one URL over to the next, unless that has its own, if only an empty
            // one: what a page had put there must not reach the client (RFC 9700 section 4.1.3).
            location.push('#');
            wire::see_other(location, reason)
        }
        ResponseMode::Fragment | ResponseMode::FragmentJwt => {
            wire::see_other(redirect::with_fragment(redirect_uri, parameters), reason)
        }
        ResponseMode::FormPost | ResponseMode::FormPostJwt => {
            let fields = parameters.map(|(name, value)| (name, Secret::new(value))).collect();
            form_post(redirect_uri, fields, reason)
        }
    }
}

fn form_post(
    redirect_uri: &str,
    fields: Vec<(&'static str, Secret)>,
    reason: Option<Reason>,
) -> Box<Reply<Reason>> {
    let Some((_, origin)) = redirect::place(redirect_uri) else {
        return wire::direct_error(Reason::Unwritable, "");
    };
    let text = "You are on your way back to the application, but there is no page here that leads there.\n";
    let mut response = wire::for_people(Response::new(Bytes::from_static(text.as_bytes())));
    response.extensions_mut().insert(FormPost { action: redirect_uri.to_owned(), origin, fields });
    Box::new(Reply { response, reason })
}

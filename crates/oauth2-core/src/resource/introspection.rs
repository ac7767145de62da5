//! Opaque tokens: the server that issued them is asked (RFC 7662), and may answer with a signature (RFC 9701).

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::ACCEPT};
use oauth_sansio::{Digest, Exchange as _, Moment, Outgoing, Progress, Secret, Timestamp};
use serde_json::Value;

use super::{
    Config, ConfigError, Fetch, Grant, KeySource, Principal, Reason, Step, Verdict,
    fetch::Whose,
    judging::Judging,
    signed::{Verified, bindings, listed, others},
};
use crate::{
    client::{Client, Error},
    document::content_type,
    jose::{Algorithm, ClaimError, Claims, JwkSet, Jws, JwsError, Limits, Typ},
    jwt::Confirmation,
    metadata::check_endpoint,
    server::{FetchError, JsonText},
};

/// A server that is asked about tokens.
#[derive(Clone, Debug)]
pub struct Introspected {
    /// What the API is at that server: a client of its own, by which the question is authenticated.
    pub client: Client,
    /// How the tokens of this server begin, where several are asked. `None` for all that nobody else is asked about.
    pub prefix: Option<String>,
    /// The keys that answers must be signed by; `None` where TLS is enough. What was signed can be kept as evidence.
    pub answers: Option<KeySource>,
}

impl Introspected {
    /// Asks the server of this client about every token, and takes its word.
    pub fn new(client: Client) -> Self {
        Self { client, prefix: None, answers: None }
    }
}

/// Why a server could not tell what a token is. The request is answered with 503: nothing was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum IntrospectionError {
    /// No answer came.
    #[error("the server was not reached: {0}")]
    NoAnswer(#[from] FetchError),
    /// The server refused the question: most likely it does not know this API.
    #[error("the server refuses to tell")]
    Refused,
    /// The answer is none of RFC 7662.
    #[error("the answer is malformed")]
    Malformed,
    /// The answer speaks for another issuer.
    #[error("the answer is of another issuer")]
    Issuer,
    /// The answer is for another API (RFC 9701 section 5).
    #[error("the answer is for somebody else")]
    Audience,
    /// The answer is not signed as it must be.
    #[error("the signature of the answer: {0}")]
    Signature(#[from] JwsError),
    /// The question could not be signed.
    #[error("the question could not be asked")]
    Question,
}

/// A server that is asked, as the configuration has it.
#[derive(Clone, Debug)]
pub(super) struct Source {
    issuer: Arc<str>,
    settings: Introspected,
}

const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The servers of a configuration.
pub(super) fn sources(config: &Config) -> Result<Vec<Source>, ConfigError> {
    let all = config.introspected.iter().map(|settings| {
        let can_be_asked = settings.client.introspect(&Secret::new("")).is_ok();
        match &settings.answers {
            _ if !can_be_asked => Err(ConfigError::Endpoint),
            Some(KeySource::At(url)) if check_endpoint(url, config.transport).is_err() => {
                Err(ConfigError::Endpoint)
            }
            _ => Ok(Source { issuer: settings.client.issuer().into(), settings: settings.clone() }),
        }
    });
    all.collect()
}

impl Source {
    /// Whether it is asked about tokens that begin like this one.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.settings.prefix.as_deref()
    }

    /// What a signed answer tells of a token (RFC 9701 section 5).
    pub(super) fn read_signed(&self, answer: &str, keys: &JwkSet, now: Timestamp) -> Result<Grant, Reason> {
        let wrong = Reason::Introspection;
        let bad = |error: JwsError| wrong(error.into());
        let malformed = |_: ClaimError| wrong(IntrospectionError::Malformed);
        let jws = Jws::parse(answer, &LIMITS).map_err(bad)?;
        jws.expect_typ(&[Typ::Is("token-introspection+jwt")]).map_err(bad)?;
        if !Algorithm::ASYMMETRIC.contains(&jws.header().algorithm) {
            return Err(bad(JwsError::Algorithm));
        }
        let mut claims = Claims::parse(jws.verify_by(keys).map_err(bad)?).map_err(malformed)?;
        if claims.text("iss").map_err(malformed)?.as_deref() != Some(&*self.issuer) {
            return Err(wrong(IntrospectionError::Issuer));
        }
        let audience = claims.audience().map_err(malformed)?;
        if !audience.is_some_and(|audience| audience.names(self.settings.client.client_id())) {
            return Err(wrong(IntrospectionError::Audience));
        }
        match claims.value("token_introspection") {
            Some(told @ Value::Object(_)) => self.read(&told, now),
            _ => Err(wrong(IntrospectionError::Malformed)),
        }
    }

    /// What an answer tells of a token (RFC 7662 section 2.2).
    fn read(&self, told: &Value, now: Timestamp) -> Result<Grant, Reason> {
        let text = told.to_string();
        let malformed = |_| Reason::Introspection(IntrospectionError::Malformed);
        let mut members = Claims::parse(text.as_bytes()).map_err(malformed)?;
        match members.value("active") {
            Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => return Err(Reason::Inactive),
            _ => return Err(Reason::Introspection(IntrospectionError::Malformed)),
        }
        if members.text("iss")?.is_some_and(|issuer| *issuer != *self.issuer) {
            return Err(Reason::Introspection(IntrospectionError::Issuer));
        }
        if members.date("nbf")?.is_some_and(|from| from > now) {
            return Err(Reason::Inactive);
        }
        let expires = members.date("exp")?;
        if expires.is_some_and(|expires| now >= expires) {
            return Err(Reason::Expired);
        }
        let confirmation = Confirmation::of(&mut members)?;
        let kind = members.text("token_type")?.unwrap_or_default();
        // RFC 9449 section 6.2: a key that is not told of cannot be asked for.
        if kind.eq_ignore_ascii_case("DPoP") && confirmation.jkt.is_none() {
            return Err(ClaimError::Missing("cnf").into());
        }
        let client_id = members.text("client_id")?.unwrap_or_default();
        let subject = members.text("sub")?;
        // Nobody in particular cannot have allowed anything.
        if client_id.is_empty() && subject.is_none() {
            return Err(ClaimError::Missing("sub").into());
        }
        Ok(Grant {
            issuer: Some(self.issuer.clone()),
            client_id: client_id.as_ref().into(),
            principal: Principal::of(subject.as_deref(), &client_id),
            scopes: match members.text("scope")? {
                None => Default::default(),
                Some(scope) => scope.parse().map_err(|_| ClaimError::Type("scope"))?,
            },
            audience: members.audience()?.map(listed).unwrap_or_default(),
            details: members.value("authorization_details").as_ref().map(JsonText::of),
            acr: members.text("acr")?.as_deref().map(Into::into),
            auth_time: members.date("auth_time")?,
            family: None,
            bindings: bindings(&confirmation)?,
            issued: members.date("iat")?,
            // RFC 7662 section 2.2: nobody has to tell. What is kept of it ends all the same.
            expires: expires.unwrap_or(Timestamp::from_unix(u64::MAX)),
            claims: others(members),
        })
    }
}

/// Ask the server: send the [`request`](Self::request), then go on with [`answer`](Self::answer).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Ask(Box<Asking>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Asking {
    judging: Judging,
    at: usize,
}

/// Bytes of a signed answer; of its header.
const LIMITS: Limits = Limits { text: 64 * 1024, header: 4 * 1024 };

impl Ask {
    pub(super) fn new(judging: Judging, at: usize) -> Self {
        Self(Box::new(Asking { judging, at }))
    }

    /// The digest of the token, so that a driver may ask about it once however many requests bring it.
    pub fn key(&self) -> &Digest {
        &self.0.judging.key
    }

    /// The question, authenticated as this API.
    ///
    /// # Errors
    /// When it could not be signed.
    pub fn request(&self, moment: Moment) -> Result<Outgoing, Error> {
        let (source, mut question) = self.question()?;
        let mut outgoing = question.request(moment)?;
        if source.settings.answers.is_some() {
            outgoing.request.headers_mut().insert(ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
        }
        Ok(outgoing)
    }

    /// Goes on with the answer, or without one.
    pub fn answer(self, answer: Result<Response<Bytes>, FetchError>, moment: Moment) -> Step {
        let now = moment.now();
        match self.told(answer, moment) {
            Ok(Told::Plain(grant)) => self.0.judging.learned(Ok(Verified::Grant(grant)), now),
            Ok(Told::Signed(KeySource::Fixed(keys), answer)) => {
                let Asking { judging, at } = *self.0;
                let judged = judging.verify(&Whose::Answer(at, answer), &keys, now);
                judging.learned(judged, now)
            }
            Ok(Told::Signed(KeySource::At(url), answer)) => {
                let Asking { judging, at } = *self.0;
                Step::Fetch(Fetch::new(judging, url, Whose::Answer(at, answer)))
            }
            Err(reason) => self.0.judging.learned(Err(reason), now),
        }
    }

    /// Goes on with what somebody else has learnt meanwhile.
    pub fn recalled(self, verdict: Verdict, moment: Moment) -> Step {
        self.0.judging.decided(verdict, moment.now())
    }

    fn question(&self) -> Result<(&Source, crate::client::IntrospectionRequest), Error> {
        let Asking { judging, at } = &*self.0;
        let source = judging.source(*at).ok_or(crate::client::Misuse::NoIntrospectionEndpoint)?;
        Ok((source, source.settings.client.introspect(&Secret::new(judging.token.expose()))?))
    }

    fn told(&self, answer: Result<Response<Bytes>, FetchError>, moment: Moment) -> Result<Told, Reason> {
        let wrong = Reason::Introspection;
        let now = moment.now();
        let answer = answer.map_err(|error| wrong(error.into()))?;
        let (source, question) = self.question().map_err(|_| wrong(IntrospectionError::Question))?;
        if let Some(keys) = source.settings.answers.as_ref().filter(|_| answer.status() == StatusCode::OK) {
            let essence = content_type(answer.headers()).split(';').next().unwrap_or_default();
            let text = str::from_utf8(answer.body()).map_err(|_| wrong(IntrospectionError::Malformed))?;
            // Whoever could leave the signature away could say what he likes.
            return match essence.trim().eq_ignore_ascii_case(MEDIA_TYPE) {
                true => Ok(Told::Signed(keys.clone(), text.to_owned())),
                false => Err(wrong(IntrospectionError::Malformed)),
            };
        }
        match question.response(answer, moment) {
            Ok(Progress::Done(told)) => {
                let mut members = told.members;
                members.insert("active".into(), told.active.into());
                source.read(&members.into(), now).map(Told::Plain)
            }
            Ok(Progress::Again(_) | Progress::Wait(..)) => Err(wrong(IntrospectionError::Malformed)),
            Err(Error::Refused(_)) => Err(wrong(IntrospectionError::Refused)),
            Err(_) => Err(wrong(IntrospectionError::Malformed)),
        }
    }
}

/// An answer that came.
enum Told {
    Plain(Grant),
    Signed(KeySource, String),
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("key", self.key()).finish_non_exhaustive()
    }
}

//! Where it plays: the provider that it stands in, and the application that it is.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use oauth_clock::{Clock, NoEntropy};
use oauth_hyper_client::Client as Http;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Secret};
use oauth2_core::Scopes;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

use super::alter::{Alter, Break};
use super::message::Message;
use super::seen::{MARK, Seen};
use super::story::{Fact, Scene, Step, Story, Wire};
use super::why::{Doubt, Why};

/// How long the provider, which is this process, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A day, by which a wrong clock is wrong.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the application knows.
pub(super) struct Stage {
    /// Where the provider is, as a base for its addresses.
    pub(super) origin: Url,
    pub(super) issuer: String,
    /// The application's secret, for both protocols.
    pub(super) secret: Secret,
    /// That of the API, which asks about tokens.
    pub(super) api_secret: Secret,
    /// What it asks for.
    pub(super) scopes: Scopes,
    /// The same of OAuth 1; `None` where the provider does not speak it.
    pub(super) realm: Option<String>,
    pub(super) http: Http,
    pub(super) seen: Seen,
    pub(super) clock: Arc<dyn Clock>,
}

/// A message that was answered.
pub(super) struct Sent {
    /// As the application made it.
    pub(super) made: Request<Bytes>,
    /// As it arrived: with what was done to it, and with what HTTP adds.
    pub(super) arrived: Request<Bytes>,
    pub(super) answer: Response<Bytes>,
    pub(super) why: Option<Why>,
}

/// What is to be told of a message besides itself.
pub(super) type Facts<'a> = &'a (dyn Fn(&Sent) -> Vec<Fact> + Sync);

impl Stage {
    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(path);
        url
    }

    pub(super) fn moment(&self) -> Result<Moment, NoEntropy> {
        self.clock.moment()
    }

    /// Plays an exchange to its end: each message is sent, each answer read, both are told. Gives what came of it.
    pub(super) async fn play<E>(
        &self,
        story: &mut Story,
        scene: &'static Scene,
        mut exchange: E,
        broken: Option<&Break>,
        facts: Facts<'_>,
    ) -> Result<Option<E::Done>, NoEntropy>
    where
        E: Exchange<Error: Doubt>,
    {
        let alter = broken.map(|broken| broken.alter);
        loop {
            let moment = match alter {
                Some(Alter::Yesterday) => {
                    let moment = self.moment()?;
                    Moment::new(moment.now().minus(DAY), moment.entropy().bytes())
                }
                _ => self.moment()?,
            };
            let outgoing = match exchange.request(moment) {
                Ok(outgoing) => outgoing,
                Err(error) => {
                    story.push(doubted(Step::new(scene), &error));
                    return Ok(None);
                }
            };
            let again = (alter == Some(Alter::Again)).then(|| copy(&outgoing));
            let Some((step, sent)) = self.send(scene, outgoing, alter, facts).await? else {
                story.push(Step::new(scene).refused(scene.from, Wire::default(), None, NO_ANSWER));
                return Ok(None);
            };
            let answered = exchange.response(sent.answer, self.moment()?);
            let is_marked = broken.filter(|_| again.is_none()).map(|broken| broken.words);
            let mut step = Step { broken: is_marked, ..step };
            // What the other side took and the sender does not.
            if let (Err(error), None) = (&answered, &step.refusal) {
                step = doubted(step, error);
            }
            story.push(step);
            if let Some(outgoing) = again
                && let Some((step, _)) = self.send(scene, outgoing, None, facts).await?
            {
                story.push(Step { broken: broken.map(|broken| broken.words), ..step });
            }
            exchange = match answered {
                Ok(Progress::Done(done)) => return Ok(Some(done)),
                Ok(Progress::Again(next)) => next,
                // Nothing here waits.
                Ok(Progress::Wait(..)) | Err(_) => return Ok(None),
            };
        }
    }

    /// Sends one request, over a socket like everybody; `None` when no answer came.
    async fn send(
        &self,
        scene: &'static Scene,
        mut outgoing: Outgoing,
        alter: Option<Alter>,
        facts: Facts<'_>,
    ) -> Result<Option<(Step, Sent)>, NoEntropy> {
        let mark = self.moment()?.entropy().text();
        let made = outgoing.request.clone();
        if let Some(alter) = alter {
            alter.apply(&mut outgoing.request);
        }
        if let Ok(value) = HeaderValue::from_str(mark.expose()) {
            outgoing.request.headers_mut().insert(MARK, value);
        }
        let body = outgoing.request.body().clone();
        let expected = self.seen.expect(&mark);
        let answer = self.http.send(outgoing).await;
        let arrival = expected.arrival();
        let (answer, head) = match (answer, arrival.head) {
            (Ok(answer), Some(head)) => (answer, head),
            (Err(error), _) => {
                tracing::info!(%error, "the playground gets no answer");
                return Ok(None);
            }
            // Somebody else answers at the issuer's address.
            (Ok(_), None) => return Ok(None),
        };
        let sent = Sent { made, arrived: head.map(|()| body), answer, why: arrival.why };
        let mut step = Step::new(scene);
        step.request = Some(Message::request(&sent.arrived));
        step.answer = Some(Message::answer(&sent.answer));
        step.facts = facts(&sent);
        let status = sent.answer.status();
        if sent.why.is_some() || status.is_client_error() || status.is_server_error() {
            step = step.refused(scene.to, wire(&sent.answer), sent.why.as_ref(), unexplained(status));
        }
        Ok(Some((step, sent)))
    }
}

const NO_ANSWER: &str = "The provider cannot be reached at its own address.";

/// What is told of an answer that no core has given.
pub(super) fn unexplained(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            "Too many wrong tries came from this address. It waits for some minutes, as anybody who guesses does \
             (RFC 6819 section 5.1.4.2.3)."
        }
        status => status.canonical_reason().unwrap_or_default(),
    }
}

/// A step that its sender does not let go on.
fn doubted(step: Step, error: &impl Doubt) -> Step {
    let by = step.scene.from;
    step.refused(by, Wire::default(), error.why().as_ref(), &error.to_string())
}

fn copy(outgoing: &Outgoing) -> Outgoing {
    Outgoing { request: outgoing.request.clone(), ..*outgoing }
}

/// What an answer says of an error, in the way of whichever standard it follows.
fn wire(answer: &Response<Bytes>) -> Wire {
    let status = answer.status().as_u16();
    let body = String::from_utf8_lossy(answer.body());
    let challenges = answer.headers().get_all(header::WWW_AUTHENTICATE).iter();
    let challenges = challenges.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(", ");
    let json = serde_json::from_str::<serde_json::Value>(&body).ok();
    let in_body = json.as_ref().and_then(|json| json.get("error")?.as_str());
    // `Bearer realm="…", error="invalid_token"`
    let in_challenge = || challenges.split_once("error=\"")?.1.split('"').next();
    let code = in_body.or_else(in_challenge).unwrap_or_default();
    let text = if in_body.is_some() || challenges.is_empty() { body.trim() } else { &challenges };
    Wire { code: format!("{status} {code}").trim_end().to_owned(), text: text.to_owned() }
}

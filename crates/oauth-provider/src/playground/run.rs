//! One story of one browser: which dance, and how far it is.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use oauth_clock::NoEntropy;
use oauth_sansio::form::{Form, Limits};
use oauth1_core::server as server1;
use oauth2_core::server as server2;

use super::alter::Break;
use super::message::Message;
use super::oauth1::Dance1;
use super::oauth2::Dance2;
use super::stage::{Stage, unexplained};
use super::story::{Check, Lane, Scene, Step, Story, Wire};
use super::why::Why;

/// Which dance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    OAuth2,
    /// OAuth 2 with pushed requests and tokens that are bound to a key.
    OAuth2Bound,
    OAuth1,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::OAuth2, Self::OAuth2Bound, Self::OAuth1];

    /// As it stands in a form.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OAuth2 => "oauth2",
            Self::OAuth2Bound => "oauth2_bound",
            Self::OAuth1 => "oauth1",
        }
    }
}

/// A step that can be made now.
pub(crate) struct Next {
    pub(crate) scene: &'static Scene,
    /// What will happen.
    pub(crate) what: &'static str,
    /// The button.
    pub(crate) go: &'static str,
    pub(crate) breaks: &'static [Break],
}

/// Where the browser goes after a step.
pub(super) enum Then {
    /// To the drawing.
    Stay,
    /// There.
    To(String),
}

/// The application's side of a protocol, step by step.
#[async_trait]
pub(super) trait Dance: Send {
    /// What can be done now; nothing at the end.
    fn next(&self) -> Option<&'static Next>;

    /// Does it, broken or not.
    async fn go_on(
        &mut self,
        stage: &Stage,
        story: &mut Story,
        broken: Option<&'static Break>,
    ) -> Result<Then, NoEntropy>;

    /// The browser is at the provider; the scene of how it came there.
    fn away(&self) -> Option<&'static Scene>;

    /// The browser came back with this address.
    fn back(&mut self, stage: &Stage, story: &mut Story, uri: &Uri) -> Result<(), NoEntropy>;

    /// Where it comes back to.
    fn callback(&self) -> &'static str;
}

/// A story, with the dance that it tells.
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) story: Story,
    dance: Box<dyn Dance>,
    /// What was broken in the address that the browser opens now.
    broken: Option<&'static str>,
}

impl Run {
    pub(super) fn new(kind: Kind) -> Self {
        let dance: Box<dyn Dance> = match kind {
            Kind::OAuth1 => Box::new(Dance1::default()),
            Kind::OAuth2 => Box::new(Dance2::new(false)),
            Kind::OAuth2Bound => Box::new(Dance2::new(true)),
        };
        Self { kind, story: Story::default(), dance, broken: None }
    }

    /// What can be done now. A story that is full goes on no further.
    pub(crate) fn next(&self) -> Option<&'static Next> {
        self.dance.next().filter(|_| !self.story.is_full())
    }

    /// Whether the browser was sent to the provider and has not come back.
    pub(crate) fn is_away(&self) -> bool {
        self.dance.away().is_some()
    }

    pub(super) async fn go_on(&mut self, stage: &Stage, broken: &str) -> Result<Then, NoEntropy> {
        let Some(next) = self.next() else { return Ok(Then::Stay) };
        let broken = next.breaks.iter().find(|one| one.name == broken);
        self.broken = broken.map(|broken| broken.words);
        self.dance.go_on(stage, &mut self.story, broken).await
    }

    /// Whether the address was one that this story waits for.
    pub(super) fn back(&mut self, stage: &Stage, uri: &Uri) -> Result<bool, NoEntropy> {
        let is_own = self.is_away() && uri.path() == self.dance.callback();
        if is_own {
            self.dance.back(stage, &mut self.story, uri)?;
        }
        Ok(is_own)
    }

    /// Tells of a request that the browser made to the provider meanwhile.
    pub(super) fn saw(&mut self, request: &Request<()>, answer: &Response<Bytes>) {
        let Some(scene) = self.dance.away() else { return };
        let status = answer.status();
        let is_first = request.uri().path().ends_with("/authorize");
        let scene = match (request.method().as_str(), status) {
            _ if is_first => scene,
            ("POST", StatusCode::SEE_OTHER | StatusCode::FOUND) => &ANSWERED,
            ("POST", _) => &ASKED_AGAIN,
            (_, StatusCode::SEE_OTHER | StatusCode::FOUND) => &PASSED,
            _ => &PAGE,
        };
        let mut step = Step::new(scene);
        step.request = Some(Message::of_browser(request.method(), request.uri()));
        step.answer = Some(Message::answer(answer));
        step.broken = self.broken.take().filter(|_| is_first);
        let why = Why::of(answer);
        if why.is_some() || status.is_client_error() || status.is_server_error() {
            step = step.refused(Lane::Provider, wire(answer), why.as_ref(), unexplained(status));
        }
        self.story.push(step);
    }
}

/// The status, and the error that the browser is to bring to the application.
fn wire(answer: &Response<Bytes>) -> Wire {
    let status = answer.status().as_u16();
    let location = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    let query = location.and_then(|place| place.split_once('?')).map_or("", |(_, query)| query);
    let form = Form::parse(query.as_bytes(), &Limits::default()).unwrap_or_default();
    match form.one("error") {
        Ok(Some(error)) => Wire { code: format!("{status} {error}"), text: query.to_owned() },
        _ => Wire { code: status.to_string(), text: String::new() },
    }
}

/// What is made sure of at every visit to the pages.
const VISITS: &[Check] = &[Check {
    by: Lane::Provider,
    what: "this browser is the one that began",
    clause: "RFC 9700 section 4.7",
    fails: |why| {
        matches!(why, Why::Server(server2::Reason::OtherBrowser) | Why::Signed(server1::Reason::Browser))
    },
}];

const PAGE: Scene = Scene {
    title: "The provider shows a page",
    note: "",
    clause: "RFC 6749 section 3.1, RFC 5849 section 2.2",
    from: Lane::Browser,
    to: Lane::Provider,
    checks: VISITS,
};

const PASSED: Scene = Scene { title: "The provider knows the answer, and asks nothing", ..PAGE };

const ANSWERED: Scene = Scene {
    title: "The person fills it in",
    note: "",
    clause: "RFC 6749 section 3.1, RFC 5849 section 2.2",
    from: Lane::Browser,
    to: Lane::Provider,
    checks: VISITS,
};

const ASKED_AGAIN: Scene = Scene { title: "The provider asks again", ..ANSWERED };

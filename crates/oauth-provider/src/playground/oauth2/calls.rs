//! What is asked beside the dance: the API, by the application; and the provider, by the API.

use bytes::Bytes;
use http::{Request, Response};
use oauth_clock::NoEntropy;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use oauth2_core::client::{DpopKey, Error, IntrospectionRequest, Misuse, Tokens};
use oauth2_core::resource::{IntrospectionError, Reason};

use super::{Dance2, own_refusal, sent};
use crate::playground::API;
use crate::playground::alter::{Alter, Break};
use crate::playground::stage::Stage;
use crate::playground::story::{Scene, Story};

impl Dance2 {
    /// Sends one request to the API. The tokens may be good for nothing, which is told in the story.
    pub(super) async fn use_token(
        &self,
        stage: &Stage,
        story: &mut Story,
        scene: &'static Scene,
        tokens: &Tokens,
        broken: Option<&Break>,
    ) -> Result<bool, NoEntropy> {
        let call = Call { url: stage.url(API).to_string(), tokens: tokens.clone(), key: self.key.clone() };
        Ok(stage.play(story, scene, call, broken, &sent::facts).await?.is_some())
    }

    /// Has the API ask the provider what a token is; whether it is good for anything.
    pub(super) async fn ask(
        &self,
        stage: &Stage,
        story: &mut Story,
        scene: &'static Scene,
        tokens: &Tokens,
        broken: Option<&Break>,
    ) -> Result<bool, NoEntropy> {
        let token = match (broken, &tokens.refresh_token) {
            (Some(Break { alter: Alter::RefreshToken, .. }), Some(refresh_token)) => refresh_token,
            _ => &tokens.access_token,
        };
        match self.api.as_ref().map(|api| api.introspect(token)) {
            Some(Ok(request)) => {
                Ok(stage.play(story, scene, Question(request), broken, &sent::facts).await?.is_some())
            }
            Some(Err(error)) => {
                story.push(own_refusal(scene, &error));
                Ok(false)
            }
            None => Ok(false),
        }
    }
}

/// One request to the API.
struct Call {
    url: String,
    tokens: Tokens,
    key: Option<DpopKey>,
}

impl Exchange for Call {
    type Done = ();
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.url.parse().map_err(|_| Misuse::NoAddress)?;
        match &self.key {
            Some(key) => key.authorize(&self.tokens, &mut request, moment)?,
            None => self.tokens.authorize(&mut request)?,
        }
        Ok(Outgoing::repeatable(request))
    }

    /// What a refusal says is told by the answer itself.
    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        match response.status().is_success() {
            true => Ok(Progress::Done(())),
            false => Err(Misuse::TokenType.into()),
        }
    }
}

/// The question of an API what a token is. It takes none that is not active.
struct Question(IntrospectionRequest);

impl Exchange for Question {
    type Done = ();
    type Error = Reason;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Reason> {
        self.0.request(moment).map_err(|_| Reason::Introspection(IntrospectionError::Question))
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Reason> {
        match self.0.response(response, moment) {
            Ok(Progress::Done(told)) if told.active => Ok(Progress::Done(())),
            Ok(Progress::Done(_)) => Err(Reason::Inactive),
            Ok(Progress::Again(next)) => Ok(Progress::Again(Self(next))),
            Ok(Progress::Wait(until, next)) => Ok(Progress::Wait(until, Self(next))),
            Err(_) => Err(Reason::Introspection(IntrospectionError::Refused)),
        }
    }
}

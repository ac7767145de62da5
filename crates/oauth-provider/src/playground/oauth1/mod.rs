//! The application's side of OAuth 1.0a, step by step.

mod moves;
mod scenes;
mod signed;

use std::mem;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Uri};
use oauth_clock::NoEntropy;
use oauth_sansio::Secret;
use oauth1_core::client::{Callback, Client, Config, Pending, Provider, TokenCredentials};

use super::alter::{Alter, Break, another_secret, in_query};
use super::message::Message;
use super::run::{Dance, Next, Then};
use super::stage::{Sent, Stage};
use super::story::{Scene, Step, Story};
use super::why::Why;
use super::{API, CLIENT_ID};

/// Where the browser comes back to.
pub(super) const CALLBACK: &str = "/playground/callback/oauth1";

/// What somebody guesses.
const GUESS: &str = "0123456789";

/// How far it is, with what is known there.
#[derive(Default)]
enum At {
    #[default]
    Begun,
    /// There are temporary credentials.
    Asked(Pending),
    /// The browser is at the provider.
    Away(Pending),
    /// It has come back with this address, which nobody has looked at.
    Back(Pending, Uri),
    /// It opens another address than the one it came back with.
    Astray(Pending, Uri, &'static Break),
    /// The address is believed.
    Believed(Pending, Uri),
    Issued(TokenCredentials),
    Over,
}

/// The dance.
#[derive(Default)]
pub(super) struct Dance1(At);

#[async_trait]
impl Dance for Dance1 {
    fn next(&self) -> Option<&'static Next> {
        Some(match self.0 {
            At::Begun => &moves::TO_ASK,
            At::Asked(_) | At::Away(_) | At::Astray(..) => &moves::TO_SEND_AWAY,
            At::Back(..) => &moves::TO_BELIEVE,
            At::Believed(..) => &moves::TO_TRADE,
            At::Issued(_) => &moves::TO_USE,
            At::Over => return None,
        })
    }

    async fn go_on(
        &mut self,
        stage: &Stage,
        story: &mut Story,
        broken: Option<&'static Break>,
    ) -> Result<Then, NoEntropy> {
        let alter = broken.map(|broken| broken.alter);
        let Some(client) = client(stage, alter) else { return Ok(Then::Stay) };
        let secret = client.config().secret.clone();
        let (next, then) = match mem::take(&mut self.0) {
            At::Begun => {
                let asking = client.temporary_credentials(Callback::Uri(stage.url(CALLBACK)));
                let facts = |sent: &Sent| signed::facts(stage, sent, &secret, None);
                let asked = stage.play(story, &scenes::TEMPORARY, asking, broken, &facts).await?;
                (asked.map_or(At::Begun, At::Asked), Then::Stay)
            }
            At::Asked(pending) | At::Away(pending) | At::Astray(pending, ..) => {
                let mut url = pending.authorization_url(&client).to_string();
                if let (Some(Alter::Query(name, to)), Ok(uri)) = (alter, url.parse()) {
                    url = in_query(&uri, name, to).map_or(url, |uri| uri.to_string());
                }
                (At::Away(pending), Then::To(url))
            }
            At::Back(pending, uri) => match broken {
                Some(one @ Break { alter: Alter::Query(name, to), .. }) => {
                    let place = in_query(&uri, name, *to).unwrap_or_else(|| uri.clone()).to_string();
                    (At::Astray(pending, uri, one), Then::To(place))
                }
                _ => {
                    let believed = believe(story, Step::new(&scenes::BELIEVED), &client, &pending, &uri);
                    (if believed { At::Believed(pending, uri) } else { At::Begun }, Then::Stay)
                }
            },
            At::Believed(pending, uri) => {
                let token_secret = kept_secret(&pending);
                let facts = |sent: &Sent| signed::facts(stage, sent, &secret, token_secret.as_ref());
                let exchange = match alter {
                    Some(Alter::Verifier) => Ok(pending.verifier(&client, GUESS)),
                    _ => pending.callback(&client, &uri),
                };
                let token = match exchange {
                    Ok(exchange) => stage.play(story, &scenes::TOKEN, exchange, broken, &facts).await?,
                    Err(_) => None,
                };
                let next = match token {
                    Some(token) => At::Issued(token),
                    None if broken.is_some() => At::Believed(pending, uri),
                    None => At::Begun,
                };
                (next, Then::Stay)
            }
            At::Issued(token) => {
                let used = match alter {
                    Some(Alter::TokenSecret) => {
                        TokenCredentials { secret: another_secret(&token.secret), ..token.clone() }
                    }
                    _ => token.clone(),
                };
                let facts = |sent: &Sent| signed::facts(stage, sent, &secret, Some(&used.secret));
                let mut request = Request::new(Bytes::new());
                if let Ok(uri) = format!("{}?size=original", stage.url(API)).parse() {
                    *request.uri_mut() = uri;
                }
                let call = client.request(request, Some(&used));
                let answer = stage.play(story, &scenes::API, call, broken, &facts).await?;
                let next = match answer {
                    _ if broken.is_some() => At::Issued(token),
                    Some(answer) if answer.status().is_success() => At::Over,
                    _ => At::Begun,
                };
                (next, Then::Stay)
            }
            At::Over => (At::Over, Then::Stay),
        };
        self.0 = next;
        Ok(then)
    }

    fn away(&self) -> Option<&'static Scene> {
        matches!(self.0, At::Away(_) | At::Astray(..)).then_some(&scenes::AUTHORIZE)
    }

    fn back(&mut self, stage: &Stage, story: &mut Story, uri: &Uri) -> Result<(), NoEntropy> {
        let Some(client) = client(stage, None) else { return Ok(()) };
        self.0 = match mem::take(&mut self.0) {
            At::Away(pending) => {
                let mut step = Step::new(&scenes::CALLBACK);
                step.request = Some(Message::of_browser(&http::Method::GET, uri));
                story.push(step);
                At::Back(pending, uri.clone())
            }
            At::Astray(pending, right, broken) => {
                let mut step = Step::new(&scenes::ASTRAY);
                step.request = Some(Message::of_browser(&http::Method::GET, uri));
                step.broken = Some(broken.words);
                // A callback that is refused uses nothing up: the right one may still come.
                match believe(story, step, &client, &pending, uri) {
                    true => At::Believed(pending, right),
                    false => At::Back(pending, right),
                }
            }
            other => other,
        };
        Ok(())
    }

    fn callback(&self) -> &'static str {
        CALLBACK
    }
}

/// The application, or one with a wrong secret.
fn client(stage: &Stage, alter: Option<Alter>) -> Option<Client> {
    let url = |path| stage.url(path);
    let mut provider = Provider::new(url("/oauth1/initiate"), url("/oauth1/authorize"), url("/oauth1/token"));
    provider.realm = stage.realm.clone();
    let secret = match alter {
        Some(Alter::ClientSecret) => another_secret(&stage.secret),
        _ => stage.secret.clone(),
    };
    let config = Config::new(CLIENT_ID, secret, provider);
    Client::new(Config { allow_insecure_loopback: true, ..config }).ok()
}

/// Whether the application believes what came back.
fn believe(story: &mut Story, step: Step, client: &Client, pending: &Pending, uri: &Uri) -> bool {
    let believed = pending.callback(client, uri);
    story.push(match &believed {
        Ok(_) => step,
        Err(error) => {
            let why = Why::Callback1(error.clone());
            step.doubted(Some(&why), "")
        }
    });
    believed.is_ok()
}

/// The secret of temporary credentials, as the application keeps it in the session.
fn kept_secret(pending: &Pending) -> Option<Secret> {
    let kept = serde_json::to_value(pending).ok()?;
    Some(kept.get("secret")?.as_str()?.into())
}

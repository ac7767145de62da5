//! The application's side of OAuth 2, step by step.

mod calls;
mod moves;
mod scenes;
mod sent;

use std::mem;

use async_trait::async_trait;
use http::Uri;
use oauth_clock::NoEntropy;
use oauth2_core::client::{
    Client, ClientAuthentication, Config, Discovery, DpopKey, Error, Misuse, Pending, Server, Tokens,
};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::{AuthorizationServerMetadata, Transport};
use oauth2_core::pkce::Verifier;

use super::alter::{Alter, Break, in_query};
use super::message::Message;
use super::run::{Dance, Next, Then};
use super::stage::Stage;
use super::story::{Fact, Scene, Step, Story};
use super::why::Why;
use super::{API_CLIENT_ID, CLIENT_ID};

/// Where the browser comes back to.
pub(super) const CALLBACK: &str = "/playground/callback/oauth2";

/// How far it is, with what is known there.
#[derive(Default)]
enum At {
    #[default]
    Begun,
    /// The provider has told of itself.
    Known(Client),
    /// The browser is at the provider.
    Away(Client, Pending),
    /// It has come back with this address, which nobody has looked at.
    Back(Client, Pending, Uri),
    /// It opens another address than the one it came back with.
    Astray(Client, Pending, Uri, &'static Break),
    /// The address is believed.
    Believed(Client, Pending, Uri),
    Issued(Client, Tokens),
    Used(Client, Tokens),
    Renewed(Client, Tokens),
    /// The API has asked about the token.
    Asked(Client, Tokens),
    /// The tokens were given back.
    Revoked(Tokens),
    /// The API has seen that.
    Dead(Tokens),
    Over,
}

/// The dance.
#[derive(Default)]
pub(super) struct Dance2 {
    at: At,
    /// Pushes its requests, and binds its tokens to a key.
    bound: bool,
    key: Option<DpopKey>,
    /// What the API is at the provider.
    api: Option<Client>,
}

impl Dance2 {
    pub(super) fn new(bound: bool) -> Self {
        Self { bound, ..Self::default() }
    }

    fn client(&mut self, stage: &Stage, metadata: &AuthorizationServerMetadata) -> Result<Client, Error> {
        let server = Server::from_metadata(metadata, Transport::HttpsOrInsecureLoopback)?;
        let mut api = Config::new(server.clone(), API_CLIENT_ID);
        api.authentication = ClientAuthentication::SecretBasic(stage.api_secret.clone());
        self.api = Some(Client::new(api)?);
        let mut config = Config::new(server, CLIENT_ID);
        config.authentication = ClientAuthentication::SecretBasic(stage.secret.clone());
        config.redirect_uri = Some(stage.url(CALLBACK).to_string());
        if self.bound {
            let signer = LocalSigner::generate(Algorithm::Es256, "").map_err(|_| Misuse::NoKey)?;
            self.key = Some(DpopKey::local(signer).map_err(|_| Misuse::NoKey)?);
            config.dpop = self.key.clone();
        }
        Client::new(config)
    }

    /// Reads what the provider says of itself.
    async fn discover(&mut self, stage: &Stage, story: &mut Story) -> Result<At, NoEntropy> {
        let Ok(discovery) = Discovery::new(&*stage.issuer, Transport::HttpsOrInsecureLoopback) else {
            return Ok(At::Over);
        };
        let metadata = stage.play(story, &scenes::DISCOVERY, discovery, None, &sent::facts).await?;
        Ok(match metadata.map(|metadata| self.client(stage, &metadata)) {
            Some(Ok(client)) => At::Known(client),
            Some(Err(error)) => {
                story.push(own_refusal(&scenes::DISCOVERY, &error));
                At::Over
            }
            None => At::Begun,
        })
    }

    /// Sends the browser to the provider.
    async fn send_away(
        &mut self,
        stage: &Stage,
        story: &mut Story,
        client: Client,
        broken: Option<&'static Break>,
    ) -> Result<(At, Then), NoEntropy> {
        let begins = story.steps().len();
        let asking = client.authorize().scope(stage.scopes.as_str());
        let begun = match self.bound {
            false => asking.start(stage.moment()?),
            true => match asking.push(stage.moment()?) {
                Ok(push) => {
                    let in_push = broken.filter(|broken| matches!(broken.alter, Alter::Form(..)));
                    let pushed = stage.play(story, &scenes::PUSH, push, in_push, &sent::facts).await?;
                    let Some(pushed) = pushed else { return Ok((At::Known(client), Then::Stay)) };
                    Ok(pushed)
                }
                Err(error) => Err(error),
            },
        };
        let (url, pending) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                story.push(own_refusal(&scenes::PREPARED, &error));
                return Ok((At::Over, Then::Stay));
            }
        };
        let mut url = url.to_string();
        if let (Some(Break { alter: Alter::Query(name, to), .. }), Ok(uri)) = (broken, url.parse()) {
            url = in_query(&uri, name, *to).map_or(url, |uri| uri.to_string());
        }
        let mut step = Step::new(&scenes::PREPARED);
        step.facts = prepared(&pending, &url);
        // Only now it is known, and was before anything was pushed.
        story.insert(begins, step);
        Ok((At::Away(client, pending), Then::To(url)))
    }
}

#[async_trait]
impl Dance for Dance2 {
    fn next(&self) -> Option<&'static Next> {
        Some(match self.at {
            At::Begun => &moves::TO_DISCOVER,
            At::Known(_) | At::Away(..) | At::Astray(..) if self.bound => &moves::TO_PUSH,
            At::Known(_) | At::Away(..) | At::Astray(..) => &moves::TO_SEND_AWAY,
            At::Back(..) => &moves::TO_BELIEVE,
            At::Believed(..) if self.bound => &moves::TO_TRADE_BOUND,
            At::Believed(..) => &moves::TO_TRADE,
            At::Issued(..) if self.bound => &moves::TO_PROVE,
            At::Issued(..) => &moves::TO_USE,
            At::Used(..) if self.bound => &moves::TO_RENEW_BOUND,
            At::Used(..) => &moves::TO_RENEW,
            At::Renewed(..) => &moves::TO_ASK,
            At::Asked(..) => &moves::TO_REVOKE,
            At::Revoked(..) if self.bound => &moves::TO_PROVE_DEAD,
            At::Revoked(..) => &moves::TO_USE_DEAD,
            At::Dead(..) => &moves::TO_ASK_DEAD,
            At::Over => return None,
        })
    }

    async fn go_on(
        &mut self,
        stage: &Stage,
        story: &mut Story,
        broken: Option<&'static Break>,
    ) -> Result<Then, NoEntropy> {
        let Some(Next { scene, .. }) = self.next() else { return Ok(Then::Stay) };
        // What did not go well is tried again from where it began, if it was broken on purpose; if not, it is asked for anew.
        let (next, then) = match mem::take(&mut self.at) {
            At::Begun => (self.discover(stage, story).await?, Then::Stay),
            At::Known(client) | At::Away(client, _) | At::Astray(client, ..) => {
                self.send_away(stage, story, client, broken).await?
            }
            At::Back(client, pending, uri) => match broken {
                Some(one @ Break { alter: Alter::Query(name, to), .. }) => {
                    let place = in_query(&uri, name, *to).unwrap_or_else(|| uri.clone()).to_string();
                    (At::Astray(client, pending, uri, one), Then::To(place))
                }
                _ => {
                    let step = Step::new(&scenes::BELIEVED);
                    (believe(stage, story, step, client, pending, &uri, None)?, Then::Stay)
                }
            },
            At::Believed(client, pending, uri) => {
                let next = match trade(stage, story, scene, &client, &pending, &uri, broken).await? {
                    Some(tokens) => At::Issued(client, tokens),
                    None if broken.is_some() => At::Believed(client, pending, uri),
                    None => At::Known(client),
                };
                (next, Then::Stay)
            }
            At::Issued(client, tokens) => {
                let next = match self.use_token(stage, story, scene, &tokens, broken).await? {
                    true => At::Used(client, tokens),
                    false if broken.is_some() => At::Issued(client, tokens),
                    false => At::Known(client),
                };
                (next, Then::Stay)
            }
            At::Used(client, tokens) => {
                let next = match renew(stage, story, scene, &client, &tokens, broken).await? {
                    Some(tokens) => At::Renewed(client, tokens),
                    None if broken.is_some() => At::Used(client, tokens),
                    None => At::Known(client),
                };
                (next, Then::Stay)
            }
            At::Renewed(client, tokens) => {
                let next = match self.ask(stage, story, scene, &tokens, broken).await? {
                    true => At::Asked(client, tokens),
                    false if broken.is_some() => At::Renewed(client, tokens),
                    false => At::Known(client),
                };
                (next, Then::Stay)
            }
            At::Asked(client, tokens) => {
                give_back(stage, story, &client, &tokens).await?;
                (At::Revoked(tokens), Then::Stay)
            }
            At::Revoked(tokens) => {
                self.use_token(stage, story, scene, &tokens, None).await?;
                (At::Dead(tokens), Then::Stay)
            }
            At::Dead(tokens) => {
                self.ask(stage, story, scene, &tokens, None).await?;
                (At::Over, Then::Stay)
            }
            At::Over => (At::Over, Then::Stay),
        };
        self.at = next;
        Ok(then)
    }

    fn away(&self) -> Option<&'static Scene> {
        let is_away = matches!(self.at, At::Away(..) | At::Astray(..));
        is_away.then_some(if self.bound { &scenes::PUSHED } else { &scenes::AUTHORIZE })
    }

    fn back(&mut self, stage: &Stage, story: &mut Story, uri: &Uri) -> Result<(), NoEntropy> {
        self.at = match mem::take(&mut self.at) {
            At::Away(client, pending) => {
                let mut step = Step::new(&scenes::CALLBACK);
                step.request = Some(Message::of_browser(&http::Method::GET, uri));
                story.push(step);
                At::Back(client, pending, uri.clone())
            }
            At::Astray(client, pending, right, broken) => {
                let mut step = Step::new(&scenes::ASTRAY);
                step.request = Some(Message::of_browser(&http::Method::GET, uri));
                step.broken = Some(broken.words);
                match believe(stage, story, step, client, pending, uri, Some(&right))? {
                    At::Believed(client, pending, _) => At::Believed(client, pending, right),
                    other => other,
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

/// The application looks at what came back. `right` is the address that may still be good.
fn believe(
    stage: &Stage,
    story: &mut Story,
    step: Step,
    client: Client,
    pending: Pending,
    uri: &Uri,
    right: Option<&Uri>,
) -> Result<At, NoEntropy> {
    let now = stage.moment()?.now();
    Ok(match pending.clone().callback(&client, uri, now) {
        Ok(_) => {
            story.push(step);
            At::Believed(client, pending, uri.clone())
        }
        Err(failed) => {
            let why = match &failed.error {
                Error::Callback(error) => Some(Why::Callback2(*error)),
                Error::Refused(refusal) => Some(Why::Told(refusal.clone())),
                _ => None,
            };
            story.push(step.doubted(why.as_ref(), &failed.error.to_string()));
            match (failed.pending, right) {
                // Anybody could have forged it: the right one may still come.
                (Some(pending), Some(right)) => At::Back(client, *pending, right.clone()),
                _ => At::Known(client),
            }
        }
    })
}

/// The application trades its code. What the callback brought was believed before.
async fn trade(
    stage: &Stage,
    story: &mut Story,
    scene: &'static Scene,
    client: &Client,
    pending: &Pending,
    uri: &Uri,
    broken: Option<&Break>,
) -> Result<Option<Tokens>, NoEntropy> {
    match pending.clone().callback(client, uri, stage.moment()?.now()) {
        Ok(exchange) => stage.play(story, scene, exchange, broken, &sent::facts).await,
        // It is too late now.
        Err(failed) => {
            story.push(own_refusal(scene, &failed.error));
            Ok(None)
        }
    }
}

/// The application renews its tokens, if it was given something to renew them with.
async fn renew(
    stage: &Stage,
    story: &mut Story,
    scene: &'static Scene,
    client: &Client,
    tokens: &Tokens,
    broken: Option<&Break>,
) -> Result<Option<Tokens>, NoEntropy> {
    match &tokens.refresh_token {
        Some(token) => stage.play(story, scene, client.refresh(token), broken, &sent::facts).await,
        None => Ok(Some(tokens.clone())),
    }
}

/// The application gives back what all of it grew from.
async fn give_back(
    stage: &Stage,
    story: &mut Story,
    client: &Client,
    tokens: &Tokens,
) -> Result<(), NoEntropy> {
    match client.revoke(tokens.refresh_token.as_ref().unwrap_or(&tokens.access_token)) {
        Ok(revocation) => {
            stage.play(story, &scenes::REVOKE, revocation, None, &sent::facts).await?;
        }
        Err(error) => story.push(own_refusal(&scenes::REVOKE, &error)),
    }
    Ok(())
}

/// The application does not even try.
fn own_refusal(scene: &'static Scene, error: &Error) -> Step {
    Step::new(scene).doubted(None, &error.to_string())
}

/// What was drawn by lot, and what the browser carries of it.
fn prepared(pending: &Pending, url: &str) -> Vec<Fact> {
    let mut facts = vec![Fact::new("state", pending.state().expose())];
    // As the application keeps it in the session.
    let kept = serde_json::to_value(pending).ok();
    let verifier = kept.as_ref().and_then(|kept| kept.get("verifier")?.as_str());
    if let Some(verifier) = verifier.and_then(|verifier| Verifier::parse(verifier).ok()) {
        facts.push(Fact::new("code_verifier", verifier.expose()));
        facts.push(Fact::new(sent::CHALLENGE, verifier.challenge().to_string()));
    }
    // One parameter a line.
    facts.push(Fact::new(scenes::ADDRESS, url.replacen('?', "\n?", 1).replace('&', "\n&")));
    facts
}

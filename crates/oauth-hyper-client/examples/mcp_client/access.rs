//! How the application is granted access: who is asked, as whom, and for what.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::{Client as Http, Loopback};
use oauth2_core::client::mcp::{Application, Credentials, Introduced, Introduction};
use oauth2_core::client::{
    Challenged, Client, ClientDocument, ClientMetadata, Config, DpopKey, Keeper, Kept, Leniency,
    ResourceDiscovery, Server, TokenExchange, Trade, Wants,
};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::Transport;

use crate::{Context, Result};

/// For servers on this machine; a program that talks to strangers' servers would take `Https` and a `GuardedClient`.
const TRANSPORT: Transport = Transport::HttpsOrInsecureLoopback;

/// Times that access is asked for before the server is given up.
const MOST: usize = 3;

/// The application at one server.
pub(crate) struct Access {
    server: String,
    context: Context,
    /// Where the description of the application is.
    document: String,
    is_headless: bool,
    key: Option<DpopKey>,
    /// As whom it is known, by issuer.
    credentials: Vec<Credentials>,
    /// What it is granted now.
    granted: Option<(Introduced, Keeper, Kept)>,
    times: usize,
}

impl Access {
    pub(crate) fn new(server: &str, context: Context, document: &str, is_headless: bool) -> Result<Self> {
        let key = match context.is_bound {
            true => Some(DpopKey::local(LocalSigner::generate(Algorithm::Es256, "")?)?),
            false => None,
        };
        let (server, document) = (server.to_owned(), document.to_owned());
        let credentials = Vec::new();
        Ok(Self { server, context, document, is_headless, key, credentials, granted: None, times: 0 })
    }

    /// Puts the token into a request, if there is one yet.
    pub(crate) fn authorize(&self, request: &mut Request<Bytes>) -> Result<()> {
        if let Some((_, keeper, kept)) = &self.granted {
            keeper.authorize(kept, request, SystemClock.moment()?)?;
        }
        Ok(())
    }

    /// Does what the server wants that turned a request away; whether the request may be sent once more.
    pub(crate) async fn satisfy(&mut self, http: &Http, challenged: &Challenged) -> Result<bool> {
        if self.times == MOST {
            return Ok(false);
        }
        self.times += 1;
        match challenged.wants {
            Wants::Scope => {
                let Some((introduced, ..)) = &mut self.granted else { return Ok(false) };
                introduced.wanting(challenged)?;
                let (introduced, redirect_uri) = (introduced.clone(), self.redirect_uri().await?);
                self.grant(http, introduced, redirect_uri).await?;
            }
            Wants::Token | Wants::OtherToken => {
                let redirect_uri = self.redirect_uri().await?;
                let introduced = self.introduce(http, challenged, &redirect_uri.0).await?;
                if let Some(registered) = &introduced.registered {
                    self.credentials.push(Credentials::Registered(Box::new(registered.clone())));
                }
                self.grant(http, introduced, redirect_uri).await?;
            }
            // The nonce was learned with the answer.
            Wants::Nonce => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(crate) fn learn(&self, uri: &Uri, headers: &http::HeaderMap) {
        if let Some(key) = &self.key {
            key.learn(uri, headers);
        }
    }

    /// Finds out whom the server trusts, and becomes a client there.
    async fn introduce(
        &self,
        http: &Http,
        challenged: &Challenged,
        redirect_uri: &str,
    ) -> Result<Introduced> {
        let Context { client_id, issuer, client_secret, key, .. } = &self.context;
        let mut credentials = self.credentials.clone();
        if let Some(client_id) = client_id {
            let issuer = match issuer {
                Some(issuer) => issuer.clone(),
                // Whoever gave the credentials did not say where they are of: a person would be asked.
                None => self.trusted(http).await?,
            };
            credentials.push(Credentials::Given {
                issuer,
                client_id: client_id.clone(),
                client_secret: client_secret.clone(),
                redirect_uri: Some(redirect_uri.to_owned()),
            });
        }
        let metadata = ClientMetadata::for_application("An example of a client", [redirect_uri]);
        let document = ClientDocument::new(&self.document, metadata.clone())?;
        let application =
            Application { credentials, document: Some(document), metadata: Some(metadata), key: key.clone() };
        let introduction = Introduction::new(&self.server, application, TRANSPORT)?.challenged(challenged)?;
        // What is registered by strangers' software is read as it comes.
        let introduction = introduction.leniency(Leniency::Lenient);
        let introduction = match self.context.is_old {
            true => introduction.dangerously_accept_silence(),
            false => introduction,
        };
        Ok(http.run(introduction).await?)
    }

    /// The authorization server that this server trusts.
    async fn trusted(&self, http: &Http) -> Result<String> {
        let found = http.run(ResourceDiscovery::new(&self.server, TRANSPORT)?).await?;
        Ok(found.authorization_servers.into_iter().next().ok_or("the server trusts nobody")?)
    }

    /// Gets tokens, in the way that the application has.
    async fn grant(
        &mut self,
        http: &Http,
        introduced: Introduced,
        back: (String, Option<Loopback>),
    ) -> Result<()> {
        let (redirect_uri, loopback) = back;
        let mut config = introduced.config.clone();
        config.redirect_uri = Some(redirect_uri);
        config.dpop = self.key.clone();
        let client = Client::new(config)?;
        let resource = introduced.resource.resource.as_str();
        let scope = &introduced.scope;
        let Context { is_machine, workload, enterprise, .. } = &self.context;
        let exchange = match (workload, enterprise) {
            (Some(workload), _) => client.assertion(workload, scope).with_resource(resource)?,
            (_, Some((endpoint, client_id, id_token))) => {
                // Enterprise-managed authorization: the enterprise says who the person is.
                let enterprise = Server::new(endpoint, None, endpoint, TRANSPORT)?;
                let trade = Trade {
                    subject: (id_token, "urn:ietf:params:oauth:token-type:id_token"),
                    requested: Some("urn:ietf:params:oauth:token-type:id-jag"),
                    audiences: &[client.issuer()],
                    resources: &[resource],
                    scope: scope.clone(),
                    ..Trade::of(id_token)
                };
                let there = Client::new(Config::new(enterprise, client_id))?;
                let grant = http.run(there.trade(&trade)).await?;
                client.assertion(&grant.access_token, scope).with_resource(resource)?
            }
            _ if *is_machine => client.client_credentials(scope)?.with_resource(resource)?,
            _ => self.ask(http, &introduced, &client, loopback).await?,
        };
        let tokens = http.run(exchange).await?;
        let keeper = Keeper::new(client).resource(resource)?;
        let kept = keeper.keep(tokens, SystemClock.moment()?.now()).saved();
        self.granted = Some((introduced, keeper, kept));
        Ok(())
    }

    /// Sends a person to the authorization server, and waits.
    async fn ask(
        &self,
        http: &Http,
        introduced: &Introduced,
        client: &Client,
        loopback: Option<Loopback>,
    ) -> Result<TokenExchange> {
        let (url, pending) = introduced.ask(client).start(SystemClock.moment()?)?;
        match loopback {
            Some(loopback) => {
                eprintln!("Please open {url}");
                Ok(loopback.finish(http, client, pending, Duration::from_secs(300)).await?)
            }
            None => {
                let request = Request::get(url.as_str()).body(Bytes::new())?;
                let sent_back = http.send(oauth_sansio::Outgoing::once(request)).await?;
                let location = sent_back.headers().get("location").ok_or("nobody was sent back")?;
                let uri: Uri = location.to_str()?.parse()?;
                Ok(pending.callback(client, &uri, SystemClock.moment()?.now())?)
            }
        }
    }

    /// Where the browser comes back to.
    async fn redirect_uri(&self) -> Result<(String, Option<Loopback>)> {
        if self.is_headless {
            return Ok(("http://127.0.0.1:3000/callback".to_owned(), None));
        }
        let loopback = Loopback::bind().await?;
        Ok((loopback.redirect_uri().to_owned(), Some(loopback)))
    }
}

//! From a server's address to a client of the authorization server that it trusts.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use url::Url;

use super::{
    Application,
    credentials::Way,
    places::{path_only, places, speaks_for},
};
use crate::{
    DocumentError, Scopes,
    client::{
        AuthorizationRequest, Challenged, Client, Config, Discovery, Error, Leniency, Misuse, Registered,
        Registration, Server,
        discovery::{Found, Places, document},
    },
    metadata::{AuthorizationServerMetadata, MetadataError, ProtectedResourceMetadata, Transport, endpoint},
};

/// An application and a server that have never met: finds out whom the server trusts and makes the application a client there.
#[must_use]
#[derive(Debug)]
pub struct Introduction {
    settings: Settings,
    step: Step,
}

#[derive(Debug)]
struct Settings {
    server: Url,
    application: Application,
    transport: Transport,
    leniency: Leniency,
    /// The scope that was challenged for.
    challenged: Option<Scopes>,
    accept_silence: bool,
}

#[derive(Debug)]
enum Step {
    /// Asking the server whom it trusts.
    Resource(Places),
    /// Asking that one what it serves.
    Server(Discovery, ProtectedResourceMetadata),
    /// Asking it to know the application.
    Register(Box<(Registration, Server, AuthorizationServerMetadata)>, ProtectedResourceMetadata),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Introduced {
    /// What the server says of itself. Its identifier is what tokens are asked for.
    pub resource: ProtectedResourceMetadata,
    /// What the authorization server says of itself.
    pub metadata: AuthorizationServerMetadata,
    /// The client that the application is there. Its redirect URI is the first that was registered.
    pub config: Config,
    /// The registration, when there is a new one: keep it, for this issuer and no other.
    pub registered: Option<Registered>,
    /// What to ask for: what was challenged for, or else all that the server names, or else nothing; and to come back
    /// without the person (`offline_access`) where the authorization server knows that.
    pub scope: Scopes,
}

impl Introduction {
    /// An introduction to the server with this address.
    ///
    /// # Errors
    /// When the address is none, or is not secure.
    pub fn new(server: &str, application: Application, transport: Transport) -> Result<Self, Error> {
        let problem = |problem| MetadataError::Url { member: "resource", problem };
        let server = endpoint(server, transport).map_err(problem)?;
        let step = Step::Resource(places(&server, None, transport)?);
        let leniency = Leniency::Strict;
        let settings =
            Settings { server, application, transport, leniency, challenged: None, accept_silence: false };
        Ok(Self { settings, step })
    }

    /// The server has said where to ask and what for, in a challenge.
    ///
    /// # Errors
    /// When where it says to ask is no address that may be asked.
    pub fn challenged(self, challenged: &Challenged) -> Result<Self, Error> {
        let Settings { server, transport, .. } = &self.settings;
        let step = Step::Resource(places(server, Some(challenged), *transport)?);
        Ok(Self { step, settings: Settings { challenged: challenged.scope.clone(), ..self.settings } })
    }

    /// How strictly the answers of the authorization server are read.
    pub fn leniency(mut self, leniency: Leniency) -> Self {
        self.settings.leniency = leniency;
        self
    }

    /// Dangerous: a server that has no document about itself is taken to be its own authorization server, with endpoints at
    /// the places that the version of 2025-03-26 had, as [`Discovery::dangerously_assume_endpoints`] says.
    pub fn dangerously_accept_silence(mut self) -> Self {
        self.settings.accept_silence = true;
        self
    }
}

impl Exchange for Introduction {
    type Done = Introduced;
    type Error = Error;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Error> {
        match &mut self.step {
            Step::Resource(places) => places.ask(),
            Step::Server(discovery, _) => discovery.request(moment),
            Step::Register(register, _) => register.0.request(moment),
        }
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Error> {
        let Self { settings, step } = self;
        match step {
            Step::Resource(places) => settings.resource(places, &response),
            Step::Server(discovery, resource) => match discovery.response(response, moment)? {
                Progress::Done(metadata) => settings.server(metadata, resource),
                Progress::Again(discovery) | Progress::Wait(_, discovery) => {
                    Ok(Progress::Again(Self { settings, step: Step::Server(discovery, resource) }))
                }
            },
            Step::Register(register, resource) => {
                let (registration, server, metadata) = *register;
                match registration.response(response, moment)? {
                    Progress::Done(registered) => {
                        let config = registered.config(server, settings.application.key.clone())?;
                        Ok(Progress::Done(settings.introduced(resource, metadata, config, Some(registered))))
                    }
                    Progress::Again(registration) | Progress::Wait(_, registration) => {
                        let step = Step::Register(Box::new((registration, server, metadata)), resource);
                        Ok(Progress::Again(Self { settings, step }))
                    }
                }
            }
        }
    }
}

impl Settings {
    fn resource(
        self,
        mut places: Places,
        response: &Response<Bytes>,
    ) -> Result<Progress<Introduction>, Error> {
        match places.after(response.status()) {
            Found::Here => {}
            Found::Elsewhere => {
                return Ok(Progress::Again(Introduction { settings: self, step: Step::Resource(places) }));
            }
            Found::Nowhere if self.accept_silence => return self.silence(),
            // Which is what the answer is refused for.
            Found::Nowhere => {}
        }
        document(response)?;
        let resource = ProtectedResourceMetadata::parse(response.body())?;
        speaks_for(&resource.resource, &self.server, self.transport)?;
        resource.validate(&resource.resource, self.transport)?;
        let issuers = &resource.authorization_servers;
        let issuer = self.application.choose(issuers).ok_or(DocumentError::Missing("authorization_servers"));
        let issuer = issuer.map_err(MetadataError::from)?;
        let discovery = Discovery::new(issuer, self.transport)?;
        Ok(Progress::Again(Introduction { step: Step::Server(discovery, resource), settings: self }))
    }

    /// The server does not say whom it trusts.
    fn silence(self) -> Result<Progress<Introduction>, Error> {
        let issuer = self.server.origin().ascii_serialization();
        let resource = ProtectedResourceMetadata {
            resource: path_only(&self.server).into(),
            authorization_servers: vec![issuer.clone()],
            ..ProtectedResourceMetadata::default()
        };
        let discovery = Discovery::new(issuer, self.transport)?.dangerously_assume_endpoints();
        Ok(Progress::Again(Introduction { step: Step::Server(discovery, resource), settings: self }))
    }

    fn server(
        self,
        metadata: AuthorizationServerMetadata,
        resource: ProtectedResourceMetadata,
    ) -> Result<Progress<Introduction>, Error> {
        let server = Server::from_metadata(&metadata, self.transport)?.with_leniency(self.leniency);
        match self.application.become_client(server.clone(), &metadata)? {
            Way::Known(config) => Ok(Progress::Done(self.introduced(resource, metadata, *config, None))),
            Way::Register(registration) => {
                let register = Box::new((*registration, server, metadata));
                let step = Step::Register(register, resource);
                Ok(Progress::Again(Introduction { settings: self, step }))
            }
        }
    }

    fn introduced(
        self,
        resource: ProtectedResourceMetadata,
        metadata: AuthorizationServerMetadata,
        config: Config,
        registered: Option<Registered>,
    ) -> Introduced {
        // "Scope Selection Strategy": what is challenged for is all that counts.
        let scope =
            self.challenged.unwrap_or_else(|| union(resource.scopes_supported.iter().map(String::as_str)));
        let has_offline = metadata.scopes_supported.iter().any(|scope| scope == OFFLINE);
        let scope = if has_offline { union(scope.iter().chain([OFFLINE])) } else { scope };
        Introduced { resource, metadata, config, registered, scope }
    }
}

/// "Refresh Tokens": who wants to come back without the person asks for it, where that is known.
const OFFLINE: &str = "offline_access";

impl Introduced {
    /// What the browser is sent to ask for: the scope, and the server as the place where tokens are used.
    pub fn ask<'c>(&self, client: &'c Client) -> AuthorizationRequest<'c> {
        client.authorize().scope(self.scope.as_str()).resource(&self.resource.resource)
    }

    /// What to ask for when a request is refused that needs more: what was asked for before, and what is wanted now. From then
    /// on it is what is asked for.
    ///
    /// # Errors
    /// [`Misuse::Scope`] when it is too much to be a scope.
    pub fn wanting(&mut self, challenged: &Challenged) -> Result<(), Misuse> {
        let wanted = challenged.scope.iter().flat_map(Scopes::iter);
        let all: Vec<_> = self.scope.iter().chain(wanted).collect();
        self.scope = all.join(" ").parse().map_err(|_| Misuse::Scope)?;
        Ok(())
    }
}

/// These scopes, without what is none.
fn union<'a>(scopes: impl Iterator<Item = &'a str>) -> Scopes {
    let mut text = String::new();
    for scope in scopes.filter(|scope| scope.parse::<Scopes>().is_ok_and(|scope| scope.iter().count() == 1)) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(scope);
    }
    text.parse().unwrap_or_default()
}

//! As whom an application comes to a server that it has never seen.

use oauth_sansio::Secret;

use crate::{
    client::{
        AssertionKey, ClientAuthentication, ClientDocument, ClientMetadata, Config, Error, Misuse,
        Registered, Registration, Server,
    },
    metadata::AuthorizationServerMetadata,
    server::Application as Kind,
};

/// What an application has to become a client with, in the order in which it is tried: credentials for the issuer, its own
/// description where the server reads such (Client ID Metadata Documents), registration where the server takes any.
#[derive(Clone, Debug, Default)]
pub struct Application {
    /// What is known from before, each of one issuer, at which alone it is used.
    pub credentials: Vec<Credentials>,
    /// The description that the application serves.
    pub document: Option<ClientDocument>,
    /// What it says of itself where it registers; `None` where it does not.
    pub metadata: Option<ClientMetadata>,
    /// What it signs assertions with.
    pub key: Option<AssertionKey>,
}

/// How an issuer knows an application.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Somebody has registered the application there by hand.
    Given {
        /// The issuer.
        issuer: String,
        /// The client identifier.
        client_id: String,
        /// The secret, if there is one.
        client_secret: Option<Secret>,
        /// Where the browser comes back to.
        redirect_uri: Option<String>,
    },
    /// The application has registered itself there, once.
    Registered(Box<Registered>),
}

/// How the application becomes a client.
pub(super) enum Way {
    /// It is one.
    Known(Box<Config>),
    /// It asks to become one.
    Register(Box<Registration>),
}

impl Credentials {
    /// The issuer that they are of.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Given { issuer, .. } => issuer,
            Self::Registered(registered) => &registered.issuer,
        }
    }
}

impl Application {
    /// The issuer to go to among those that a server trusts: one that knows the application, or else the first.
    pub(super) fn choose<'s>(&self, issuers: &'s [String]) -> Option<&'s String> {
        let knows = |issuer: &&String| self.credentials.iter().any(|one| one.issuer() == issuer.as_str());
        issuers.iter().find(knows).or(issuers.first())
    }

    pub(super) fn become_client(
        &self,
        server: Server,
        metadata: &AuthorizationServerMetadata,
    ) -> Result<Way, Error> {
        let known = self.credentials.iter().find(|one| one.issuer() == metadata.issuer);
        if let Some(known) = known {
            return self.known(known, server, metadata).map(|config| Way::Known(Box::new(config)));
        }
        match (&self.document, &self.metadata) {
            (Some(document), _) if server.client_documents == Some(true) => {
                Ok(Way::Known(Box::new(document.config(server, self.key.clone())?)))
            }
            (_, Some(own)) if metadata.registration_endpoint.is_some() => {
                let method = self.method(metadata, own.authentication_method()).to_owned();
                // Said in so many words: a server that has to guess takes an application on the device for one of the web.
                let kind = Kind::called_back_at(&own.redirect_uris);
                let own = ClientMetadata {
                    token_endpoint_auth_method: Some(method),
                    application_type: own.application_type.or(Some(kind)),
                    ..own.clone()
                };
                Ok(Way::Register(Box::new(Registration::new(&server, own)?)))
            }
            _ => Err(Misuse::NoCredentials.into()),
        }
    }

    fn known(
        &self,
        known: &Credentials,
        server: Server,
        metadata: &AuthorizationServerMetadata,
    ) -> Result<Config, Error> {
        match known {
            Credentials::Registered(registered) => registered.config(server, self.key.clone()),
            Credentials::Given { client_id, client_secret, redirect_uri, .. } => {
                let method = match (client_secret, &self.key) {
                    (Some(_), _) => self.method(metadata, "client_secret_basic"),
                    (None, Some(_)) => "private_key_jwt",
                    (None, None) => "none",
                };
                let authentication =
                    ClientAuthentication::of(method, client_secret.clone(), self.key.clone())?;
                let redirect_uri = redirect_uri.clone();
                Ok(Config { authentication, redirect_uri, ..Config::new(server, client_id) })
            }
        }
    }

    /// The method that the application would like, or else one that the server takes.
    fn method<'a>(&self, metadata: &'a AuthorizationServerMetadata, liked: &'a str) -> &'a str {
        let supported = &metadata.token_endpoint_auth_methods_supported;
        let has_key = self.key.is_some();
        let takes = |method: &&str| {
            supported.iter().any(|one| one == method) && (*method != "private_key_jwt" || has_key)
        };
        // RFC 8414 section 2: a server that does not say takes `client_secret_basic`.
        if supported.is_empty() || takes(&liked) {
            return liked;
        }
        let others = ["private_key_jwt", "none", "client_secret_basic", "client_secret_post"];
        others.into_iter().find(takes).unwrap_or(liked)
    }
}

//! Which server a command speaks to.

use oauth2_core::{
    client::{Discovery, Leniency, Server},
    metadata::{AuthorizationServerMetadata, Transport},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Failure, Scene, Wire, endpoints::EndpointOptions, resource};
use crate::tell::{FAINT, printable};

/// Which server: by its issuer, by an API that names it, or endpoint by endpoint.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ServerOptions {
    /// The issuer identifier of the authorization server, as in `https://as.example.com`.
    #[arg(long, value_name = "URL", help_heading = "Server")]
    issuer: Option<String>,
    /// The API that the token is for (RFC 8707); without an issuer, it is asked for its authorization server (RFC 9728),
    /// which is then reached at a public address only.
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub(crate) resource: Vec<String>,
    #[command(flatten)]
    endpoints: EndpointOptions,
    /// Go on with a server that does not say that it checks PKCE: a stolen code may then be good without the verifier.
    #[arg(long, help_heading = "Server", hide_short_help = true)]
    dangerously_accept_missing_s256: bool,
    /// Read answers that deviate from the standard in the usual ways.
    #[arg(long, help_heading = "Server", hide_short_help = true)]
    lenient: bool,
}

/// A server that was found. Plain serde data, kept beside the tokens that come from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) metadata: AuthorizationServerMetadata,
    /// The caller named an address on this machine that is `http`.
    insecure_loopback: bool,
    lenient: bool,
    /// An API named it, and not the caller.
    #[serde(default)]
    named_by_api: bool,
}

pub(crate) const DISCOVERY: Scene =
    Scene { title: "What the server says of itself", standard: "RFC 8414 section 3" };

impl ServerOptions {
    /// Whether anything says which server it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.issuer.is_none() && self.resource.is_empty() && self.endpoints.token_endpoint.is_none()
    }

    /// Finds it.
    pub(crate) async fn find(&self, wire: &mut Wire) -> Result<Found, Failure> {
        let mut named_by_api = false;
        let (mut metadata, transport) = match (&self.endpoints.token_endpoint, &self.issuer) {
            (Some(token), issuer) => {
                let transport = transport_of(token);
                (by_hand(issuer.as_deref(), token)?, transport)
            }
            (None, Some(issuer)) => {
                let transport = transport_of(issuer);
                (self.discover(wire, issuer, transport).await?, transport)
            }
            (None, None) => {
                let Some(api) = self.resource.first() else {
                    return Err(Failure::caller("no server is named")
                        .next("give --issuer, --resource, or --token-endpoint with what else is needed"));
                };
                let (issuer, transport) = (issuer_of(wire, api).await?, transport_of(api));
                named_by_api = true;
                wire.guard(transport);
                (self.discover(wire, &issuer, transport).await?, transport)
            }
        };
        self.endpoints.apply(&mut metadata)?;
        let insecure_loopback = transport == Transport::HttpsOrInsecureLoopback;
        Ok(Found { metadata, insecure_loopback, lenient: self.lenient, named_by_api })
    }

    async fn discover(
        &self,
        wire: &mut Wire,
        issuer: &str,
        transport: Transport,
    ) -> Result<AuthorizationServerMetadata, Failure> {
        let mut discovery = Discovery::new(issuer, transport)?;
        if self.dangerously_accept_missing_s256 {
            discovery = discovery.dangerously_accept_missing_s256();
        }
        wire.run(DISCOVERY, discovery).await.map_err(|failure| match failure.is_absence() {
            true => failure
                .during(&format!("{issuer} publishes no metadata"))
                .next("check the address, or give --token-endpoint and --authorization-endpoint by hand"),
            false => failure,
        })
    }
}

impl Found {
    pub(crate) fn server(&self) -> Result<Server, Failure> {
        let server = Server::from_metadata(&self.metadata, self.transport())?;
        Ok(server.with_leniency(if self.lenient { Leniency::Lenient } else { Leniency::Strict }))
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.metadata.issuer
    }

    /// Of one that was found before and kept: it is asked as it was then.
    pub(crate) fn guard(&self, wire: &mut Wire) {
        if self.named_by_api {
            wire.guard(self.transport());
        }
    }

    const fn transport(&self) -> Transport {
        match self.insecure_loopback {
            true => Transport::HttpsOrInsecureLoopback,
            false => Transport::Https,
        }
    }
}

/// Whoever types an `http` address of this machine means it, and what is named there may be on this machine too; everything
/// else is `https`.
pub(crate) fn transport_of(address: &str) -> Transport {
    match address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:")) {
        true => Transport::HttpsOrInsecureLoopback,
        false => Transport::Https,
    }
}

/// The authorization server that an API names (RFC 9728 section 2). Which of several is the caller's to say.
async fn issuer_of(wire: &mut Wire, api: &str) -> Result<String, Failure> {
    let metadata = resource::metadata(wire, api).await?;
    match metadata.authorization_servers.as_slice() {
        [] => {
            Err(Failure::server(format!("{api} does not say where its tokens come from"))
                .next("give --issuer"))
        }
        [issuer] => {
            anstream::eprintln!("{FAINT}{} takes tokens of {}{FAINT:#}", printable(api), printable(issuer));
            Ok(issuer.clone())
        }
        several => {
            let names = several.iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ");
            Err(Failure::caller(format!("{api} takes tokens of several servers: {names}"))
                .next("choose one with --issuer"))
        }
    }
}

/// A server without metadata. Two servers must not share an issuer (RFC 9700 section 4.4), so without one it is named after
/// the origin of its tokens.
fn by_hand(issuer: Option<&str>, token_endpoint: &str) -> Result<AuthorizationServerMetadata, Failure> {
    let origin = || Url::parse(token_endpoint).map(|url| url.origin().ascii_serialization());
    let issuer = match issuer {
        Some(issuer) => issuer.to_owned(),
        None => origin().map_err(|_| Failure::caller("--token-endpoint is no address"))?,
    };
    Ok(AuthorizationServerMetadata {
        issuer,
        // Whoever writes the endpoints down knows how clients authenticate there.
        token_endpoint_auth_methods_supported: METHODS.map(str::to_owned).to_vec(),
        ..AuthorizationServerMetadata::default()
    })
}

const METHODS: [&str; 5] =
    ["none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];

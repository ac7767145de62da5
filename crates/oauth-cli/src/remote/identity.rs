//! Which client a command is, and how it proves it.

use std::sync::Arc;

use anyhow::Context as _;
use oauth_sansio::Secret;
use oauth2_core::{
    client::{AssertionKey, Client, ClientAuthentication, Config, DpopKey, Misuse, Registered},
    jose::{Algorithm, LocalSigner},
    metadata::AuthorizationServerMetadata,
};
use serde::{Deserialize, Serialize};

use super::{Failure, Found, ServerOptions, Wire, given};
use crate::{private_file, request::file};

/// Which client.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct IdentityOptions {
    /// The client identifier; without it, the environment variable OAUTH_CLIENT_ID.
    #[arg(long, value_name = "ID", help_heading = "Client")]
    client_id: Option<String>,
    /// A file with the client secret, or `-` for the standard input; without it, the environment variable
    /// OAUTH_CLIENT_SECRET, if it is set.
    #[arg(long, value_name = "FILE", help_heading = "Client")]
    client_secret_file: Option<String>,
    /// none, client_secret_basic, client_secret_post, client_secret_jwt or private_key_jwt; by default what fits.
    #[arg(long, value_name = "METHOD", help_heading = "Client")]
    auth_method: Option<String>,
    /// The private key of the client for private_key_jwt, in a file: PEM (PKCS #8) or JWK.
    #[arg(long, value_name = "FILE", help_heading = "Client")]
    private_key: Option<String>,
    /// What the key signs with, where it does not say so itself.
    #[arg(
        long,
        value_name = "ALG",
        help_heading = "Client",
        hide_short_help = true,
        default_value = "ES256"
    )]
    key_algorithm: String,
    /// The name that the key has at the server, where it does not say so itself.
    #[arg(long, value_name = "KID", help_heading = "Client", hide_short_help = true, default_value = "")]
    key_id: String,
    /// What `oauth register` has written, in the place of all that.
    #[arg(long, value_name = "FILE", help_heading = "Client", conflicts_with_all = ["client_id", "client_secret_file"])]
    registration: Option<String>,
}

/// A client. Plain serde data, kept beside its tokens; written out, it contains a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) client_id: String,
    pub(crate) method: String,
    #[serde(with = "oauth_sansio::secret::exposed_option", default)]
    pub(crate) secret: Option<Secret>,
    #[serde(default)]
    pub(crate) key: Option<KeyFile>,
}

/// Where a private key is; it stays there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyFile {
    path: String,
    algorithm: Algorithm,
    id: String,
}

impl IdentityOptions {
    /// The client, if one is named.
    pub(crate) fn read(&self, metadata: &AuthorizationServerMetadata) -> anyhow::Result<Option<Identity>> {
        let key = self.key_file()?;
        if let Some(registered) = self.registered(metadata)? {
            return Ok(Some(Identity { key, ..Identity::of(&registered) }));
        }
        let variable = || std::env::var("OAUTH_CLIENT_ID").ok().filter(|text| !text.is_empty());
        let Some(client_id) = self.client_id.clone().or_else(variable) else { return Ok(None) };
        let secret = given(&self.client_secret_file, "OAUTH_CLIENT_SECRET")?;
        let method = match (&self.auth_method, &key, &secret) {
            (Some(method), ..) => method.clone(),
            (None, Some(_), _) => "private_key_jwt".to_owned(),
            (None, None, Some(_)) => secret_method(metadata).to_owned(),
            (None, None, None) => "none".to_owned(),
        };
        let secret = secret.filter(|_| method.starts_with("client_secret_"));
        Ok(Some(Identity { client_id, method, secret, key }))
    }

    /// What came of a registration, if that is what names the client.
    pub(crate) fn registered(
        &self,
        metadata: &AuthorizationServerMetadata,
    ) -> anyhow::Result<Option<Registered>> {
        let Some(path) = &self.registration else { return Ok(None) };
        let registered: Registered =
            private_file::read_json(path.as_ref())?.with_context(|| format!("{path} is not there"))?;
        if registered.issuer != metadata.issuer {
            return Err(Failure::from(Misuse::OtherIssuer).into());
        }
        Ok(Some(registered))
    }

    /// The client at the server that is named, found first.
    pub(crate) async fn at(&self, server: &ServerOptions, wire: &mut Wire) -> anyhow::Result<Client> {
        let found = server.find(wire).await?;
        self.need(&found.metadata)?.client(&found, None, None)
    }

    /// The client, which there must be.
    pub(crate) fn need(&self, metadata: &AuthorizationServerMetadata) -> anyhow::Result<Identity> {
        self.read(metadata)?.ok_or_else(|| {
            Failure::caller("no client is named")
                .next("give --client-id, --registration, or set OAUTH_CLIENT_ID")
                .into()
        })
    }

    fn key_file(&self) -> anyhow::Result<Option<KeyFile>> {
        let Some(path) = &self.private_key else { return Ok(None) };
        let algorithm = self.key_algorithm.parse();
        let algorithm =
            algorithm.map_err(|_| Failure::caller(format!("{} is not known", self.key_algorithm)))?;
        // Another command may run in another directory.
        let path = std::fs::canonicalize(path).with_context(|| format!("{path} cannot be read"))?;
        let path = path.to_str().context("the path of the key is not UTF-8")?.to_owned();
        Ok(Some(KeyFile { path, algorithm, id: self.key_id.clone() }))
    }
}

/// Of the two ways to send a secret, the one that the server takes; the better one of both.
fn secret_method(metadata: &AuthorizationServerMetadata) -> &'static str {
    let methods = &metadata.token_endpoint_auth_methods_supported;
    let has = |name: &str| methods.iter().any(|method| method == name);
    match has("client_secret_post") && !has("client_secret_basic") {
        true => "client_secret_post",
        false => "client_secret_basic",
    }
}

impl Identity {
    /// What came of a registration.
    pub(crate) fn of(registered: &Registered) -> Self {
        Self {
            client_id: registered.client_id.clone(),
            method: registered.metadata.authentication_method().to_owned(),
            secret: registered.client_secret.clone(),
            key: None,
        }
    }

    /// The client at a server.
    pub(crate) fn client(
        &self,
        found: &Found,
        dpop: Option<DpopKey>,
        redirect_uri: Option<String>,
    ) -> anyhow::Result<Client> {
        let authentication = self.authentication()?;
        let config =
            Config { authentication, dpop, redirect_uri, ..Config::new(found.server()?, &self.client_id) };
        Ok(Client::new(config).map_err(Failure::from)?)
    }

    fn authentication(&self) -> anyhow::Result<ClientAuthentication> {
        let secret = || self.secret.clone().ok_or(Misuse::NoSecret).map_err(Failure::from);
        Ok(match self.method.as_str() {
            "none" => ClientAuthentication::None,
            "client_secret_basic" => ClientAuthentication::SecretBasic(secret()?),
            "client_secret_post" => ClientAuthentication::SecretPost(secret()?),
            "client_secret_jwt" => {
                let signer = LocalSigner::from_secret(&secret()?);
                let signer = signer.context("client_secret_jwt needs a secret of 32 bytes or more")?;
                ClientAuthentication::Assertion(AssertionKey::new(Arc::new(signer)))
            }
            "private_key_jwt" => {
                let key = self.key.as_ref().ok_or(Misuse::NoKey).map_err(Failure::from)?;
                ClientAuthentication::Assertion(AssertionKey::new(Arc::new(key.signer()?)))
            }
            other => {
                return Err(
                    Failure::caller(format!("{other} is no way to authenticate that is known here")).into()
                );
            }
        })
    }
}

impl KeyFile {
    fn signer(&self) -> anyhow::Result<LocalSigner> {
        let Self { path, algorithm, id } = self;
        let text = Secret::new(String::from_utf8(file(path)?).unwrap_or_default());
        let signer = match text.expose().trim_start().starts_with('{') {
            true => LocalSigner::from_private_jwk(text.expose().as_bytes(), *algorithm),
            false => LocalSigner::from_pem(text.expose(), *algorithm, id),
        };
        signer.with_context(|| format!("{path} holds no usable private key"))
    }
}

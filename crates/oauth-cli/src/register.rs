//! `oauth register`: a server gets to know a client (RFC 7591).

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use oauth_sansio::Timestamp;
use oauth2_core::client::{Application, ClientMetadata, Registered, Registration};

use crate::{
    private_file,
    remote::{Failure, Found, Identity, Output, Scene, ScopeOptions, ServerOptions, TlsOptions, Wire, given},
    request::file,
    store::{KeepOptions, Profile, Way},
    tell::{self, FAINT, ODD, line, printable},
    times,
};

/// Where, and what the client says of itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    /// What people are shown.
    #[arg(long, value_name = "NAME", default_value = NAME)]
    client_name: String,
    /// Where browsers come back to; by default where `oauth login` waits, on any port.
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,
    /// The grants; by default authorization_code and refresh_token.
    #[arg(long, value_name = "GRANT")]
    grant_type: Vec<String>,
    /// How the client authenticates: none, client_secret_basic or another method.
    #[arg(long, value_name = "METHOD", default_value = "none")]
    auth_method: String,
    #[command(flatten)]
    scope: ScopeOptions,
    /// A file with the metadata as JSON, in the place of all that.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_name", "redirect_uri", "grant_type", "auth_method", "scope"])]
    metadata: Option<String>,
    /// A file with the token that opens the registration, where it needs one; without it, the environment variable
    /// OAUTH_INITIAL_ACCESS_TOKEN, if it is set.
    #[arg(long, value_name = "FILE")]
    initial_access_token_file: Option<String>,
    /// Write the registration to a file that only its owner may read, for --registration; its secrets are then shown nowhere.
    #[arg(short, long, value_name = "FILE", conflicts_with = "name")]
    out: Option<PathBuf>,
    #[command(flatten)]
    keep: KeepOptions,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What the client is called where nobody says otherwise.
pub(crate) const NAME: &str = "oauth on the command line";
/// Where `oauth login` waits, on any port (RFC 8252 section 7.3).
const REDIRECT_URI: &str = "http://127.0.0.1/callback";

pub(crate) const REGISTER: Scene =
    Scene { title: "The client introduces itself", standard: "RFC 7591 section 3.1" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let found = options.server.find(&mut wire).await?;
    let asked = options.metadata()?;
    let token = given(&options.initial_access_token_file, "OAUTH_INITIAL_ACCESS_TOKEN")?;
    // Not after the server has given out what cannot be had again.
    if let Some(path) = &options.out {
        private_file::check_new(path)?;
    }
    let place = options.keep.place()?;
    let _locked = match &place {
        Some((profiles, name)) => Some(profiles.lock_new(name).await?),
        None => None,
    };
    let mut registration = Registration::new(&found.server()?, asked.clone()).map_err(Failure::from)?;
    if let Some(token) = token {
        registration = registration.with_initial_access_token(token);
    }
    let registered = wire.run(REGISTER, registration).await?;
    if let Some(path) = &options.out {
        private_file::write_json(path, &registered)?;
    }
    if let Some((profiles, name)) = &place {
        let profile = Profile {
            server: found,
            client: Identity::of(&registered),
            dpop_key: None,
            scope: registered.metadata.scope.clone().unwrap_or_default(),
            registered: Some(registered.clone()),
            resources: options.server.resource.clone(),
            way: Way::Login,
        };
        profiles.save(name, &profile)?;
    }
    tell(&registered, &asked, options.out.is_none() && place.is_none(), options.output)?;
    let note = match (&options.out, &place) {
        (Some(path), _) => format!("written to {}, for --registration", path.display()),
        (_, Some((_, name))) => {
            format!("kept as {}, for oauth login and oauth registration", printable(name))
        }
        (None, None) => String::new(),
    };
    if !options.output.json && !note.is_empty() {
        tell::say(&format!("{FAINT}{note}{FAINT:#}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is registered, beside what was asked for.
pub(crate) fn tell(
    registered: &Registered,
    asked: &ClientMetadata,
    shows_secrets: bool,
    output: Output,
) -> anyhow::Result<()> {
    tell::say(&match (output.json, shows_secrets) {
        (true, true) => format!("{}\n", serde_json::to_string(registered)?),
        (true, false) => format!("{}\n", serde_json::to_string(&without_secrets(registered))?),
        (false, _) => people(registered, asked, shows_secrets, Wire::moment()?.now()),
    });
    Ok(())
}

/// Metadata from a file.
pub(crate) fn parsed(name: &str) -> anyhow::Result<ClientMetadata> {
    let metadata = serde_json::from_slice(&file(name)?);
    metadata.with_context(|| format!("{name} holds no metadata of a client"))
}

/// Registers an application that acts for a person, for `oauth login`.
pub(crate) async fn for_login(
    wire: &mut Wire,
    found: &Found,
    metadata: ClientMetadata,
) -> anyhow::Result<Registered> {
    let registration = Registration::new(&found.server()?, metadata).map_err(Failure::from)?;
    Ok(wire.run(REGISTER, registration).await?)
}

impl Options {
    fn metadata(&self) -> anyhow::Result<ClientMetadata> {
        if let Some(name) = &self.metadata {
            return parsed(name);
        }
        let scope = self.scope.scopes()?;
        let has_code =
            self.grant_type.is_empty() || self.grant_type.iter().any(|grant| grant == "authorization_code");
        let redirect_uris = match (self.redirect_uri.as_slice(), has_code) {
            ([], true) => vec![REDIRECT_URI.to_owned()],
            (given, _) => given.to_vec(),
        };
        let mut metadata = ClientMetadata::for_application(&self.client_name, redirect_uris);
        metadata.token_endpoint_auth_method = Some(self.auth_method.clone());
        metadata.scope = Some(scope).filter(|scope| !scope.is_empty());
        if !self.grant_type.is_empty() {
            metadata.grant_types = self.grant_type.clone();
        }
        if !has_code {
            metadata.response_types = Vec::new();
            metadata.application_type = Some(Application::Native);
        }
        Ok(metadata)
    }
}

fn without_secrets(registered: &Registered) -> Registered {
    Registered { client_secret: None, access: None, ..registered.clone() }
}

fn people(registered: &Registered, asked: &ClientMetadata, shows_secrets: bool, now: Timestamp) -> String {
    let metadata = &registered.metadata;
    let mut out = line("issuer", &registered.issuer);
    out += &line("client_id", &registered.client_id);
    if let Some(secret) = &registered.client_secret {
        out += &line("client_secret", if shows_secrets { secret.expose() } else { "kept, and not shown" });
        out += &match registered.secret_expires_at {
            Some(end) => line("  ends", &times::told(end, now)),
            None => line("  ends", "never"),
        };
    }
    if let Some(access) = registered.access.as_ref().filter(|_| shows_secrets) {
        out += &line("looked after at", access.uri.as_str());
        out += &line("  with the token", access.token.expose());
    }
    out += &line("authentication", metadata.authentication_method());
    out += &line("redirect_uris", &metadata.redirect_uris.join(", "));
    out += &line("grant_types", &metadata.grant_types.join(", "));
    if let Some(scope) = &metadata.scope {
        out += &line("scope", scope.as_str());
    }
    // RFC 7591 section 3.2.1: the server may have changed it.
    for (name, same) in [
        ("redirect_uris", metadata.redirect_uris == asked.redirect_uris),
        ("grant_types", asked.grant_types.is_empty() || metadata.grant_types == asked.grant_types),
        ("scope", asked.scope.is_none() || metadata.scope == asked.scope),
        ("authentication", metadata.authentication_method() == asked.authentication_method()),
    ] {
        if !same {
            out += &format!("{ODD}note:{ODD:#} {name} is not what was asked for\n");
        }
    }
    out
}

//! `oauth registration`: a client looks after its registration (RFC 7592).

use std::process::ExitCode;

use clap::Subcommand;
use oauth_hyper_client::{Locked, TokenStore as _};
use oauth2_core::client::{ClientMetadata, Registered, Server};
use serde_json::json;

use crate::{
    register::{self, parsed},
    remote::{Failure, Identity, Output, Scene, ScopeOptions, TlsOptions, Wire},
    store::{Profile, Profiles, StoreOptions},
    tell::{self, GOOD, printable},
};

/// What to do with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Asks the server what is registered, keeps what is new in it, and tells it.
    Show(ShowOptions),
    /// Changes what is registered.
    Update(UpdateOptions),
    /// Has the server forget the client and all that it was given, and forgets it here.
    Delete(Common),
}

/// Which registration: one that is kept with a login.
#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Args)]
struct ShowOptions {
    #[command(flatten)]
    common: Common,
    /// Tell the secret of the client too, and the token that the registration is looked after with.
    #[arg(long)]
    secrets: bool,
}

/// What is not named stays as the server has it.
#[derive(Debug, clap::Args)]
struct UpdateOptions {
    #[command(flatten)]
    common: Common,
    /// What people are shown.
    #[arg(long, value_name = "NAME")]
    client_name: Option<String>,
    /// Where browsers come back to.
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,
    /// The grants.
    #[arg(long, value_name = "GRANT")]
    grant_type: Vec<String>,
    /// How the client authenticates.
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    #[command(flatten)]
    scope: ScopeOptions,
    /// A file with all of the metadata as JSON: what is not in it is gone.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_name", "redirect_uri", "grant_type", "auth_method", "scope"])]
    metadata: Option<String>,
}

const SHOW: Scene = Scene { title: "What is registered", standard: "RFC 7592 section 2.1" };
const UPDATE: Scene = Scene { title: "What shall be registered instead", standard: "RFC 7592 section 2.2" };
const DELETE: Scene = Scene { title: "The client is forgotten", standard: "RFC 7592 section 2.3" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut kept = Kept::open(options.command.common()).await?;
    match &options.command {
        Command::Show(ShowOptions { secrets, .. }) => {
            let asked = kept.registered.metadata.clone();
            kept.read().await?;
            kept.tell(&asked, *secrets)?;
        }
        Command::Update(options) => {
            // Everything is replaced, so that it begins with what is there.
            kept.read().await?;
            let asked = options.metadata(&kept.registered.metadata)?;
            let replacement = kept.registered.replace(&kept.server, asked.clone()).map_err(Failure::from)?;
            let registered = kept.wire.run(UPDATE, replacement).await?;
            kept.keep(registered)?;
            kept.tell(&asked, false)?;
        }
        Command::Delete(_) => kept.delete().await?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    pub(crate) const fn output(&self) -> &Output {
        &self.command.common().output
    }
}

impl Command {
    const fn common(&self) -> &Common {
        match self {
            Self::Show(ShowOptions { common, .. }) | Self::Update(UpdateOptions { common, .. }) => common,
            Self::Delete(common) => common,
        }
    }
}

impl UpdateOptions {
    fn metadata(&self, now: &ClientMetadata) -> anyhow::Result<ClientMetadata> {
        if let Some(name) = &self.metadata {
            return parsed(name);
        }
        let mut metadata = now.clone();
        let scope = self.scope.scopes()?;
        if let Some(name) = &self.client_name {
            metadata.client_name = Some(name.clone());
        }
        if !self.redirect_uri.is_empty() {
            metadata.redirect_uris.clone_from(&self.redirect_uri);
        }
        if !self.grant_type.is_empty() {
            metadata.grant_types.clone_from(&self.grant_type);
        }
        if let Some(method) = &self.auth_method {
            metadata.token_endpoint_auth_method = Some(method.clone());
        }
        if !scope.is_empty() {
            metadata.scope = Some(scope);
        }
        match metadata == *now {
            true => Err(Failure::caller("nothing is to be changed").next("name what is").into()),
            false => Ok(metadata),
        }
    }
}

/// A registration that is kept; nobody else changes it meanwhile.
struct Kept<'o> {
    options: &'o Common,
    wire: Wire,
    profiles: Profiles,
    name: String,
    profile: Profile,
    registered: Registered,
    server: Server,
    locked: Box<dyn Locked>,
}

impl<'o> Kept<'o> {
    async fn open(options: &'o Common) -> anyhow::Result<Self> {
        let mut wire = Wire::new(options.output, &options.tls)?;
        let profiles = Profiles::open(&options.store)?;
        let name = profiles.name(&options.store)?;
        let locked = profiles.tokens().lock(&name).await?;
        let profile = profiles.load(&name)?;
        profile.server.guard(&mut wire);
        let registered = profile.registered.clone().ok_or_else(|| {
            Failure::caller(format!("{} has no registration with it", printable(&name))).next(
                "oauth register --name registers a client and keeps that; so does oauth login --register",
            )
        })?;
        let server = profile.server.server()?;
        Ok(Self { options, wire, profiles, name, profile, registered, server, locked })
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        let reading = self.registered.read_again(&self.server).map_err(Failure::from)?;
        let registered = self.wire.run(SHOW, reading).await?;
        self.keep(registered)
    }

    /// Each answer may have a new secret or a new token in it, and the old one is dead then (RFC 7592 section 2.2).
    fn keep(&mut self, registered: Registered) -> anyhow::Result<()> {
        let key = self.profile.client.key.take();
        self.profile.client = Identity { key, ..Identity::of(&registered) };
        self.profile.registered = Some(registered.clone());
        self.registered = registered;
        self.profiles.save(&self.name, &self.profile)
    }

    async fn delete(mut self) -> anyhow::Result<()> {
        let deletion = self.registered.delete(&self.server).map_err(Failure::from)?;
        self.wire.run(DELETE, deletion).await?;
        // The server has ended all that the client was given.
        self.locked.remove().await?;
        self.profiles.remove(&self.name)?;
        let name = printable(&self.name);
        tell::say(&match self.options.output.json {
            true => format!("{}\n", json!({ "deleted": self.registered.client_id })),
            false => format!("{GOOD}done{GOOD:#}: the client of {name} is known no more, there or here\n"),
        });
        Ok(())
    }

    fn tell(&self, asked: &ClientMetadata, shows_secrets: bool) -> anyhow::Result<()> {
        register::tell(&self.registered, asked, shows_secrets, self.options.output)
    }
}

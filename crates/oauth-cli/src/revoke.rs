//! `oauth revoke`: a token is given back (RFC 7009).

use std::process::ExitCode;

use oauth_hyper_client::TokenStore as _;
use oauth2_core::client::{self, Misuse};
use serde_json::json;

use crate::{
    remote::{Failure, IdentityOptions, Output, Scene, ServerOptions, TlsOptions, Wire, named},
    store::{Profiles, StoreOptions},
    tell::{self, GOOD, ODD, printable},
};

/// Which token.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOptions,
    /// With --name: forget the settings of the login too.
    #[arg(long, requires = "name")]
    forget: bool,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    /// Without --name: a file with the token; without it, the environment variable OAUTH_TOKEN, or the standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    token_file: Option<String>,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

const REVOKE: Scene = Scene { title: "The token is given back", standard: "RFC 7009 section 2.1" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let revoked = match options.store.name() {
        Some(name) => stored(options, name, &mut wire).await?,
        None => {
            let client = options.identity.at(&options.server, &mut wire).await?;
            let token = named("token", &options.token_file, "OAUTH_TOKEN")?;
            wire.run(REVOKE, client.revoke(&token).map_err(Failure::from)?).await?;
            true
        }
    };
    // RFC 7009 section 2.2: of a token that never was the server says the same.
    tell::say(&match (options.output.json, options.store.name()) {
        (true, _) => format!("{}\n", json!({ "revoked": revoked })),
        (false, None) => format!("{GOOD}done{GOOD:#}: the token is worth nothing any more\n"),
        (false, Some(name)) if revoked => {
            format!("{GOOD}done{GOOD:#}: what was kept as {} is worth nothing any more\n", printable(name))
        }
        (false, Some(name)) => {
            format!("{ODD}forgotten:{ODD:#} what was kept as {}; the server was not told\n", printable(name))
        }
    });
    Ok(ExitCode::SUCCESS)
}

/// What `oauth login` has stored: the refresh token, with which everything that grew from it ends. Whether the server knows.
async fn stored(options: &Options, name: &str, wire: &mut Wire) -> anyhow::Result<bool> {
    let profiles = Profiles::open(&options.store)?;
    let mut locked = profiles.tokens().lock(name).await?;
    let profile = profiles.load(name)?;
    profile.server.guard(wire);
    let mut revoked = false;
    if let Some(kept) = locked.load().await? {
        let token = kept.tokens.refresh_token.as_ref().unwrap_or(&kept.tokens.access_token);
        match profile.client(None)?.revoke(token) {
            Ok(revocation) => {
                wire.run(REVOKE, revocation).await?;
                revoked = true;
            }
            // A server that takes nothing back keeps nobody from forgetting.
            Err(client::Error::Misuse(Misuse::NoRevocationEndpoint)) if options.forget => {}
            Err(error) => return Err(Failure::from(error).next("--forget removes what is kept here").into()),
        }
        locked.remove().await?;
    }
    if options.forget {
        profiles.remove(name)?;
    }
    Ok(revoked)
}

//! `oauth login`: a person grants access, and the tokens are kept (RFC 8252, RFC 8628).

mod browser;
mod device;
mod plan;
mod qr;

use std::{process::ExitCode, time::Duration};

use serde_json::json;

use crate::{
    remote::{IdentityOptions, Output, ScopeOptions, ServerOptions, TlsOptions, Wire, tell_came},
    store::{Profiles, StoreOptions},
    tell::{self, FAINT, GOOD, ODD, printable},
};

/// Where, who, for what, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    /// Register a client, where none is named (RFC 7591).
    #[arg(long, help_heading = "Client", conflicts_with_all = ["client_id", "registration"])]
    register: bool,
    #[command(flatten)]
    scope: ScopeOptions,
    /// For a machine without a browser: show a code that is entered elsewhere (RFC 8628).
    #[arg(long)]
    device: bool,
    /// Bind the tokens to a new key, which is kept with them (RFC 9449).
    #[arg(long)]
    dpop: bool,
    /// Push what is asked for to the server first (RFC 9126); where the server wants it, it is done anyway.
    #[arg(long, conflicts_with = "device")]
    par: bool,
    /// A further parameter for the login page, as in `prompt=login`.
    #[arg(short, long, value_name = "NAME=VALUE", conflicts_with = "device")]
    parameter: Vec<String>,
    /// Open no browser; the address is shown, to be opened by hand.
    #[arg(long, conflicts_with = "device")]
    no_browser: bool,
    /// The port to wait on for the browser, where the server knows only one; by default any.
    #[arg(long, conflicts_with = "device")]
    port: Option<u16>,
    /// How long to wait for the person, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, conflicts_with = "device")]
    timeout: u64,
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

impl Options {
    const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let profiles = Profiles::open(&options.store)?;
    let (name, profile, tokens) = match options.device {
        true => device::login(options, &profiles, &mut wire).await?,
        false => browser::login(options, &profiles, &mut wire).await?,
    };
    profiles.keep(&name, &profile, &tokens).await?;
    let now = Wire::moment()?.now();
    let renewable = tokens.refresh_token.is_some();
    tell::say(&match options.output.json {
        true => {
            let told = json!({
                "name": name,
                "issuer": profile.server.issuer(),
                "client_id": profile.client.client_id,
                "token_type": tokens.token_type,
                "scope": tokens.scope,
                "refused_scope": tokens.refused_scope,
                "expires_at": tokens.expires_at,
                "renewable": renewable,
            });
            format!("{told}\n")
        }
        false => {
            let mut out = format!("{GOOD}logged in{GOOD:#}, kept as {}\n", printable(&name));
            out += &tell_came(&tokens, now);
            out += &match renewable {
                true => {
                    format!("{FAINT}oauth token --name {} prints a fresh one{FAINT:#}\n", printable(&name))
                }
                false => format!(
                    "{ODD}note:{ODD:#} the server gave no refresh token: when it ends, log in again\n"
                ),
            };
            out
        }
    });
    Ok(ExitCode::SUCCESS)
}

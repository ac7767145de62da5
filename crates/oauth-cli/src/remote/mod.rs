//! What the commands that speak to a server have in common.

mod endpoints;
mod failure;
mod identity;
mod resource;
mod secrets;
mod server;
mod tls;
mod tokens;
mod wire;

pub(crate) use failure::Failure;
pub(crate) use identity::{Identity, IdentityOptions};
pub(crate) use resource::metadata as resource_metadata;
pub(crate) use secrets::{given, named};
pub(crate) use server::{DISCOVERY, Found, ServerOptions, transport_of};
pub(crate) use tls::TlsOptions;
pub(crate) use tokens::{tell_came, to_json};
pub(crate) use wire::{Scene, Wire};

/// How to tell it.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Output {
    /// Tell each request and its answer on the standard error, with secrets shortened.
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Tell it to a machine: JSON.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Scopes, separated by spaces, or by giving the option several times.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ScopeOptions {
    /// What to ask for; several scopes are separated by spaces.
    #[arg(short, long, value_name = "SCOPE")]
    scope: Vec<String>,
}

impl ScopeOptions {
    pub(crate) fn scopes(&self) -> anyhow::Result<oauth2_core::Scopes> {
        let text = self.scope.join(" ");
        text.parse().map_err(|_| {
            Failure::caller("a scope does not follow the grammar (RFC 6749 section 3.3)")
                .next("a scope has no quotes, backslashes or control characters")
                .into()
        })
    }
}

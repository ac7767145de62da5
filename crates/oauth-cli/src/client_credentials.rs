//! `oauth client-credentials`: a token for the client itself (RFC 6749 section 4.4).

use std::process::ExitCode;

use oauth2_core::client::{Misuse, Tokens};

use crate::{
    remote::{
        Failure, IdentityOptions, Output, Scene, ScopeOptions, ServerOptions, TlsOptions, Wire, tell_came,
        to_json,
    },
    tell,
};

/// Where, and who asks.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    scope: ScopeOptions,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

const TOKEN: Scene = Scene { title: "The client asks on its own behalf", standard: "RFC 6749 section 4.4.2" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let found = options.server.find(&mut wire).await?;
    let identity = options.identity.need(&found.metadata)?;
    if identity.method == "none" {
        return Err(Failure::from(Misuse::PublicClient).into());
    }
    let client = identity.client(&found, None, None)?;
    let scope = options.scope.scopes()?;
    let mut exchange = client.client_credentials(&scope).map_err(Failure::from)?;
    for resource in &options.server.resource {
        exchange = exchange.with_resource(resource).map_err(Failure::from)?;
    }
    let tokens = wire.run(TOKEN, exchange).await?;
    tell_token(&tokens, options.output)?;
    Ok(ExitCode::SUCCESS)
}

/// The token is what was asked for: it alone is on the standard output, what belongs to it on the other one.
pub(crate) fn tell_token(tokens: &Tokens, output: Output) -> Result<(), Failure> {
    let now = Wire::moment()?.now();
    match output.json {
        true => tell::say(&format!("{}\n", to_json(tokens, now))),
        false => {
            anstream::eprint!("{}", tell_came(tokens, now));
            tell::say(&format!("{}\n", tell::printable(tokens.access_token.expose())));
        }
    }
    Ok(())
}

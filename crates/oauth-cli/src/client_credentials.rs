//! `oauth client-credentials`: a token for the client itself (RFC 6749 section 4.4).

use std::process::ExitCode;

use oauth2_core::client::{Misuse, Tokens};

use crate::{
    remote::{
        Failure, IdentityOptions, Output, Scene, ScopeOptions, ServerOptions, TlsOptions, Wire, tell_came,
        to_json,
    },
    store::{Profile, Profiles, TokenOptions, Way},
    tell::{self, ODD},
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
    token: TokenOptions,
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
    let place = options.token.keep.place()?;
    let profile = Profile {
        server: found,
        client: identity,
        registered: None,
        dpop_key: options.token.key()?,
        scope: options.scope.scopes()?,
        resources: options.server.resource.clone(),
        way: Way::ClientCredentials,
    };
    let client = profile.client(None)?;
    let mut exchange = client.client_credentials(&profile.scope).map_err(Failure::from)?;
    for resource in &profile.resources {
        exchange = exchange.with_resource(resource).map_err(Failure::from)?;
    }
    let tokens = wire.run(TOKEN, exchange).await?;
    finish(place, &profile, &tokens, options.output).await
}

/// The token is kept where that was asked for, and told.
pub(crate) async fn finish(
    place: Option<(Profiles, &str)>,
    profile: &Profile,
    tokens: &Tokens,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match place {
        Some((profiles, name)) => profiles.keep(name, profile, tokens).await?,
        None if profile.dpop_key.is_some() => anstream::eprintln!(
            "{ODD}note:{ODD:#} the token is bound to a key that ends with this command; --name keeps both"
        ),
        None => {}
    }
    tell_token(tokens, output)?;
    Ok(ExitCode::SUCCESS)
}

/// The token is what was asked for: it alone is on the standard output, what belongs to it on the other one.
fn tell_token(tokens: &Tokens, output: Output) -> Result<(), Failure> {
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

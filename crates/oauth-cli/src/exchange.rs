//! `oauth exchange`: a token for a token (RFC 8693).

use std::{borrow::Cow, process::ExitCode};

use oauth2_core::client::Trade;

use crate::{
    client_credentials::finish,
    remote::{IdentityOptions, Output, Scene, ScopeOptions, ServerOptions, TlsOptions, Wire, given, named},
    store::{Profile, TokenOptions, Way},
};

/// Where, who asks, and what for what.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    /// A file with the token that is traded; without it, the environment variable OAUTH_SUBJECT_TOKEN, or the standard input.
    #[arg(long, value_name = "FILE")]
    subject_token_file: Option<String>,
    /// What it is: access_token, refresh_token, id_token, jwt, saml1, saml2, or a URI.
    #[arg(long, value_name = "TYPE", default_value = "access_token")]
    subject_type: String,
    /// A file with the token of who acts; without it, the environment variable OAUTH_ACTOR_TOKEN, if it is set.
    #[arg(long, value_name = "FILE")]
    actor_token_file: Option<String>,
    /// What that is.
    #[arg(long, value_name = "TYPE", default_value = "access_token")]
    actor_type: String,
    /// What type the new token shall be of.
    #[arg(long, value_name = "TYPE")]
    requested_type: Option<String>,
    /// Whom the new token is for, by a name that the server knows.
    #[arg(long, value_name = "NAME")]
    audience: Vec<String>,
    #[command(flatten)]
    scope: ScopeOptions,
    #[command(flatten)]
    token: TokenOptions,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

const EXCHANGE: Scene = Scene { title: "One token for another", standard: "RFC 8693 section 2.1" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let server = options.server.find(&mut wire).await?;
    let client = options.identity.need(&server.metadata)?;
    let place = options.token.keep.place()?;
    let profile = Profile {
        server,
        client,
        registered: None,
        dpop_key: options.token.key()?,
        scope: options.scope.scopes()?,
        resources: options.server.resource.clone(),
        way: Way::Exchange,
    };
    let subject = named("subject token", &options.subject_token_file, "OAUTH_SUBJECT_TOKEN")?;
    let actor = given(&options.actor_token_file, "OAUTH_ACTOR_TOKEN")?;
    let (subject_type, actor_type) = (urn(&options.subject_type), urn(&options.actor_type));
    let requested = options.requested_type.as_deref().map(urn);
    let resources: Vec<&str> = profile.resources.iter().map(String::as_str).collect();
    let audiences: Vec<&str> = options.audience.iter().map(String::as_str).collect();
    let trade = Trade {
        subject: (&subject, &subject_type),
        actor: actor.as_ref().map(|token| (token, &*actor_type)),
        resources: &resources,
        audiences: &audiences,
        scope: profile.scope.clone(),
        requested: requested.as_deref(),
    };
    let tokens = wire.run(EXCHANGE, profile.client(None)?.trade(&trade)).await?;
    finish(place, &profile, &tokens, options.output).await
}

/// The short names of RFC 8693 section 3.
fn urn(name: &str) -> Cow<'_, str> {
    match name.contains(':') {
        true => name.into(),
        false => format!("urn:ietf:params:oauth:token-type:{name}").into(),
    }
}

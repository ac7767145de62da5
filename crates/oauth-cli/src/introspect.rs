//! `oauth introspect`: what a token is (RFC 7662).

use std::process::ExitCode;

use oauth_sansio::Timestamp;
use oauth2_core::client::Introspection;
use serde_json::{Value, json};

use crate::{
    documents,
    remote::{Failure, IdentityOptions, Output, Scene, ServerOptions, TlsOptions, Wire, named},
    tell::{self, BAD, GOOD, line},
    times,
};

/// Where, who asks, and about what.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    /// A file with the token; without it, the environment variable OAUTH_TOKEN, or the standard input.
    #[arg(long, value_name = "FILE")]
    token_file: Option<String>,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

const ASK: Scene = Scene { title: "What the server says of the token", standard: "RFC 7662 section 2.1" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let client = options.identity.at(&options.server, &mut wire).await?;
    let token = named("token", &options.token_file, "OAUTH_TOKEN")?;
    let told = wire.run(ASK, client.introspect(&token).map_err(Failure::from)?).await?;
    tell::say(&match options.output.json {
        true => {
            let mut members = told.members.clone();
            members.insert("active".to_owned(), json!(told.active));
            format!("{}\n", Value::Object(members))
        }
        false => people(&told, Wire::moment()?.now()),
    });
    Ok(if told.active { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn people(told: &Introspection, now: Timestamp) -> String {
    if !told.active {
        return format!(
            "{BAD}not active{BAD:#}: ended, revoked, unknown, or not this client's to ask about\n"
        );
    }
    let mut out = format!("{GOOD}active{GOOD:#}\n");
    for (name, value) in &told.members {
        let is_time = matches!(name.as_str(), "exp" | "nbf" | "iat");
        let text = match value.as_u64().filter(|_| is_time) {
            Some(seconds) => times::told(Timestamp::from_unix(seconds), now),
            None => documents::text(value),
        };
        out += &line(&tell::printable(name), &text);
    }
    out
}

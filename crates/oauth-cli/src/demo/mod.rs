//! `oauth demo`: a provider, a protected API and an application, in one process, over real sockets.

mod api;
mod app;
pub(crate) mod message;
mod oauth1;
mod oauth2;
mod person;
pub(crate) mod shorten;
mod stage;
mod transcript;
mod wire;

use anyhow::Context as _;

pub use person::{Person, Visit};
pub use stage::{CLIENT_ID, PASSWORD, Stage, USER};
use transcript::{Format, Transcript};
use wire::Wire;

/// How to perform.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Leave login and consent to a person: print the address and wait for the click.
    #[arg(long)]
    browser: bool,
    /// Tell it to a machine: one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Use this port for the provider, and the next two for the API and the application; free ones by default.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=65533))]
    port: Option<u16>,
}

/// Performs both dances.
///
/// # Errors
/// When a step does not go as the standards say.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let format = if options.json { Format::Json } else { Format::People };
    let mut stage = Stage::set(options.port).await?;
    let mut wire = Wire::new(Transcript::new(format), options.browser);
    wire.transcript.remark(&format!(
        "provider {}   photo API {}   application {}",
        stage.provider, stage.api, stage.callback
    ));
    oauth1::dance(&mut stage, &mut wire).await.context("the OAuth 1.0a dance failed")?;
    oauth2::dance(&mut stage, &mut wire).await.context("the OAuth 2 dance failed")?;
    wire.transcript.end();
    Ok(())
}

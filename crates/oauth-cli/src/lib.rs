//! The `oauth` command.
//!
//! **What it is.** The workspace's binary. `oauth demo` performs the OAuth 1.0a dance and the OAuth 2 dance on
//! loopback, each step over a real socket, and tells what happens. `oauth sign` and `oauth verify` tell how an OAuth 1
//! request is signed, and what is wrong with one. It is a library as well, so that tests can set the same
//! [`Stage`](demo::Stage) and have others dance on it.
//!
//! **What it is not.** It holds no protocol: every step it shows is taken by the libraries that it demonstrates.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let stage = oauth_cli::demo::Stage::set(None).await?;
//! println!("a provider at {}, an API at {}", stage.provider, stage.api);
//! # Ok(()) }
//! ```

mod credentials;
pub mod demo;
mod request;
mod sign;
mod tell;
mod verify;

/// The README's examples, compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Those of the server's document.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/oauth2-server.md")]
struct ServerDocument;

/// Those of the client's document.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/oauth2-client.md")]
struct ClientDocument;

/// Those of the protected API's document.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/resource-server.md")]
struct ResourceDocument;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// OAuth 1.0a and OAuth 2, on all sides.
#[derive(Parser)]
#[command(name = "oauth", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Performs both dances on this machine and tells every step.
    Demo(demo::Options),
    /// Signs an OAuth 1 request and tells how: base string, form of the key, header.
    Sign(sign::Options),
    /// Tells which check an OAuth 1 request fails, and why. Exit status: 0 valid, 1 not, 2 if it cannot be told.
    Verify(verify::Options),
}

/// Does what the command line says, and tells how it went.
pub async fn main() -> ExitCode {
    // `RUST_LOG=info` shows the operator's side: every refusal with its exact reason.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let (outcome, failure) = match Arguments::parse().command {
        Command::Demo(options) => (demo::run(options).await.map(|()| ExitCode::SUCCESS), 1),
        Command::Sign(options) => (sign::run(&options), USAGE),
        Command::Verify(options) => (verify::run(&options), USAGE),
    };
    outcome.unwrap_or_else(|error| {
        anstream::eprintln!(
            "{}error:{} {error:#}",
            anstyle::AnsiColor::Red.on_default().render(),
            anstyle::Reset
        );
        ExitCode::from(failure)
    })
}

/// What was asked makes no sense, as clap says it too.
const USAGE: u8 = 2;

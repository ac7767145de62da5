//! The `oauth` command.
//!
//! **What it is.** The workspace's binary. `oauth demo` performs the OAuth 1.0a dance and the OAuth 2 dance on
//! loopback, each step over a real socket, and tells what happens. It is a library as well, so that tests can set the
//! same [`Stage`](demo::Stage) and have others dance on it.
//!
//! **What it is not.** It holds no protocol: every step it shows is taken by the libraries that it demonstrates.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let stage = oauth_cli::demo::Stage::set(None).await?;
//! println!("a provider at {}, an API at {}", stage.provider, stage.api);
//! # Ok(()) }
//! ```

pub mod demo;

/// The README's examples, compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

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
}

/// Does what the command line says, and tells how it went.
pub async fn main() -> ExitCode {
    // `RUST_LOG=info` shows the operator's side: every refusal with its exact reason.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let Command::Demo(options) = Arguments::parse().command;
    match demo::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!(
                "{}error:{} {error:#}",
                anstyle::AnsiColor::Red.on_default().render(),
                anstyle::Reset
            );
            ExitCode::FAILURE
        }
    }
}

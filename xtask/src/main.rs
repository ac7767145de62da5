//! The workspace's own checks, as commands. `cargo xtask ci` runs them all.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

mod bench;
mod ci;
mod docs;
mod fuzz;
mod layers;
mod model;
mod nightly;
mod peers;
mod run;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The checks of this workspace", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that must hold before a change is taken; with names, only these steps
    Ci(ci::Arguments),
    /// All tests of the workspace that need nothing but Rust
    Test,
    /// Every interleaving of concurrent requests, explored
    Model,
    /// Cores stay pure, layers stay layered, foreign types in public signatures are known
    CheckLayers,
    /// Links lead somewhere, tests that the documents name exist, each attack is accounted for
    CheckDocs,
    /// The benchmark, in release mode
    Bench(bench::Arguments),
    /// Builds the fuzz targets and runs each for a while
    Fuzz(fuzz::Arguments),
    /// Properties with a million cases, fuzzing for minutes
    Nightly(nightly::Arguments),
    /// Installs real peers (Python, Node, a browser) and runs the tests against them
    Peers(peers::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Ci(arguments) => ci::run(&arguments),
        Command::Test => test::run(),
        Command::Model => model::run(),
        Command::CheckLayers => layers::run(),
        Command::CheckDocs => docs::run(),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Nightly(arguments) => nightly::run(&arguments),
        Command::Peers(arguments) => peers::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

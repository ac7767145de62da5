//! `cargo xtask ci`: every check in order, loud on the first failure.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::builder::PossibleValuesParser;

use crate::{docs, fuzz, layers, model, peers, run, test};

type Step = (&'static str, fn() -> Result<()>);

const STEPS: [Step; 9] = [
    ("fmt", format),
    ("clippy", clippy),
    ("test", test::run),
    ("model", model::run),
    ("docs", rustdoc),
    ("check-layers", layers::run),
    ("check-docs", docs::run),
    ("fuzz", fuzz_briefly),
    ("peers", peers_all),
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these steps
    #[arg(value_parser = PossibleValuesParser::new(STEPS.map(|(name, _)| name)))]
    steps: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wanted = |name: &str| arguments.steps.is_empty() || arguments.steps.iter().any(|step| step == name);
    let mut times = Vec::new();
    for (name, step) in STEPS.into_iter().filter(|(name, _)| wanted(name)) {
        eprintln!("\n== {name}");
        let start = now();
        let outcome = step();
        times.push((name, start.elapsed()));
        if outcome.is_err() {
            print(&times);
        }
        outcome.with_context(|| format!("ci stopped at the step `{name}`"))?;
    }
    print(&times);
    Ok(())
}

fn format() -> Result<()> {
    run::run(&mut run::cargo(["fmt", "--all", "--check"]))?;
    run::run(&mut run::cargo(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))
}

fn clippy() -> Result<()> {
    run::run(&mut run::cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run::run(&mut run::cargo([
        "clippy",
        "-p",
        "oauth-cli",
        "-p",
        "oauth-provider",
        "--features",
        "oauth-cli/otel",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    // By itself, a core is built without its features.
    run::run(&mut run::cargo(["clippy", "-p", "oauth1-core", "--", "-D", "warnings"]))
}

fn rustdoc() -> Result<()> {
    run::run(run::cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn fuzz_briefly() -> Result<()> {
    fuzz::run(&fuzz::Arguments::briefly())
}

fn peers_all() -> Result<()> {
    peers::run(&peers::Arguments::default())
}

fn print(times: &[(&str, Duration)]) {
    println!("\n{:<14}{:>9}", "step", "seconds");
    for (name, time) in times {
        println!("{name:<14}{:>9.1}", time.as_secs_f64());
    }
    println!("{:<14}{:>9.1}", "in all", times.iter().map(|(_, time)| time.as_secs_f64()).sum::<f64>());
}

#[allow(clippy::disallowed_methods, reason = "how long a step takes is what the table shows")]
fn now() -> Instant {
    Instant::now()
}

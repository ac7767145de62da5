//! `cargo xtask nightly`: the same questions as in `ci`, asked for longer than a change can wait.

use anyhow::Result;

use crate::{fuzz, run};

/// (crate, test target) of the tests that take `OAUTH_CASES`.
const PROPERTIES: [(&str, &str); 1] = [("oauth1-core", "properties")];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many cases each property is tried with
    #[arg(long, default_value_t = 1_000_000)]
    cases: u32,
    /// How long each fuzz target runs
    #[arg(long, default_value_t = 120)]
    fuzz_seconds: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    for (package, test) in PROPERTIES {
        let mut command = run::cargo(["test", "--release", "-p", package, "--test", test]);
        run::run(command.env("OAUTH_CASES", arguments.cases.to_string()))?;
    }
    fuzz::run(&fuzz::Arguments::each_for(arguments.fuzz_seconds))
}

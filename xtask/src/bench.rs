//! `cargo xtask bench`: the benchmark of the `oauth-bench` crate.

use anyhow::Result;

use crate::run;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to the benchmark
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    run::run(run::cargo(["run", "--release", "-p", "oauth-bench", "--"]).args(&arguments.rest))
}

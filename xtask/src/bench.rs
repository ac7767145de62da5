//! `cargo xtask bench`: the benchmark of the `oauth-bench` crate.

use anyhow::Result;

use crate::{peers, run};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to the benchmark
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut bench = run::cargo(["run", "--release", "-p", "oauth-bench", "--"]);
    match peers::installed_python() {
        Ok(python) => bench.env("OAUTH_PEERS_PYTHON", python),
        // The benchmark says which rows are missing.
        Err(error) => {
            eprintln!("no Python peers: {error:#}");
            &mut bench
        }
    };
    run::run(bench.args(&arguments.rest))
}

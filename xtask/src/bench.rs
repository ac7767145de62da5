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
    let peers = [
        ("OAUTH_PEERS_PYTHON", peers::installed_python()),
        ("OAUTH_PEERS_NODE_DIR", peers::installed_node()),
    ];
    let mut found = Vec::new();
    for (name, peer) in peers {
        match peer {
            Ok(path) => found.push((name, path)),
            // The benchmark says which rows are missing.
            Err(error) => eprintln!("no peers at {name}: {error:#}"),
        }
    }
    // Its start is measured, too.
    run::run(&mut run::cargo(["build", "--release", "-p", "oauth-cli"]))?;
    for program in ["oauth-bench", "servers", "stores"] {
        let mut bench = run::cargo(["run", "--release", "-p", "oauth-bench", "--bin", program, "--"]);
        run::run(bench.envs(found.iter().cloned()).args(&arguments.rest))?;
    }
    Ok(())
}

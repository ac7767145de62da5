//! `cargo xtask test`: unit, integration, vector, property and doc tests of every crate.

use anyhow::Result;

use crate::run;

pub(crate) fn run() -> Result<()> {
    run::run(&mut run::cargo(["test", "--workspace"]))?;
    // Without the feature, traces are refused, which the tests of all see.
    run::run(&mut run::cargo(["test", "-p", "oauth-cli", "--features", "otel", "--test", "serve", "traces"]))
}

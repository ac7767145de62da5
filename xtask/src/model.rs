//! `cargo xtask model`: the tests that explore every interleaving. They need `--cfg model`, under which steps can be
//! hashed, and hence a target directory of their own.

use anyhow::Result;

use crate::run;

/// (crate, test target)
const EXPLORATIONS: [(&str, &str); 1] = [("oauth-store", "exploration")];

pub(crate) fn run() -> Result<()> {
    let target_dir = run::target_dir("model")?;
    for (package, test) in EXPLORATIONS {
        let mut command = run::cargo(["test", "--profile", "model", "-p", package, "--test", test]);
        run::run(command.env("CARGO_TARGET_DIR", &target_dir).env("RUSTFLAGS", "--cfg model"))?;
    }
    Ok(())
}

//! `oauthlib`, in an interpreter beside this process, which measures its own CPU time.
//!
//! `OAUTH_PEERS_PYTHON` names an interpreter that has it, as `cargo xtask bench` sees to. Without, its rows are missing,
//! and it is said.

use std::cell::RefCell;
use std::process::Command;

use oauth_bench::elsewhere::Elsewhere;

/// An interpreter that signs and verifies the same request.
pub(crate) struct Oauthlib(RefCell<Elsewhere>);

impl Oauthlib {
    /// With a form body that is to be signed.
    pub(crate) fn start(uri: &str, body: &str) -> anyhow::Result<Option<Self>> {
        let Some(python) = std::env::var_os("OAUTH_PEERS_PYTHON") else {
            println!("\n(no oauthlib here: OAUTH_PEERS_PYTHON is not set)");
            return Ok(None);
        };
        let mut command = Command::new(python);
        let process = Elsewhere::start(command.args(["-c", include_str!("oauthlib.py"), uri, body]))?;
        Ok(Some(Self(process.into())))
    }

    /// Runs `sign` or `verify` so many times; the CPU time in nanoseconds.
    pub(crate) fn run(&self, what: &str, runs: usize) -> f64 {
        self.0.borrow_mut().ask(&format!("{what} {runs}")).expect("oauthlib tells a number")
    }
}

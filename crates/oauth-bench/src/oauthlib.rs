//! `oauthlib`, in an interpreter beside this process, which measures its own CPU time.
//!
//! `OAUTH_PEERS_PYTHON` names an interpreter that has it, as `cargo xtask bench` sees to. Without, its rows are missing,
//! and it is said.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;

/// An interpreter that signs and verifies the same request.
pub(crate) struct Oauthlib(RefCell<Pipes>);

struct Pipes {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Oauthlib {
    /// With a form body that is to be signed.
    pub(crate) fn start(uri: &str, body: &str) -> anyhow::Result<Option<Self>> {
        let Some(python) = std::env::var_os("OAUTH_PEERS_PYTHON") else {
            println!("\n(no oauthlib here: OAUTH_PEERS_PYTHON is not set)");
            return Ok(None);
        };
        let mut child = Command::new(python)
            .args(["-c", include_str!("oauthlib.py"), uri, body])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().context("a pipe")?;
        let from = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Some(Self(RefCell::new(Pipes { child, to, from }))))
    }

    /// Runs `sign` or `verify` so many times; the CPU time in nanoseconds.
    pub(crate) fn run(&self, what: &str, runs: usize) -> f64 {
        let mut pipes = self.0.borrow_mut();
        writeln!(pipes.to, "{what} {runs}").and_then(|()| pipes.to.flush()).expect("oauthlib listens");
        let mut line = String::new();
        pipes.from.read_line(&mut line).expect("oauthlib answers");
        line.trim().parse().expect("oauthlib tells a number")
    }
}

impl Drop for Oauthlib {
    fn drop(&mut self) {
        let pipes = self.0.get_mut();
        let _ = pipes.child.kill();
        let _ = pipes.child.wait();
    }
}

//! A process beside this one, which is asked line by line and tells its CPU time itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;

/// The process; dropped, it ends.
pub struct Elsewhere {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Elsewhere {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let to = child.stdin.take().context("a pipe")?;
        let from = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Self { child, to, from })
    }

    /// The number in its next line.
    ///
    /// # Errors
    /// When it writes none.
    pub fn read(&mut self) -> anyhow::Result<f64> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        line.trim().parse().with_context(|| format!("{line:?} is no number"))
    }

    /// Writes a line; the number in the answer.
    ///
    /// # Errors
    /// When it cannot be asked or writes no number.
    pub fn ask(&mut self, what: &str) -> anyhow::Result<f64> {
        writeln!(self.to, "{what}")?;
        self.to.flush()?;
        self.read()
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

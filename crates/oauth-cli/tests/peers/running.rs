//! A peer that serves, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// It ends with the test.
pub(crate) struct Running {
    child: Child,
    /// Kept open: the peer writes warnings there, and would die of a closed pipe.
    _out: BufReader<ChildStdout>,
    /// What it said when it was ready.
    pub(crate) said: Value,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        Self { child, _out: out, said: serde_json::from_str(&line).unwrap() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Other people's clients and providers, and a browser, over real sockets (`tests/peers` of the repository).
//!
//! They run where `OAUTH_PEERS` is set, as `cargo xtask peers` does after it has installed them; elsewhere each test
//! says that it did not run.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod browser;
mod oauth2;
mod oauth4webapi;
mod oauth_1_0a;
mod oauthlib;
mod oidc_provider;
mod photos;
mod requests_oauthlib;
mod running;
mod stage;
mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Where the peers are.
struct Peers {
    python: PathBuf,
    node_dir: PathBuf,
}

/// `None` where nobody asked for peers; then nothing is tested, and it is said.
fn peers() -> Option<Peers> {
    let path = |name| PathBuf::from(std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")));
    if std::env::var_os("OAUTH_PEERS").is_none() {
        eprintln!("not run: there are no peers here; `cargo xtask peers` installs them");
        return None;
    }
    Some(Peers { python: path("OAUTH_PEERS_PYTHON"), node_dir: path("OAUTH_PEERS_NODE_DIR") })
}

impl Peers {
    fn python(&self, script: &str, told: &Value) -> Value {
        said(self.python_command(script, told).output().unwrap())
    }

    fn python_command(&self, script: &str, told: &Value) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers").join(script);
        let mut command = Command::new(&self.python);
        command.arg(script).arg(told.to_string());
        command
    }

    fn node(&self, script: &str, told: &Value) -> Value {
        said(self.node_command(script, told).output().unwrap())
    }

    fn node_command(&self, script: &str, told: &Value) -> Command {
        let mut command = Command::new("node");
        command.current_dir(&self.node_dir).arg(script).arg(told.to_string());
        command
    }
}

/// What a script printed, if it is content.
fn said(output: Output) -> Value {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    let said: Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(said["ok"], true, "{said}");
    eprintln!("{said}");
    said
}

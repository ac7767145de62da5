//! Other people's clients and providers, and a browser, over real sockets (`tests/peers` of the repository).
//!
//! They run where `OAUTH_PEERS` is set, as `cargo xtask peers` does after it has installed them; elsewhere each test
//! says that it did not run.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod admin_pages;
mod browser;
mod mcp_conformance;
mod mutual_tls;
mod oauth2;
mod oauth4webapi;
mod oauth_1_0a;
mod oauthlib;
mod oidc_provider;
mod openid_client;
mod pages;
mod photos;
mod playground;
mod requests_oauthlib;
mod running;
mod stage;
mod tls;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything here may take. A peer that hangs is a failure, not a pause.
const PATIENCE: Duration = Duration::from_secs(240);

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
        said(output(self.python_command(script, told)))
    }

    fn python_command(&self, script: &str, told: &Value) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers").join(script);
        let mut command = Command::new(&self.python);
        command.arg(script).arg(told.to_string());
        command
    }

    fn node(&self, script: &str, told: &Value) -> Value {
        said(output(self.node_command(script, told)))
    }

    fn node_command(&self, script: &str, told: &Value) -> Command {
        let mut command = Command::new("node");
        command.current_dir(&self.node_dir).arg(script).arg(told.to_string());
        command
    }
}

/// Runs a program to its end, or to the end of our patience.
fn output(mut command: Command) -> Output {
    fn all(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            bytes
        })
    }
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, err) = (all(child.stdout.take().unwrap()), all(child.stderr.take().unwrap()));
    Output { status: ended(&mut child), stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

/// Waits for the end of a program.
fn ended(child: &mut Child) -> ExitStatus {
    let began = now();
    loop {
        match child.try_wait().unwrap() {
            Some(status) => return status,
            None if began.elapsed() > PATIENCE => {
                child.kill().unwrap();
                panic!("a program did not end within {PATIENCE:?}");
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "patience is measured")]
fn now() -> Instant {
    Instant::now()
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

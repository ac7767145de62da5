//! The programs.

use std::io::{BufRead as _, BufReader, PipeReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::task::spawn_blocking;

/// The client and the server, built with the settings of this build.
pub(crate) async fn examples() -> (PathBuf, PathBuf) {
    let built = spawn_blocking(|| {
        let mut cargo = Command::new(env!("CARGO"));
        // Of the whole workspace, as `cargo test --workspace` has built them already.
        cargo.args(["build", "--workspace", "--example", "mcp_client", "--example", "mcp_server"]);
        cargo.arg("--message-format=json-render-diagnostics");
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).output().unwrap()
    });
    let built = built.await.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let told: Vec<Value> = built
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let program = |name: &str| {
        let found = told.iter().find(|one| one["target"]["name"] == name && one["executable"].is_string());
        PathBuf::from(found.unwrap()["executable"].as_str().unwrap())
    };
    (program("mcp_client"), program("mcp_server"))
}

/// One that runs; it ends with the test.
pub(crate) struct Example {
    child: Child,
    /// What it writes anywhere; `None` while somebody reads it.
    said: Option<BufReader<PipeReader>>,
}

impl Example {
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        for variable in ["CONTEXT", "SCENARIO", "PROTOCOL_VERSION"] {
            command.env_remove(format!("MCP_CONFORMANCE_{variable}"));
        }
        let (said, writer) = std::io::pipe().unwrap();
        command.args(arguments).stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
        Self { child: command.spawn().unwrap(), said: Some(BufReader::new(said)) }
    }

    /// The rest of the first line that begins so.
    pub(crate) async fn line(&mut self, beginning: &'static str) -> String {
        let mut said = self.said.take().unwrap();
        let (found, said) = spawn_blocking(move || {
            let mut before = String::new();
            loop {
                let mut line = String::new();
                assert!(said.read_line(&mut line).unwrap() > 0, "it has ended:\n{before}");
                if let Some(rest) = line.strip_prefix(beginning) {
                    return (rest.trim_end().to_owned(), said);
                }
                before += &line;
            }
        })
        .await
        .unwrap();
        self.said = Some(said);
        found
    }

    /// All that it still says; it has ended well.
    pub(crate) async fn end(mut self) -> String {
        let mut said = self.said.take().unwrap();
        let reading = spawn_blocking(move || {
            let mut rest = String::new();
            said.read_to_string(&mut rest).unwrap();
            rest
        });
        let rest = reading.await.unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        rest
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

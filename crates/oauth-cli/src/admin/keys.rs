//! The keys that tokens are signed with.

use http::Method;
use serde_json::Value;

use super::api::Api;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Lists them, the oldest first.
    List,
    /// Makes the next one before it is due; it is published now, and signs when everybody can know it.
    Rotate,
    /// Revokes one; what it signed is worth nothing to those who fetch the published set again.
    Revoke {
        /// As the list has it.
        key_id: String,
    },
}

pub(super) async fn run(command: &Command, api: &mut Api) -> anyhow::Result<Value> {
    let mut told = match command {
        Command::List => api.send("Signing keys", Method::GET, &["keys"], &[], None).await?,
        Command::Rotate => api.send("The next signing key", Method::POST, &["keys"], &[], None).await?,
        Command::Revoke { key_id } => {
            return api.send("A key is revoked", Method::DELETE, &["keys", key_id], &[], None).await;
        }
    };
    Ok(told["keys"].take())
}

//! What was granted.

use http::Method;
use serde_json::{Value, json};

use super::api::Api;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Lists what holds: of everybody, of a person, or of a client.
    List {
        /// The person's identifier.
        #[arg(long, conflicts_with = "client_id")]
        subject: Option<String>,
        /// The client.
        #[arg(long)]
        client_id: Option<String>,
    },
    /// Revokes one, by its id.
    Revoke {
        /// As the list has it.
        id: String,
    },
}

/// Whose grants end.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Everything {
    /// Those that this person gave.
    #[arg(long)]
    subject: Option<String>,
    /// Those of this client, in both protocols. It may ask for new ones.
    #[arg(long)]
    client_id: Option<String>,
    /// All of them.
    #[arg(long)]
    everybody: bool,
}

pub(super) async fn run(command: &Command, api: &mut Api) -> anyhow::Result<Value> {
    match command {
        Command::List { subject, client_id } => {
            let query: Vec<_> = [("subject", subject), ("client_id", client_id)]
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_deref()?)))
                .collect();
            let mut told = api.send("What was granted", Method::GET, &["grants"], &query, None).await?;
            if told["complete"] == false {
                anstream::eprintln!("these are the first of them: ask for those of a person or a client");
            }
            Ok(told["grants"].take())
        }
        Command::Revoke { id } => {
            api.send("A grant is revoked", Method::DELETE, &["grants", id], &[], None).await
        }
    }
}

pub(super) async fn revoke(everything: &Everything, api: &mut Api) -> anyhow::Result<Value> {
    let whose = match everything {
        Everything { subject: Some(subject), .. } => json!({ "subject": subject }),
        Everything { client_id: Some(client_id), .. } => json!({ "client_id": client_id }),
        _ => json!({ "everybody": true }),
    };
    api.send("Grants are revoked", Method::POST, &["revocations"], &[], Some(&whose)).await
}

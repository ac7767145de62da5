//! People who may log in.

use http::Method;
use serde_json::{Value, json};

use super::api::{Api, all_pages};
use crate::remote::given;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Lists them.
    List,
    /// Adds one, with a password that is drawn and told this once, unless one is given.
    Add(Named),
    /// Gives one another password, drawn unless it is given, and ends all logins.
    Password(Named),
    /// Lets one in no more, and ends logins and grants.
    Disable { username: String },
    /// Lets one in again.
    Enable { username: String },
    /// Ends all logins of one, who may log in again.
    SignOut { username: String },
    /// Removes one, with all logins and grants.
    Remove { username: String },
}

/// Who, and by which password.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    username: String,
    /// A file with the password; `-` is the standard input. Without it, the environment variable OAUTH_PASSWORD, or one that
    /// is drawn.
    #[arg(long, value_name = "FILE")]
    password_file: Option<String>,
}

impl Named {
    fn password(&self) -> anyhow::Result<Option<String>> {
        Ok(given(&self.password_file, "OAUTH_PASSWORD")?.map(|password| password.expose().to_owned()))
    }
}

pub(super) async fn run(command: &Command, api: &mut Api) -> anyhow::Result<Value> {
    match command {
        Command::List => all_pages(api, "Users", &["users"], "users").await,
        Command::Add(named) => {
            let mut body = json!({ "username": named.username });
            if let Some(password) = named.password()? {
                body["password"] = password.into();
            }
            api.send("A user is added", Method::POST, &["users"], &[], Some(&body)).await
        }
        Command::Password(named) => {
            let mut body = json!({});
            if let Some(password) = named.password()? {
                body["password"] = password.into();
            }
            let path = ["users", &named.username, "password"];
            api.send("A user gets another password", Method::POST, &path, &[], Some(&body)).await
        }
        Command::Disable { username } => {
            api.send("A user is let in no more", Method::POST, &["users", username, "disable"], &[], None)
                .await
        }
        Command::Enable { username } => {
            api.send("A user is let in again", Method::POST, &["users", username, "enable"], &[], None).await
        }
        Command::SignOut { username } => {
            let path = ["users", username, "sign-out"];
            api.send("A user is signed out", Method::POST, &path, &[], None).await
        }
        Command::Remove { username } => {
            api.send("A user is removed", Method::DELETE, &["users", username], &[], None).await
        }
    }
}

//! `oauth admin`: an operator's commands to a provider that is running.

mod api;
mod backup;
mod clients;
mod grants;
mod keys;
mod moving;
mod sealing;
mod users;

use std::process::ExitCode;

use http::Method;
use serde_json::{Value, json};

use crate::{
    remote::Output,
    tell::{self, line},
};
use api::{Api, ApiOptions};

/// What is to be done.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    api: ApiOptions,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Clients of both protocols: lists them, registers, renews secrets, removes.
    #[command(subcommand)]
    Clients(clients::Command),
    /// People who may log in: lists them, adds, gives another password, disables, removes.
    #[command(subcommand)]
    Users(users::Command),
    /// The keys that tokens are signed with: lists them, makes the next one, revokes.
    #[command(subcommand)]
    Keys(keys::Command),
    /// What people and clients were granted: lists it, revokes one grant.
    #[command(subcommand)]
    Grants(grants::Command),
    /// Copies the store into a new file while the provider is in use.
    Backup {
        /// The whole path of the file, on the provider's machine.
        file: String,
    },
    /// Prints all clients and users with their secrets, a JSON object a line, for another provider to import.
    Export,
    /// Takes in what another provider exported; what is there already stays as it is.
    Import {
        /// The file; `-` is the standard input.
        file: String,
    },
    /// Prints a link to the provider's pages for its operator, which opens once, within ten minutes.
    Link,
    /// Seals all secrets in the store with the first key of `seal.keys`, so that the older ones can be taken out. It can be
    /// done again at any time, and while the provider is in use.
    Reseal,
    /// Revokes everything of a person, of a client, or of everybody.
    Revoke(grants::Everything),
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut api = Api::new(&options.api, options.output)?;
    let told = match &options.command {
        Command::Clients(command) => clients::run(command, &mut api).await?,
        Command::Users(command) => users::run(command, &mut api).await?,
        Command::Keys(command) => keys::run(command, &mut api).await?,
        Command::Backup { file } => backup::back_up(file, !options.output.json, &mut api).await?,
        Command::Export => {
            tell::say(&moving::export(&mut api).await?);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Import { file } => moving::import(file, &mut api).await?,
        Command::Grants(command) => grants::run(command, &mut api).await?,
        Command::Link => link(&mut api).await?,
        Command::Reseal => sealing::reseal(&mut api).await?,
        Command::Revoke(everything) => grants::revoke(everything, &mut api).await?,
    };
    tell::say(&match options.output.json {
        true => format!("{told}\n"),
        false => to_people(&told),
    });
    Ok(ExitCode::SUCCESS)
}

/// The link is where the provider was reached: a tunnel may lead there.
async fn link(api: &mut Api) -> anyhow::Result<Value> {
    let told = api.send("A link to the pages", Method::POST, &["links"], &[], None).await?;
    let path = told["path"].as_str().unwrap_or_default();
    Ok(json!({ "link": api.at(path)?, "expires_in": told["expires_in"] }))
}

/// Lists as paragraphs, members as lines; what is not so is left out.
fn to_people(told: &Value) -> String {
    match told {
        Value::Null => String::new(),
        Value::Array(list) if list.is_empty() => "none\n".to_owned(),
        Value::Array(list) => list.iter().map(to_people).collect::<Vec<_>>().join("\n"),
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| says_something(value))
            .map(|(name, value)| line(name, &words(value)))
            .collect(),
        other => format!("{}\n", tell::printable(&words(other))),
    }
}

fn says_something(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_array().is_none_or(|list| !list.is_empty())
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

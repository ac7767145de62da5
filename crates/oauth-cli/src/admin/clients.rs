//! Clients of both protocols.

use anyhow::Context as _;
use http::Method;
use serde_json::{Map, Value, json};

use super::api::{Api, all_pages};
use crate::request::file;

/// In which protocol a client speaks.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Protocol {
    #[value(name = "oauth1")]
    OAuth1,
    #[value(name = "oauth2")]
    OAuth2,
}

impl Protocol {
    const fn name(self) -> &'static str {
        match self {
            Self::OAuth1 => "oauth1",
            Self::OAuth2 => "oauth2",
        }
    }
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Lists all clients of a protocol.
    List {
        #[arg(value_enum)]
        protocol: Protocol,
    },
    /// Shows one.
    Show {
        #[arg(value_enum)]
        protocol: Protocol,
        client_id: String,
    },
    /// Registers one, and tells its secret this once.
    Create(Box<Create>),
    /// Gives one another secret, and tells it this once.
    RenewSecret {
        #[arg(value_enum)]
        protocol: Protocol,
        client_id: String,
        /// How many seconds the secret before works on (OAuth 2 only); a day, unless said.
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<u64>,
    },
    /// Lets a client of OAuth 2 trade what clients of OAuth 1 were given for tokens, without asking people again.
    MigratesFrom {
        client_id: String,
        /// The clients of OAuth 1, by their identifiers; without any it trades nothing any more.
        oauth1_client_id: Vec<String>,
    },
    /// Removes one with all that it was given; its identifier is never given out again.
    Remove {
        #[arg(value_enum)]
        protocol: Protocol,
        client_id: String,
    },
}

/// A client that is to be.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    #[arg(value_enum)]
    protocol: Protocol,
    /// Its identifier; drawn unless said.
    #[arg(long)]
    client_id: Option<String>,
    /// What people read.
    #[arg(long)]
    name: Option<String>,
    /// Where people are sent back to; several by giving it several times.
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// OAuth 2: what it may do, as authorization_code, refresh_token or client_credentials; several by giving it several
    /// times.
    #[arg(long, value_name = "GRANT")]
    grant: Vec<String>,
    /// OAuth 2: what it may ask for; several scopes are separated by spaces.
    #[arg(long)]
    scope: Option<String>,
    /// OAuth 2: how it proves who it is, as client_secret_basic or none.
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// Everything else: a file with a JSON object (RFC 7591 section 2), whose members the options replace; `-` is the
    /// standard input.
    #[arg(long, value_name = "FILE")]
    metadata: Option<String>,
}

impl Create {
    fn metadata(&self) -> anyhow::Result<Value> {
        let mut members: Map<String, Value> = match &self.metadata {
            Some(name) => serde_json::from_slice(&file(name)?)
                .with_context(|| format!("{name} holds no JSON object"))?,
            None => Map::new(),
        };
        let uris = match self.protocol {
            Protocol::OAuth1 => "callbacks",
            Protocol::OAuth2 => "redirect_uris",
        };
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        if let Some(client_id) = &self.client_id {
            set("client_id", json!(client_id));
        }
        if let Some(name) = &self.name {
            set("client_name", json!(name));
        }
        if !self.redirect_uri.is_empty() {
            set(uris, json!(self.redirect_uri));
        }
        if !self.grant.is_empty() {
            set("grant_types", json!(self.grant));
            // RFC 7591 section 2.1: one goes with the other.
            let with_code = self.grant.iter().any(|grant| grant == "authorization_code");
            set("response_types", if with_code { json!(["code"]) } else { json!([]) });
        }
        if let Some(scope) = &self.scope {
            set("scope", json!(scope));
        }
        if let Some(method) = &self.auth_method {
            set("token_endpoint_auth_method", json!(method));
        }
        Ok(Value::Object(members))
    }
}

pub(super) async fn run(command: &Command, api: &mut Api) -> anyhow::Result<Value> {
    match command {
        Command::List { protocol } => {
            all_pages(api, "Clients", &["clients", protocol.name()], "clients").await
        }
        Command::Show { protocol, client_id } => {
            api.send("One client", Method::GET, &["clients", protocol.name(), client_id], &[], None).await
        }
        Command::Create(create) => {
            let path = ["clients", create.protocol.name()];
            api.send("A client is registered", Method::POST, &path, &[], Some(&create.metadata()?)).await
        }
        Command::RenewSecret { protocol, client_id, overlap } => {
            let path = ["clients", protocol.name(), client_id, "secret"];
            let body = overlap.map_or_else(|| json!({}), |overlap| json!({ "overlap_seconds": overlap }));
            api.send("A client gets another secret", Method::POST, &path, &[], Some(&body)).await
        }
        Command::MigratesFrom { client_id, oauth1_client_id } => {
            let path = ["clients", Protocol::OAuth2.name(), client_id, "migrates_from"];
            let body = json!({ "migrates_from": oauth1_client_id });
            api.send("A client takes the place of others", Method::PUT, &path, &[], Some(&body)).await
        }
        Command::Remove { protocol, client_id } => {
            let path = ["clients", protocol.name(), client_id];
            api.send("A client is removed", Method::DELETE, &path, &[], None).await
        }
    }
}

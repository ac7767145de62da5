//! `oauth discover`: what a server or an API says of itself, checked (RFC 8414, RFC 9728).

use std::process::ExitCode;

use oauth2_core::{
    client::Discovery,
    metadata::{AuthorizationServerMetadata, ProtectedResourceMetadata, Transport},
};
use serde_json::{Value, json};

use crate::{
    check::Checks,
    documents,
    remote::{Failure, Output, TlsOptions, Wire, resource_metadata, transport_of},
    tell::{self, TITLE, printable},
};

/// What to look up.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The issuer identifier of an authorization server, or the address of an API.
    #[arg(value_name = "ISSUER|RESOURCE")]
    address: String,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// A document that was found.
struct Document {
    kind: &'static str,
    of: String,
    members: Value,
    checks: Checks,
}

/// Authorization servers of one API that are looked up.
const MOST_SERVERS: usize = 5;

/// All that was looked for, and is there.
#[derive(Default)]
struct Found {
    documents: Vec<Document>,
    failures: Vec<Failure>,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let Found { documents, failures } = look(&mut wire, &options.address).await?;
    tell::say(&match options.output.json {
        true => format!("{}\n", machine(&documents, &failures)),
        false => documents.iter().map(people).collect(),
    });
    let fine = documents.iter().all(|document| document.checks.hold());
    match failures.into_iter().next() {
        Some(failure) => Err(failure.into()),
        None => Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
    }
}

/// Looks for either kind: one address may be both.
async fn look(wire: &mut Wire, address: &str) -> Result<Found, Failure> {
    let server = server(wire, address, transport_of(address)).await;
    let api = api(wire, address).await;
    let mut found = Found::default();
    let named = api.as_ref().map(|(_, metadata)| metadata.authorization_servers.clone()).unwrap_or_default();
    match (server, api.map(|(document, _)| document)) {
        // Of two that are not good, the one that is there says more than the one that is not.
        (Err(server), Err(api)) => {
            return Err(if server.is_absence() { api } else { server }.during(address));
        }
        (server, api) => {
            found.keep(server);
            found.keep(api);
        }
    }
    // The API chose them, and not the caller.
    let transport = transport_of(address);
    wire.guard(transport);
    for issuer in named.iter().take(MOST_SERVERS).filter(|issuer| *issuer != address) {
        match self::server(wire, issuer, transport).await {
            Ok(document) => found.documents.push(document),
            Err(failure) => found.failures.push(failure.during(issuer)),
        }
    }
    Ok(found)
}

impl Found {
    /// What is absent was not promised.
    fn keep(&mut self, result: Result<Document, Failure>) {
        match result {
            Ok(document) => self.documents.push(document),
            Err(failure) if failure.is_absence() => {}
            Err(failure) => self.failures.push(failure),
        }
    }
}

async fn server(wire: &mut Wire, issuer: &str, transport: Transport) -> Result<Document, Failure> {
    // What it says of PKCE is one of the checks.
    let discovery = Discovery::new(issuer, transport)?.dangerously_accept_missing_s256();
    let metadata = wire.run(crate::remote::DISCOVERY, discovery).await?;
    Ok(Document::of_server(&metadata, issuer, transport))
}

async fn api(wire: &mut Wire, api: &str) -> Result<(Document, ProtectedResourceMetadata), Failure> {
    let metadata = resource_metadata(wire, api).await?;
    Ok((Document::of_api(&metadata, api), metadata))
}

impl Document {
    fn of_server(metadata: &AuthorizationServerMetadata, issuer: &str, transport: Transport) -> Self {
        let members = serde_json::to_value(metadata).unwrap_or_default();
        let (checks, _) =
            documents::authorization_server(members.to_string().as_bytes(), Some(issuer), transport);
        Self { kind: "authorization server", of: issuer.to_owned(), members, checks }
    }

    fn of_api(metadata: &ProtectedResourceMetadata, resource: &str) -> Self {
        let members = serde_json::to_value(metadata).unwrap_or_default();
        let (checks, _) = documents::protected_resource(
            members.to_string().as_bytes(),
            Some(resource),
            transport_of(resource),
        );
        Self { kind: "protected resource", of: resource.to_owned(), members, checks }
    }
}

fn people(document: &Document) -> String {
    let Document { kind, of, members, checks } = document;
    let of = printable(of);
    format!("{TITLE}{kind} {of}{TITLE:#}\n\n{}\n{}\n", documents::members(members), checks.to_people())
}

fn machine(found: &[Document], failures: &[Failure]) -> Value {
    let documents = found.iter().map(|document| {
        json!({
            "kind": document.kind,
            "of": document.of,
            "metadata": document.members,
            "valid": document.checks.hold(),
            "checks": document.checks.to_json(),
        })
    });
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    json!({ "documents": documents.collect::<Vec<_>>(), "failures": failures })
}

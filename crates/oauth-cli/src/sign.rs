//! `oauth sign`: how an OAuth 1 request is signed (RFC 5849 section 3.4).

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Secret, base64url};
use oauth1_core::{
    diagnose::{Credentials, Explanation, Place, explain},
    signature::{Draft, Methods, Protocol, SignatureMethod},
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    credentials,
    request::{self, Given},
    tell::{self, TITLE},
};

/// What to sign, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    request: request::Source,
    /// Scheme, host and port, where the request does not name them.
    #[arg(long, value_name = "URL")]
    origin: Option<Url>,
    /// The consumer key; without it, the environment variable OAUTH_CONSUMER_KEY.
    #[arg(long, value_name = "KEY")]
    consumer_key: Option<String>,
    /// The token; without it, the environment variable OAUTH_TOKEN, or none.
    #[arg(long)]
    token: Option<String>,
    #[command(flatten)]
    secrets: credentials::Secrets,
    /// The private key for RSA methods, in a file: PEM, DER or JWK.
    #[arg(long, value_name = "FILE", help_heading = "Secrets")]
    private_key: Option<String>,
    /// HMAC-SHA1, HMAC-SHA256, HMAC-SHA512, RSA-SHA1, RSA-SHA256, RSA-SHA512, RSA-PSS or PLAINTEXT.
    #[arg(short, long, value_name = "NAME", default_value = "HMAC-SHA1")]
    method: String,
    /// `oauth_timestamp`, in seconds; the time now by default.
    #[arg(long, value_name = "SECONDS")]
    timestamp: Option<u64>,
    /// `oauth_nonce`; a random one by default.
    #[arg(long)]
    nonce: Option<String>,
    /// The realm for the header, which is not signed.
    #[arg(long)]
    realm: Option<String>,
    /// A further protocol parameter, as in `oauth_callback=oob`.
    #[arg(short, long, value_name = "NAME=VALUE")]
    parameter: Vec<String>,
    /// Leave out `oauth_version`.
    #[arg(long)]
    no_version: bool,
    /// Cover a body that is no form with `oauth_body_hash`.
    #[arg(long)]
    body_hash: bool,
    /// Where the signature travels.
    #[arg(long = "in", value_enum, default_value_t = Carrier::Header)]
    place: Carrier,
    /// Tell it to a machine: one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Carrier {
    Header,
    Query,
    Form,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut given = options.request.read()?;
    request::locate(&mut given, options.origin.as_ref())?;
    let methods = credentials::methods(options.private_key.as_deref())?;
    let method = find(&methods, &options.method)?;
    let explanation = options.explain(&given, method)?;
    if !method.covers_request() {
        given.notes.push("the signature is the secrets themselves, and is left out here".into());
    }
    tell::say(&match options.json {
        true => format!("{}\n", machine(options.place, &given, &explanation)?),
        false => people(options.place, &given, &explanation),
    });
    Ok(ExitCode::SUCCESS)
}

fn find<'a>(methods: &'a Methods, name: &str) -> anyhow::Result<&'a dyn SignatureMethod> {
    let all = || methods.names().collect::<Vec<_>>().join(", ");
    methods.find(name).with_context(|| format!("no signature method {name:?}; there are {}", all()))
}

impl Options {
    fn explain(&self, given: &Given, method: &dyn SignatureMethod) -> anyhow::Result<Explanation> {
        let moment = SystemClock.moment()?;
        let timestamp = self.timestamp.unwrap_or_else(|| moment.now().as_unix()).to_string();
        let mut entropy = moment.entropy();
        let nonce = self.nonce.clone().unwrap_or_else(|| base64url::encode(&entropy.bytes::<16>()));
        let consumer_key = or_variable(&self.consumer_key, "OAUTH_CONSUMER_KEY");
        let consumer_key =
            consumer_key.context("no consumer key: give --consumer-key, or set OAUTH_CONSUMER_KEY")?;
        let token = or_variable(&self.token, "OAUTH_TOKEN");
        let mut extra = Vec::new();
        for parameter in &self.parameter {
            let (name, value) = parameter.split_once('=').context("a parameter has no equals sign")?;
            extra.push((name.to_owned(), value.to_owned()));
        }
        if self.body_hash {
            ensure!(!given.unknown_body, "the body is not known here, so it cannot be hashed");
            extra.push((Protocol::BodyHash.name().to_owned(), method.body_hash().of(given.request.body())));
        }
        let extra: Vec<(&str, &str)> =
            extra.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let draft = Draft {
            consumer_key: &consumer_key,
            token: token.as_deref(),
            method: method.name(),
            timestamp: Some(&timestamp),
            nonce: Some(&nonce),
            version: !self.no_version,
            extra: &extra,
            realm: self.realm.as_deref(),
        };
        let credentials = self.credentials(method, token.is_some())?;
        let place = match self.place {
            Carrier::Header => Place::Header,
            Carrier::Query => Place::Query,
            Carrier::Form => Place::Body,
        };
        Ok(explain(&given.request, &draft, place, method, &credentials, &mut entropy)?)
    }

    fn credentials(&self, method: &dyn SignatureMethod, has_token: bool) -> anyhow::Result<Credentials> {
        let consumer = match self.secrets.consumer()? {
            None if method.uses_secrets() => {
                None.context("no consumer secret: set OAUTH_CONSUMER_SECRET, or give --consumer-secret-file")?
            }
            secret => secret.unwrap_or_else(|| Secret::new("")),
        };
        let mut credentials = Credentials::of_client(consumer);
        if has_token {
            credentials =
                credentials.with_token_secret(self.secrets.token()?.unwrap_or_else(|| Secret::new("")));
        }
        Ok(credentials)
    }
}

fn or_variable(given: &Option<String>, variable: &str) -> Option<String> {
    given.clone().or_else(|| std::env::var(variable).ok()).filter(|text| !text.is_empty())
}

/// The signed URL, form or header, with its name.
fn result(place: Carrier, given: &Given, explanation: &Explanation) -> (&'static str, String) {
    let carrier = &explanation.carrier;
    match place {
        Carrier::Header => ("authorization", carrier.clone()),
        Carrier::Form => ("body", carrier.clone()),
        Carrier::Query => {
            let uri = given.request.uri().to_string();
            ("url", format!("{}?{carrier}", uri.split('?').next().unwrap_or_default()))
        }
    }
}

fn machine(place: Carrier, given: &Given, explanation: &Explanation) -> anyhow::Result<Value> {
    let (name, result) = result(place, given, explanation);
    let mut told = json!({
        "base_string": explanation.anatomy,
        "key": key(explanation),
        "signature_method": explanation.signature_method,
        "body_cover": explanation.body,
        "notes": given.notes,
    });
    told.as_object_mut().context("an object")?.insert(name.into(), result.into());
    Ok(told)
}

fn key(explanation: &Explanation) -> Value {
    let warnings: Vec<String> = explanation.key.warnings.iter().map(ToString::to_string).collect();
    json!({ "form": explanation.key.text, "warnings": warnings })
}

fn people(place: Carrier, given: &Given, explanation: &Explanation) -> String {
    let (name, result) = result(place, given, explanation);
    let mut out = tell::anatomy(&explanation.anatomy);
    out += &tell::line("signed with", &explanation.signature_method);
    out += &tell::key(&explanation.key);
    let body = match given.unknown_body {
        true => "not known here; nothing but TLS covers it".to_owned(),
        false => explanation.body.to_string(),
    };
    out += &tell::line("body", &body);
    out += &tell::notes(&given.notes);
    let name = if name == "authorization" { "Authorization" } else { name };
    // In one piece, to be copied.
    out + &format!("\n{TITLE}{name}:{TITLE:#} {}\n", tell::printable(&result))
}

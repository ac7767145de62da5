//! `oauth verify`: what is wrong with an OAuth 1 request (RFC 5849 section 3.2).

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::Timestamp;
use oauth1_core::{
    diagnose::{Cause, Diagnosis, Difference, Status, compare, diagnose},
    resource::Config,
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    credentials,
    request::{self, Given},
    tell::{self, BAD, FAINT, GOOD},
};

/// What to check, and with what.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    request: request::Source,
    /// The origin that the server knows itself by, as in `https://api.example.com`; by default that of the request.
    #[arg(long, value_name = "URL")]
    origin: Option<Url>,
    #[command(flatten)]
    secrets: credentials::Secrets,
    /// The client's public key for RSA methods, in a file: PEM, DER or JWK.
    #[arg(long, value_name = "FILE", help_heading = "Secrets")]
    public_key: Option<String>,
    /// The time of the check, in seconds; the time now by default.
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
    /// How far the timestamp may be off, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    window: u64,
    /// A file with the base string that the other side signed, to be compared with ours; `-` reads the standard input.
    #[arg(long, value_name = "FILE")]
    base_string: Option<String>,
    /// Tell it to a machine: one JSON object.
    #[arg(long)]
    json: bool,
}

/// All that was found.
struct Found {
    diagnosis: Diagnosis,
    /// With the other side's base string, if there is one; `None` within for the same.
    compared: Option<Option<Difference>>,
    has_credentials: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut given = options.request.read()?;
    request::locate(&mut given, options.origin.as_ref())?;
    let found = options.check(&given)?;
    tell::say(&match options.json {
        true => format!("{}\n", machine(&given, &found)),
        false => people(&given, &found),
    });
    Ok(if found.diagnosis.is_valid() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    fn check(&self, given: &Given) -> anyhow::Result<Found> {
        let request = &given.request;
        let uri = request.uri();
        let origin = format!(
            "{}://{}",
            uri.scheme_str().unwrap_or_default(),
            // Who logs in there is no part of the origin.
            uri.authority().map_or("", |authority| authority.as_str()).rsplit('@').next().unwrap_or_default()
        );
        let config = Config {
            methods: credentials::methods(None)?,
            window: Duration::from_secs(self.window),
            two_legged: true,
            zero_legged: true,
            ..Config::new(Url::parse(&origin).with_context(|| format!("{origin:?} is no origin"))?)
        };
        let public_key = self.public_key.as_deref().map(credentials::public_key).transpose()?;
        let credentials = credentials::gather(self.secrets.consumer()?, self.secrets.token()?, public_key);
        let now = match self.now {
            Some(seconds) => Timestamp::from_unix(seconds),
            None => SystemClock.moment()?.now(),
        };
        let diagnosis = diagnose(&config, request, credentials.as_ref(), now)?;
        let theirs = self.base_string.as_deref().map(request::file).transpose()?;
        let theirs = theirs.map(|theirs| String::from_utf8_lossy(&theirs).trim().to_owned());
        let ours = diagnosis.anatomy.as_ref().map(|anatomy| anatomy.base_string.as_str());
        let compared = ours.zip(theirs.as_deref()).map(|(ours, theirs)| compare(ours, theirs));
        Ok(Found { diagnosis, compared, has_credentials: credentials.is_some() })
    }
}

fn machine(given: &Given, found: &Found) -> Value {
    let Found { diagnosis, compared, .. } = found;
    let checks = diagnosis.checks().map(|(check, status)| json!({ "check": check, "status": status }));
    let told = |causes: &[Cause]| -> Vec<Value> {
        causes.iter().map(|cause| json!({ "cause": cause, "sentence": cause.to_string() })).collect()
    };
    let failure = diagnosis.failure.as_ref().map(|failure| {
        json!({ "check": failure.check, "reason": failure.reason.to_string(), "detail": failure.detail })
    });
    let key = diagnosis.key.as_ref().map(|key| {
        let warnings: Vec<String> = key.warnings.iter().map(ToString::to_string).collect();
        json!({ "form": key.text, "warnings": warnings })
    });
    json!({
        "valid": diagnosis.is_valid(),
        "checks": checks.collect::<Vec<_>>(),
        "failure": failure,
        "causes": told(&diagnosis.causes),
        "base_string": diagnosis.anatomy,
        "key": key,
        "same_base_string": compared.as_ref().map(Option::is_none),
        "difference": compared.as_ref().and_then(Option::as_ref),
        "notes": given.notes,
    })
}

fn people(given: &Given, found: &Found) -> String {
    let Found { diagnosis, compared, has_credentials } = found;
    let mut out = String::new();
    for (check, status) in diagnosis.checks() {
        out += &match status {
            Status::Holds => format!("{GOOD}✓{GOOD:#} {check}\n"),
            Status::Fails => format!("{BAD}✗{BAD:#} {check}\n"),
            Status::Unchecked => format!("{FAINT}· {check}{FAINT:#}\n"),
        };
    }
    if let Some(failure) = &diagnosis.failure {
        out += &format!("\n{BAD}not valid:{BAD:#} {}\n", failure.reason);
        out += &failure.detail.iter().map(|detail| format!("  {detail}\n")).collect::<String>();
    } else if *has_credentials {
        out +=
            &format!("\n{GOOD}valid{GOOD:#}, as far as can be told without a store of nonces and tokens\n");
    } else {
        out += "\nnot checked: the signature, for want of secrets\n";
    }
    out += &tell::causes(&diagnosis.causes);
    out += &tell::notes(&given.notes);
    if let Some(anatomy) = &diagnosis.anatomy {
        out += &format!("\nwhat should have been signed\n{}", tell::anatomy(anatomy));
    }
    out += &diagnosis.key.as_ref().map(tell::key).unwrap_or_default();
    match compared {
        Some(Some(difference)) => out += &format!("\n{}", tell::difference(difference)),
        Some(None) => {
            out += "\nthe base strings are the same: what differs is the key, or the signature itself\n";
        }
        None => {}
    }
    out
}

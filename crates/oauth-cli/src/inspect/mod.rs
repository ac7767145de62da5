//! `oauth inspect`: what a text of the protocol says, and whether it holds.

mod challenge;
mod document;
mod jwt;
mod proof;

use std::process::ExitCode;

use clap::ValueEnum;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::Timestamp;
use serde_json::{Value, json};

use crate::{
    check::Checks,
    remote::{Failure, Output, TlsOptions, Wire},
    request::file,
    tell::{self, BAD, GOOD, TITLE},
};

/// What to look at, and what it should be.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A file with a JWT, a DPoP proof, a metadata document or a `WWW-Authenticate` challenge; `-` is the standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
    /// What it is; by default it is seen by its form.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// The keys that the signature is by: a JWK Set, at an address or in a file.
    #[arg(long, value_name = "URL|FILE", help_heading = "JWT")]
    jwks: Option<String>,
    /// Who should have issued the JWT, or the document.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Whom the JWT should be for.
    #[arg(long, value_name = "URL|NAME", help_heading = "JWT")]
    audience: Option<String>,
    /// The time of the check, in seconds; the time now by default.
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
    /// The HTTP method of the request that the proof came with.
    #[arg(long, value_name = "METHOD", help_heading = "DPoP proof")]
    method: Option<String>,
    /// The address of that request.
    #[arg(long, value_name = "URL", help_heading = "DPoP proof")]
    url: Option<String>,
    /// A file with the access token of that request; without it, the environment variable OAUTH_TOKEN, if it is set.
    #[arg(long, value_name = "FILE", help_heading = "DPoP proof")]
    token_file: Option<String>,
    /// How old a proof may be, in seconds.
    #[arg(long, value_name = "SECONDS", help_heading = "DPoP proof", default_value_t = 60)]
    oldest: u64,
    /// The API that the document should be of.
    #[arg(long, value_name = "URL", help_heading = "Documents")]
    resource: Option<String>,
    /// The address of the client's document.
    #[arg(long, value_name = "URL", help_heading = "Documents")]
    client_id: Option<String>,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A signed JSON Web Token (RFC 7519).
    Jwt,
    /// A DPoP proof (RFC 9449).
    Proof,
    /// An authorization server's metadata (RFC 8414).
    Server,
    /// A protected resource's metadata (RFC 9728).
    Resource,
    /// A client's description.
    Client,
    /// What an API answers (RFC 6750, RFC 9449).
    Challenge,
}

/// What was found.
struct Found {
    checks: Checks,
    /// What it says, for people.
    told: String,
    /// The same for machines.
    members: Value,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let text =
        String::from_utf8(file(&options.file)?).map_err(|_| Failure::caller("the text is not UTF-8"))?;
    let text = text.trim();
    let kind = match options.kind {
        Some(kind) => kind,
        None => seen(text).ok_or_else(|| {
            Failure::caller("this is no JWT, no proof, no document and no challenge")
                .next("--kind says what it should be")
        })?,
    };
    let now = match options.now {
        Some(seconds) => Timestamp::from_unix(seconds),
        None => SystemClock.moment()?.now(),
    };
    let found = match kind {
        Kind::Jwt => {
            jwt::look(options, bare(text), now, &mut Wire::new(options.output, &options.tls)?).await?
        }
        Kind::Proof => proof::look(options, bare(text), now)?,
        Kind::Server | Kind::Resource | Kind::Client => document::look(options, kind, text),
        Kind::Challenge => challenge::look(text),
    };
    let holds = found.checks.hold();
    tell::say(&match options.output.json {
        true => {
            let name = kind.to_possible_value().map(|value| value.get_name().to_owned());
            let told = json!({
                "kind": name, "valid": holds, "checks": found.checks.to_json(), "content": found.members,
            });
            format!("{told}\n")
        }
        false => people(kind, &found),
    });
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn people(kind: Kind, found: &Found) -> String {
    let title = match kind {
        Kind::Jwt => "JSON Web Token",
        Kind::Proof => "DPoP proof",
        Kind::Server => "metadata of an authorization server",
        Kind::Resource => "metadata of a protected resource",
        Kind::Client => "description of a client",
        Kind::Challenge => "challenge",
    };
    let end = match found.checks.hold() {
        true => format!("{GOOD}nothing in it is wrong{GOOD:#}, as far as it was checked\n"),
        false => format!("{BAD}it does not hold{BAD:#}\n"),
    };
    format!("{TITLE}{title}{TITLE:#}\n\n{}\n{}\n{end}", found.told, found.checks.to_people())
}

/// What a text looks like.
fn seen(text: &str) -> Option<Kind> {
    if let Ok(Value::Object(members)) = serde_json::from_str::<Value>(text) {
        // An API's document names its issuers otherwise; a client's has neither.
        return match () {
            () if members.contains_key("issuer") => Some(Kind::Server),
            () if members.contains_key("resource") => Some(Kind::Resource),
            () if members.contains_key("redirect_uris") || members.contains_key("client_id") => {
                Some(Kind::Client)
            }
            () => None,
        };
    }
    // Broken JSON is a document all the same; which one, nobody can tell.
    if text.starts_with('{') {
        return Some(Kind::Server);
    }
    let jws = bare(text);
    if jws.split('.').count() == 3 && !jws.contains(char::is_whitespace) {
        let is_proof =
            jwt::header(jws).is_some_and(|header| header.get("typ").is_some_and(|typ| typ == "dpop+jwt"));
        return Some(if is_proof { Kind::Proof } else { Kind::Jwt });
    }
    challenge::is_one(text).then_some(Kind::Challenge)
}

/// A signed text without the header that it was copied with.
fn bare(text: &str) -> &str {
    let value = match text.split_once(':') {
        Some((name, value))
            if ["DPoP", "Authorization"].iter().any(|known| name.eq_ignore_ascii_case(known)) =>
        {
            value
        }
        _ => text,
    };
    let value = value.trim();
    match value.split_once(' ') {
        Some((scheme, token))
            if ["Bearer", "DPoP"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            token.trim()
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use oauth2_core::metadata::Transport;

    use super::*;
    use crate::documents;

    #[test]
    fn z02_no_beginning_of_any_text_brings_the_command_down() {
        let now = Timestamp::from_unix(1_800_000_000);
        for text in [
            "HTTP/1.1 401 Unauthorized\r\nDPoP-Nonce: ä\r\nWWW-Authenticate: Bearer realm=\"é\\\"\", scope=\"a b\", DPoP algs=\"x\"",
            "Authorization: Bearer eyJhbGciOiJFUzI1NiIsImp3ayI6eyJkIjoieCJ9fQ.eyJleHAiOi0xLCJhdWQiOltdfQ.c2ln",
            "{\"issuer\":\"https://as.example\",\"resource\":7,\"client_id\":\"é\",\"redirect_uris\":[\"*\"],\"jwks\":{}}",
            ":\u{202e} \u{0} é..é.. DPoP ",
        ] {
            for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                let text = text.get(..end).unwrap_or_default();
                let _ = seen(text);
                let _ = challenge::look(text);
                let (header, claims) = (jwt::part(bare(text), 0), jwt::part(bare(text), 1));
                let told = jwt::told(&header, &claims, now);
                assert!(!told.contains('\u{202e}'));
                let _ = documents::authorization_server(text.as_bytes(), None, Transport::Https);
                let _ = documents::protected_resource(text.as_bytes(), None, Transport::Https);
                let _ = documents::client(text.as_bytes(), None);
            }
        }
    }
}

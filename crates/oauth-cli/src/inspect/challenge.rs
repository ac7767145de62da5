//! What an API answers to a request that it does not let through (RFC 9110 section 11.6.1, RFC 6750 section 3).

use http::{HeaderName, HeaderValue, Response, StatusCode, header::WWW_AUTHENTICATE};
use oauth_sansio::auth::{Challenge, parse_challenges};
use oauth2_core::{
    Scopes,
    client::{Challenged, Wants},
};
use serde_json::{Value, json};
use url::Url;

use super::Found;
use crate::{
    check::Checks,
    tell::{TITLE, line, printable},
    times,
};

/// An answer, as far as it was copied.
struct Copied<'t> {
    status: Option<StatusCode>,
    challenges: Vec<&'t str>,
    others: Vec<(&'t str, &'t str)>,
}

/// Whether a text may be one.
pub(super) fn is_one(text: &str) -> bool {
    let copied = Copied::read(text);
    copied.challenges.iter().any(|value| {
        let scheme = value.split(' ').next().unwrap_or_default();
        ["Bearer", "DPoP", "OAuth", "Basic", "Digest"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    })
}

impl<'t> Copied<'t> {
    /// Lines of a response's head, or the value of the header alone.
    fn read(text: &'t str) -> Self {
        let mut copied = Self { status: None, challenges: Vec::new(), others: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let name = line.split_once(':').map(|(name, value)| (name, value.trim()));
            match name {
                _ if line.starts_with("HTTP/") => {
                    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
                    copied.status = status;
                }
                Some((name, value)) if name.eq_ignore_ascii_case(WWW_AUTHENTICATE.as_str()) => {
                    copied.challenges.push(value);
                }
                Some((name, value)) if !name.contains([' ', '"', '=']) => copied.others.push((name, value)),
                _ => copied.challenges.push(line),
            }
        }
        copied
    }

    /// The same as a response, with the status that belongs to the error where none was copied (RFC 6750 section 3.1).
    fn response(&self, challenges: &[Challenge<'_>]) -> Response<()> {
        let error = challenges.iter().find_map(|challenge| challenge.parameter("error"));
        let status = match error {
            Some("insufficient_scope") => StatusCode::FORBIDDEN,
            Some("invalid_request") => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNAUTHORIZED,
        };
        let mut response = Response::new(());
        *response.status_mut() = self.status.unwrap_or(status);
        let values = self.challenges.iter().map(|value| (WWW_AUTHENTICATE.as_str(), *value));
        for (name, value) in values.chain(self.others.iter().copied()) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// Reads it, and says what it wants.
pub(super) fn look(text: &str) -> Found {
    const FORM: &str = "the grammar of challenges (RFC 9110 section 11.6.1)";
    let mut checks = Checks::default();
    let copied = Copied::read(text);
    let challenges = match parse_challenges(copied.challenges.iter().copied()) {
        Ok(challenges) if challenges.is_empty() => {
            checks.fails(FORM, "there is no challenge");
            return Found { checks, told: String::new(), members: Value::Null };
        }
        Ok(challenges) => challenges,
        Err(error) => {
            checks.fails(FORM, error.to_string());
            return Found { checks, told: String::new(), members: Value::Null };
        }
    };
    checks.holds(FORM);
    let mut told = String::new();
    let mut members = Vec::new();
    for challenge in &challenges {
        told += &format!("{TITLE}{}{TITLE:#}\n", printable(challenge.scheme));
        for (name, value) in challenge.parameters() {
            told += &format!("  {}", line(name, value));
        }
        check(challenge, copied.status, &mut checks);
        let named = challenge
            .parameters()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_ref())));
        members.push(
            json!({ "scheme": challenge.scheme, "parameters": named.collect::<serde_json::Map<_, _>>() }),
        );
    }
    let wants = Challenged::read(&copied.response(&challenges)).map(|challenged| words(&challenged));
    if let Some(wants) = &wants {
        told += &line("what helps", wants);
    }
    Found { checks, told, members: json!({ "challenges": members, "helps": wants }) }
}

fn check(challenge: &Challenge<'_>, status: Option<StatusCode>, checks: &mut Checks) {
    let scheme = printable(challenge.scheme);
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "dpop" => {}
        "oauth" => return checks.unchecked(scheme, "a challenge of OAuth 1 (RFC 5849 section 3.5.1)"),
        _ => return checks.odd(scheme, "this is no challenge of OAuth 2"),
    }
    // RFC 6750 section 3.1
    let wanted = match challenge.parameter("error") {
        None => None,
        Some("invalid_request") => Some(StatusCode::BAD_REQUEST),
        Some("insufficient_scope") => Some(StatusCode::FORBIDDEN),
        Some(
            "invalid_token" | "use_dpop_nonce" | "invalid_dpop_proof" | "insufficient_user_authentication",
        ) => Some(StatusCode::UNAUTHORIZED),
        Some(error) => {
            checks.odd(
                format!("{scheme}: error"),
                format!("{error} is no error of a standard that is known here"),
            );
            None
        }
    };
    if let (Some(wanted), Some(status)) = (wanted, status) {
        let fits = if wanted == status { Ok(()) } else { Err(format!("{status} in the place of {wanted}")) };
        checks.result(format!("{scheme}: the status (RFC 6750 section 3.1)"), fits);
    }
    if let Some(scope) = challenge.parameter("scope") {
        let parsed = scope.parse::<Scopes>().map(|_| ());
        checks.result(format!("{scheme}: scope (RFC 6749 section 3.3)"), parsed);
    }
    match challenge.parameter("resource_metadata") {
        Some(address) => {
            let fits = match Url::parse(address) {
                Ok(url) if url.scheme() == "https" => Ok(()),
                Ok(_) => Err("it is not https"),
                Err(_) => Err("it is no absolute address"),
            };
            checks.result(format!("{scheme}: resource_metadata (RFC 9728 section 5.1)"), fits);
        }
        None => checks.odd(
            format!("{scheme}: resource_metadata (RFC 9728 section 5.1)"),
            "a client cannot find out from it where tokens come from",
        ),
    }
}

fn words(challenged: &Challenged) -> String {
    let scope = challenged.scope.as_ref().map(|scope| format!(" with the scope {}", scope.as_str()));
    let scope = scope.unwrap_or_default();
    match &challenged.wants {
        Wants::Token => format!("a token{scope}; there was none"),
        Wants::OtherToken => {
            "another token: this one has ended, was revoked or is not for this API".to_owned()
        }
        Wants::Nonce => {
            "the same request once more, with a proof that has the nonce of this answer".to_owned()
        }
        Wants::Scope => format!("a token{scope}: ask the person for more"),
        Wants::Login { acr_values, max_age } => {
            let mut text = "a new login".to_owned();
            if !acr_values.is_empty() {
                text += &format!(" as one of {}", acr_values.join(", "));
            }
            if let Some(age) = max_age {
                text += &format!(", not longer ago than {}", times::span(*age));
            }
            text
        }
        Wants::Other(code) => format!("another request: {code}"),
        _ => "something that is not known here".to_owned(),
    }
}

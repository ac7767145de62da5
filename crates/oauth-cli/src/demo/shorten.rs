//! Secrets, shortened: enough to recognise one in the next message, too little to use it.

/// What stands right before a secret in a header, a form, a query or JSON.
const MARKS: [&str; 33] = [
    "oauth_token",
    "oauth_token_secret",
    "oauth_verifier",
    "oauth_signature",
    "oauth_nonce",
    "oauth-browser",
    "oauth-session",
    "access_token",
    "refresh_token",
    "subject_token",
    "actor_token",
    "id_token",
    "id_token_hint",
    "registration_access_token",
    "device_code",
    "assertion",
    "client_assertion",
    "request_uri",
    "request",
    "client_secret",
    "code_verifier",
    "code_challenge",
    "form_token",
    "password",
    "handle",
    "state",
    "code",
    "token",
    "secret",
    "verifier",
    "Basic ",
    "Bearer ",
    "DPoP ",
];
/// What people choose themselves, or may have: nothing of it is shown.
const CHOSEN: [&str; 4] = ["password", "client_secret", "secret", "Basic "];
/// Characters shown of each end. Tokens made in one second begin alike; their ends differ.
const SHOWN: usize = 4;

/// `text` with every secret cut down to its first characters.
pub(crate) fn shorten(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, value)) = next_secret(rest) {
        let end = value.find(['&', '"', ',', ';', '}', ' ', '\n']).unwrap_or(value.len());
        let (secret, after) = value.split_at(end);
        out.push_str(before);
        // What joins the two is no part of the name.
        let name = before.trim_end_matches(|c: char| matches!(c, '=' | '"' | ':') || c.is_whitespace());
        let is_chosen = CHOSEN.iter().any(|chosen| name.ends_with(chosen.trim_end()));
        match is_chosen && !name.ends_with("oauth_token_secret") && !secret.is_empty() {
            true => out.push('…'),
            false => out.push_str(&cut(secret)),
        }
        rest = after;
    }
    out.push_str(rest);
    without_jwts(&out)
}

/// The ends of a secret; of a short one, which somebody chose, nothing is left.
pub(crate) fn cut(secret: &str) -> String {
    let count = secret.chars().count();
    match count {
        0 => String::new(),
        count if count > 3 * SHOWN => {
            secret.chars().take(SHOWN).chain(['…']).chain(secret.chars().skip(count - SHOWN)).collect()
        }
        _ => "…".to_owned(),
    }
}

/// Signed texts are secrets wherever they stand: what they begin with is `{"` in base64url.
fn without_jwts(text: &str) -> String {
    let is_jwt = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c| !is_jwt(c)) {
        let (jwt, end) = word.split_at(word.rfind(|c| !is_jwt(c)).unwrap_or(word.len()));
        match jwt.starts_with("eyJ") && jwt.contains('.') {
            true => out.push_str(&cut(jwt)),
            false => out.push_str(jwt),
        }
        out.push_str(end);
    }
    out
}

/// Splits `text` right before the first secret in it.
fn next_secret(text: &str) -> Option<(&str, &str)> {
    let starts = MARKS.iter().filter_map(|mark| {
        let mut from = 0;
        while let Some(at) = text.get(from..)?.find(mark).map(|at| from + at) {
            let behind = at + mark.len();
            let is_whole_name = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            if let Some(glue) = glue(&text[behind..], mark.ends_with(' ')).filter(|_| is_whole_name) {
                return Some(behind + glue);
            }
            from = behind;
        }
        None
    });
    starts.min().map(|at| text.split_at(at))
}

/// The length of what joins a name and its value: `=`, `="`, `":"` with any space around the colon; nothing behind a scheme.
fn glue(text: &str, is_scheme: bool) -> Option<usize> {
    if is_scheme {
        return Some(0);
    }
    let rest = match text.strip_prefix('=') {
        Some(value) => value.strip_prefix('"').unwrap_or(value),
        None => text.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?,
    };
    Some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_cut_wherever_they_stand() {
        for (text, short) in [
            (
                "oauth_token=abcdefghijklm&oauth_token_secret=nopqrstuvwxyz",
                "oauth_token=abcd…jklm&oauth_token_secret=nopq…wxyz",
            ),
            (
                "OAuth realm=\"photos\", oauth_signature=\"abcdefghijklm%3D\"",
                "OAuth realm=\"photos\", oauth_signature=\"abcd…m%3D\"",
            ),
            (
                "{\"access_token\":\"abcdefghijklm\",\"token_type\":\"Bearer\"}",
                "{\"access_token\":\"abcd…jklm\",\"token_type\":\"Bearer\"}",
            ),
            (
                "/cb?code=abcdefghijklm&state=nopqrstuvwxyz&iss=http%3A%2F%2F",
                "/cb?code=abcd…jklm&state=nopq…wxyz&iss=http%3A%2F%2F",
            ),
            ("Basic YWJjZGVmZ2hpamts", "Basic …"),
            ("{\"client_secret\": \"abcdefghijklm\"}", "{\"client_secret\": \"…\"}"),
            (
                "grant_type=authorization_code&code=abcdefghijklm",
                "grant_type=authorization_code&code=abcd…jklm",
            ),
            ("oauth-browser=abcdefghijklm; Path=/", "oauth-browser=abcd…jklm; Path=/"),
            ("username=ann&password=a%20long%20one", "username=ann&password=…"),
            ("client_secret=short&scope=a", "client_secret=…&scope=a"),
            ("{ \"refresh_token\" :\n \"abcdefghijklm\" }", "{ \"refresh_token\" :\n \"abcd…jklm\" }"),
            ("subject_token=abcdefghijklm&device_code=x", "subject_token=abcd…jklm&device_code=…"),
            ("DPoP abcdefghijklm", "DPoP abcd…jklm"),
            ("[\"eyJhbGciOiJ9.eyJhIjoxfQ.c2ln\"]", "[\"eyJh…c2ln\"]"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(shorten(text), short);
        }
    }
}

//! Secrets, shortened: enough to recognise one in the next message, too little to use it.

/// What stands right before a secret in a header, a form, a query or JSON.
const MARKS: [&str; 22] = [
    "oauth_token",
    "oauth_token_secret",
    "oauth_verifier",
    "oauth_signature",
    "oauth_nonce",
    "oauth-browser",
    "oauth-session",
    "access_token",
    "refresh_token",
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
];
/// Characters shown of each end. Tokens made in one second begin alike; their ends differ.
const SHOWN: usize = 4;

/// `text` with every secret cut down to its first characters.
pub(super) fn shorten(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, value)) = next_secret(rest) {
        let end = value.find(['&', '"', ',', ';', '}', ' ', '\n']).unwrap_or(value.len());
        let (secret, after) = value.split_at(end);
        out.push_str(before);
        let count = secret.chars().count();
        if before.ends_with("password=") {
            out.push('…');
        } else if count > 3 * SHOWN {
            out.extend(secret.chars().take(SHOWN).chain(['…']).chain(secret.chars().skip(count - SHOWN)));
        } else {
            // Too short to be a secret of ours.
            out.push_str(secret);
        }
        rest = after;
    }
    out.push_str(rest);
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

/// The length of what joins a name and its value: `=`, `="`, `":"`, `": "`; nothing behind a scheme.
fn glue(text: &str, is_scheme: bool) -> Option<usize> {
    if is_scheme {
        return Some(0);
    }
    ["=\"", "=", "\":\"", "\": \""].iter().find(|glue| text.starts_with(**glue)).map(|glue| glue.len())
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
            ("Basic YWJjZGVmZ2hpamts", "Basic YWJj…amts"),
            (
                "grant_type=authorization_code&code=abcdefghijklm",
                "grant_type=authorization_code&code=abcd…jklm",
            ),
            ("oauth-browser=abcdefghijklm; Path=/", "oauth-browser=abcd…jklm; Path=/"),
            ("username=ann&password=a%20long%20one", "username=ann&password=…"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(shorten(text), short);
        }
    }
}

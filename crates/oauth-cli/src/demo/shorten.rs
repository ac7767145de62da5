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

/// Where a text stands: by whose grammar the values in it end. A value has every character that its grammar allows, and what
/// is behind it is not shown by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// An address: a value of its query has `,` and `;` in it, and ends at `&` or where the fragment begins (RFC 3986
    /// section 3.4).
    Url,
    /// A form: a value ends at `&`.
    Form,
    /// JSON: a string ends at a quote that is not escaped (RFC 8259 section 7). Addresses may be in it.
    Json,
    /// `Cookie` and `Set-Cookie`: a value ends at `;` (RFC 6265 section 4.1.1).
    Cookie,
    /// `Authorization`: all that is behind the scheme, or parameters (RFC 9110 section 11.4).
    Credentials,
    /// `WWW-Authenticate`, and other headers with parameters: a token, or a string in quotes (RFC 9110 section 5.6.6).
    Parameters,
}

/// What stands between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// The space behind a scheme.
    Scheme,
    Equals,
    /// The quote that a string begins with.
    Quote,
}

impl Grammar {
    /// That of a body, by how it begins: what says of itself what it is may be wrong.
    pub(crate) fn of_body(body: &str) -> Self {
        if body.trim_start().starts_with(['{', '[']) { Self::Json } else { Self::Form }
    }

    /// What a value without quotes ends at, or is cut off by at the latest.
    const fn ends(self) -> &'static [char] {
        match self {
            Self::Url | Self::Json => &['&', '#'],
            Self::Form => &['&'],
            Self::Cookie => &[';'],
            Self::Credentials | Self::Parameters => &[',', ' ', '\t'],
        }
    }

    /// The length of the value that `text` begins with.
    fn length(self, joint: Joint, text: &str) -> usize {
        let ends = if joint == Joint::Equals { self.ends() } else { &[] };
        let in_string = joint == Joint::Quote || self == Self::Json;
        let mut is_escaped = false;
        let end = text.find(|c: char| {
            let is_end = !is_escaped && (ends.contains(&c) || in_string && c == '"');
            is_escaped = in_string && c == '\\' && !is_escaped;
            is_end
        });
        end.unwrap_or(text.len())
    }
}

/// `text` with every secret cut down to its ends.
pub(crate) fn shorten(text: &str, grammar: Grammar) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, value, joint)) = next_secret(rest, grammar) {
        let (secret, after) = value.split_at(grammar.length(joint, value));
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
fn next_secret(text: &str, grammar: Grammar) -> Option<(&str, &str, Joint)> {
    let starts = MARKS.iter().filter_map(|mark| {
        let mut from = 0;
        while let Some(at) = text.get(from..)?.find(mark).map(|at| from + at) {
            let behind = at + mark.len();
            let is_whole_name = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let joint = joint(&text[behind..], mark.ends_with(' '), grammar);
            if let Some((length, joint)) = joint.filter(|_| is_whole_name) {
                return Some((behind + length, joint));
            }
            from = behind;
        }
        None
    });
    let (at, joint) = starts.min_by_key(|(at, _)| *at)?;
    let (before, value) = text.split_at(at);
    Some((before, value, joint))
}

/// What joins a name and its value, and its length: `=`, `="`, `":"` with any space around the colon; nothing more behind a
/// scheme, with which no secret comes in a challenge.
fn joint(text: &str, is_scheme: bool, grammar: Grammar) -> Option<(usize, Joint)> {
    if is_scheme {
        return (grammar != Grammar::Parameters).then_some((0, Joint::Scheme));
    }
    let has_quotes = matches!(grammar, Grammar::Credentials | Grammar::Parameters);
    let (rest, joint) = match text.strip_prefix('=') {
        Some(value) => match value.strip_prefix('"').filter(|_| has_quotes) {
            Some(string) => (string, Joint::Quote),
            None => (value, Joint::Equals),
        },
        None => {
            let colon = text.strip_prefix('"')?.trim_start().strip_prefix(':')?;
            (colon.trim_start().strip_prefix('"')?, Joint::Quote)
        }
    };
    Some((text.len() - rest.len(), joint))
}

#[cfg(test)]
mod tests {
    use super::Grammar::{Cookie, Credentials, Form, Json, Parameters, Url};
    use super::*;

    #[test]
    fn secrets_are_cut_wherever_they_stand() {
        for (grammar, text, short) in [
            (
                Form,
                "oauth_token=abcdefghijklm&oauth_token_secret=nopqrstuvwxyz",
                "oauth_token=abcd…jklm&oauth_token_secret=nopq…wxyz",
            ),
            (
                Credentials,
                "OAuth realm=\"photos\", oauth_signature=\"abcdefghijklm%3D\"",
                "OAuth realm=\"photos\", oauth_signature=\"abcd…m%3D\"",
            ),
            (
                Json,
                "{\"access_token\":\"abcdefghijklm\",\"token_type\":\"Bearer\"}",
                "{\"access_token\":\"abcd…jklm\",\"token_type\":\"Bearer\"}",
            ),
            (
                Url,
                "/cb?code=abcdefghijklm&state=nopqrstuvwxyz&iss=http%3A%2F%2F",
                "/cb?code=abcd…jklm&state=nopq…wxyz&iss=http%3A%2F%2F",
            ),
            (
                Url,
                "/cb?code=abcdefghijklm#access_token=nopqrstuvwxyz",
                "/cb?code=abcd…jklm#access_token=nopq…wxyz",
            ),
            (Credentials, "Basic YWJjZGVmZ2hpamts", "Basic …"),
            (Json, "{\"client_secret\": \"abcdefghijklm\"}", "{\"client_secret\": \"…\"}"),
            (
                Form,
                "grant_type=authorization_code&code=abcdefghijklm",
                "grant_type=authorization_code&code=abcd…jklm",
            ),
            (Cookie, "oauth-browser=abcdefghijklm; Path=/", "oauth-browser=abcd…jklm; Path=/"),
            (Form, "username=ann&password=a%20long%20one", "username=ann&password=…"),
            (Form, "client_secret=short&scope=a", "client_secret=…&scope=a"),
            (Json, "{ \"refresh_token\" :\n \"abcdefghijklm\" }", "{ \"refresh_token\" :\n \"abcd…jklm\" }"),
            (Form, "subject_token=abcdefghijklm&device_code=x", "subject_token=abcd…jklm&device_code=…"),
            (Credentials, "DPoP abcdefghijklm", "DPoP abcd…jklm"),
            (Json, "[\"eyJhbGciOiJ9.eyJhIjoxfQ.c2ln\"]", "[\"eyJh…c2ln\"]"),
            (
                Parameters,
                "Bearer error=\"invalid_token\", DPoP algs=\"ES256\"",
                "Bearer error=\"invalid_token\", DPoP algs=\"ES256\"",
            ),
            (Form, "nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(shorten(text, grammar), short);
        }
    }

    /// Whatever a grammar allows in a value is a part of the value, and what is behind the value is shown.
    #[test]
    fn l21_no_character_of_a_secret_ends_it_before_its_grammar_does() {
        const HIDDEN: &str = "hunter2";
        let cases: [(Grammar, &str, &[&str], &str); 13] = [
            (Json, "{\"client_secret\":\"", STRING, "\",\"scope\":\"photos\"}"),
            (Json, "{\"password\" : \"", STRING, "\" }"),
            (Json, "{\"access_token\":\"", STRING, "\",\"token_type\":\"Bearer\"}"),
            (
                Json,
                "{\"uri\":\"https://as.example/?state=",
                &[",", ";", " ", "}", "\\\"", "=", "\\n"],
                "&a=b\"}",
            ),
            (
                Form,
                "client_secret=",
                &["%22", "%26", "+", ",", ";", "}", " ", "\"", "#", "="],
                "&scope=photos",
            ),
            (Form, "refresh_token=", &["%22", "%26", "+", ",", ";", "}", " ", "\"", "#", "=", "\n"], ""),
            (Url, "/cb?code=", &[",", ";", "=", "/", "?", "%20", "'"], "&iss=a"),
            (Url, "https://app.example/cb?a=b&state=", &[",", ";", "=", "/", "?"], "#_=_"),
            (Cookie, "oauth-session=", &["&", "=", "}", ",", "\"", " "], "; Path=/; HttpOnly"),
            (Credentials, "Bearer ", &["=", "/", "+", "~", "&", ",", ";", "\"", " "], ""),
            (Credentials, "Basic ", &["=", "/", "+", " "], ""),
            (Credentials, "OAuth oauth_token=\"", STRING, "\", oauth_version=\"1.0\""),
            (Parameters, "Bearer state=", &["&", "}", "'", "#"], ", error=\"a\""),
        ];
        for (grammar, before, characters, after) in cases {
            for character in characters {
                let text = format!("{before}ab{character}{HIDDEN}{character}{HIDDEN}yz{after}");
                let short = shorten(&text, grammar);
                assert!(!short.contains(&HIDDEN[3..]), "{text}: {short}");
                assert!(short.starts_with(before) && short.ends_with(after), "{text}: {short}");
            }
        }
    }

    /// What a string in JSON or in quotes may have in it.
    const STRING: &[&str] =
        &["&", ",", ";", " ", "}", "{", ":", "=", "#", "'", "\\\"", "\\\\", "\\\\\\\"", "é"];

    #[test]
    fn a_string_that_never_ends_is_cut_to_its_end() {
        assert_eq!(shorten("{\"client_secret\":\"ab,cd\\\"", Json), "{\"client_secret\":\"…");
        assert_eq!(shorten("OAuth oauth_token=\"ab,cd", Credentials), "OAuth oauth_token=\"…");
        assert_eq!(
            shorten("{\"client_secret\":\"\",\"scope\":\"a\"}", Json),
            "{\"client_secret\":\"\",\"scope\":\"a\"}"
        );
    }
}

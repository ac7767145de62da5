//! What a client wants of the interaction with the person: `prompt`, `max_age`, `acr_values` and `login_hint`
//! (RFC 9470 section 4, OpenID Connect Core section 3.1.2.1).

use std::time::Duration;

use oauth_sansio::{LoginWish, Timestamp, form::Form};

use super::{Asked, Config, Reason, Wish, parameters::optional};

/// The values of `prompt` that are served.
pub(super) const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];

/// How many `acr_values` one request may name.
const MOST: usize = 16;

/// Bytes of the longest `acr` value, and of the longest `login_hint`.
const LONGEST: usize = 256;

/// Reads the four parameters.
pub(super) fn read(form: &Form<'_>) -> Result<Asked, Reason> {
    Ok(Asked {
        acr_values: optional(form, "acr_values")?.map_or(Ok(Vec::new()), read_acr_values)?,
        max_age: optional(form, "max_age")?.map(read_seconds).transpose()?,
        prompt: optional(form, "prompt")?.map_or(Ok(Wish::default()), read_prompt)?,
        login_hint: optional(form, "login_hint")?.map(read_hint).transpose()?,
    })
}

impl Asked {
    /// Whether a login here can be what is asked for: without one of the classes there is nothing to ask a person for
    /// (RFC 9470 section 5).
    pub(super) fn check(&self, config: &Config) -> Result<(), Reason> {
        let reachable = |acr| config.acr_values.contains(acr);
        match self.acr_values.is_empty() || self.acr_values.iter().any(reachable) {
            true => Ok(()),
            false => Err(Reason::AcrUnsupported),
        }
    }

    /// How the person must have logged in for a request that came when `began` says.
    pub(super) fn login(&self, began: Timestamp) -> LoginWish {
        // To log in again is to have logged in since; so is `max_age=0`.
        let max_age = if self.prompt.login { Some(0) } else { self.max_age };
        LoginWish {
            since: max_age.map(|seconds| began.minus(Duration::from_secs(seconds))),
            acr_values: self.acr_values.clone(),
            hint: self.login_hint.clone(),
            choose: self.prompt.select_account,
        }
    }
}

/// A set of words; `none` stands alone. One that is not known here is refused, as nobody could tell that it was ignored
/// (Initiating User Registration via OpenID Connect section 4.1).
fn read_prompt(text: &str) -> Result<Wish, Reason> {
    let mut wish = Wish::default();
    for word in text.split(' ') {
        let flag = match word {
            "none" => &mut wish.none,
            "login" => &mut wish.login,
            "consent" => &mut wish.consent,
            "select_account" => &mut wish.select_account,
            _ => return Err(Reason::PromptUnknown),
        };
        *flag = true;
    }
    match wish {
        Wish { none: true, login: false, consent: false, select_account: false }
        | Wish { none: false, .. } => Ok(wish),
        _ => Err(Reason::Malformed("prompt")),
    }
}

/// Digits, and no more of them than a number has.
fn read_seconds(text: &str) -> Result<u64, Reason> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(Reason::Malformed("max_age"))
}

/// Words in the characters of an `acr` claim that a header carries, too (RFC 9470 section 3), the best first.
fn read_acr_values(text: &str) -> Result<Vec<String>, Reason> {
    let fits = |word: &str| {
        (1..=LONGEST).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    };
    let mut values: Vec<String> = Vec::new();
    for word in text.split(' ') {
        if !fits(word) || values.len() == MOST {
            return Err(Reason::Malformed("acr_values"));
        }
        if !values.iter().any(|known| known == word) {
            values.push(word.to_owned());
        }
    }
    Ok(values)
}

/// Something to write into a field.
fn read_hint(text: &str) -> Result<String, Reason> {
    match text.len() <= LONGEST && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(Reason::Malformed("login_hint")),
    }
}

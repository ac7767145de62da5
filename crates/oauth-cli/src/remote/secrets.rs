//! Secrets that a command is given: by a file, by the environment or by the standard input, and never as an argument, which
//! everybody on the machine can read.

use std::io::IsTerminal as _;

use oauth_sansio::Secret;

use super::Failure;
use crate::{credentials::find, request::file};

/// A secret from a file, where one is named (`-` is the standard input), or else from a variable.
pub(crate) fn given(file: &Option<String>, variable: &str) -> anyhow::Result<Option<Secret>> {
    match find(&None, file, variable)? {
        Some(secret) if secret.is_empty() => {
            let place = file.as_deref().unwrap_or(variable);
            Err(Failure::caller(format!("{place} holds no secret: it is empty")).into())
        }
        secret => Ok(secret),
    }
}

/// The same for a token that there must be: without a file and a variable, from the standard input.
pub(crate) fn named(name: &str, file_name: &Option<String>, variable: &str) -> anyhow::Result<Secret> {
    let text = match given(file_name, variable)? {
        Some(secret) => secret,
        None if std::io::stdin().is_terminal() => {
            return Err(Failure::caller(format!("there is no {name}"))
                .next(format!("pass it on the standard input, in a file, or in {variable}"))
                .into());
        }
        None => Secret::new(String::from_utf8(file("-")?).unwrap_or_default()),
    };
    match text.expose().trim() {
        "" => Err(Failure::caller(format!("the {name} is empty")).into()),
        token if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Secret::new(token)),
        _ => Err(Failure::caller(format!(
            "the {name} is none: it has spaces or characters that tokens do not have"
        ))
        .into()),
    }
}

//! Servers that say a secret again in their errors, which end up in logs.

use oauth_sansio::form;

use super::{Error, ErrorCode, Refusal};

/// The same error without what the server wrote, where that has one of these secrets in it.
pub(super) fn without<'s>(error: Error, secrets: impl IntoIterator<Item = &'s str>) -> Error {
    let Error::Refused(refusal) = error else { return error };
    let secrets: Vec<String> = secrets.into_iter().flat_map(spellings).chain([JWT.to_owned()]).collect();
    let tells = |text: &str| secrets.iter().any(|secret| text.contains(secret));
    let silent = |text: &super::Untrusted| !tells(text.as_untrusted_str());
    Error::Refused(Refusal {
        code: match refusal.code {
            ErrorCode::Other(code) if tells(&code) => ErrorCode::Unreadable,
            code => code,
        },
        description: refusal.description.filter(silent),
        uri: refusal.uri.filter(silent),
        ..refusal
    })
}

/// What every assertion, proof and signed token begins with.
const JWT: &str = "eyJ";

/// Characters by which a secret is known again: some servers show its beginning, and a long text is cut.
const BEGINNING: usize = 16;

/// Characters below which nothing is a secret.
const SHORT: usize = 4;

/// The beginning of a secret as it is, and as it stands in a form.
fn spellings(secret: &str) -> Vec<String> {
    let beginning: String = secret.chars().take(BEGINNING).collect();
    if beginning.len() < SHORT {
        return Vec::new();
    }
    let mut encoded = String::new();
    form::encode_into(&mut encoded, &beginning);
    vec![beginning, encoded]
}

//! The key and the signature (RFC 5849 sections 3.4.2 and 3.4.4).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use oauth_sansio::Secret;

use super::{Hints, change};
use crate::diagnose::{
    Cause::{self, *},
    attempt::{Attempt, Change, Keying},
    encoding::decode,
};

/// So many characters of a signature are no accident.
const TELLING: usize = 8;

pub(super) fn changes<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let mut changes = keys(hints);
    changes.extend(signatures());
    for method in hints.methods.into_iter().flat_map(|methods| methods.names().map(|name| methods.find(name)))
    {
        changes.push(change(OtherMethod, move |a| a.method = method));
    }
    changes
}

fn keys<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let empty = || Secret::new("");
    vec![
        change(SecretsSwapped, |a| std::mem::swap(&mut a.keying.client, &mut a.keying.token)),
        change(TokenSecretMissing, move |a| a.keying.token = empty()),
        change(TokenSecretUsed, |a| {
            if let Some(secret) = hints.spare_secret {
                a.keying.token = secret.clone();
            }
        }),
        change(ClientSecretMissing, move |a| a.keying.client = empty()),
        change(AmpersandMissing, |a| a.keying.ampersand = false),
        change(AmpersandMissing, |a| (a.keying.ampersand, a.keying.encoded) = (false, false)),
        change(SecretWhiteSpace, |a| edit(&mut a.keying, |secret| secret.trim().to_owned())),
        change(SecretEncoded, |a| {
            edit(&mut a.keying, |secret| {
                String::from_utf8_lossy(&decode(secret.as_bytes(), false)).into_owned()
            });
        }),
        change(KeyNotEncoded, |a| a.keying.encoded = false),
    ]
}

fn edit(keying: &mut Keying, edit: impl Fn(&str) -> String) {
    for secret in [&mut keying.client, &mut keying.token] {
        *secret = Secret::new(edit(secret.expose()));
    }
}

fn signatures<'a>() -> Vec<(Cause, Change<'a>)> {
    vec![
        change(SignatureEncodedTwice, |a| {
            a.signature = String::from_utf8_lossy(&decode(a.signature.as_bytes(), false)).into_owned();
        }),
        change(SignatureNotEncoded, |a| {
            if !a.signature.ends_with(' ') {
                a.signature = a.signature.replace(' ', "+");
            }
        }),
        change(SignatureWhiteSpace, |a| a.signature.retain(|character| !character.is_whitespace())),
        change(SignatureBase64Url, |a| {
            let plain = a.signature.replace('-', "+").replace('_', "/");
            let bytes = URL_SAFE_NO_PAD.decode(a.signature.trim_end_matches('='));
            a.signature = bytes.map_or(plain, |bytes| STANDARD.encode(bytes));
        }),
        change(SignatureHex, |a| {
            if let Some(bytes) = hex(&a.signature) {
                a.signature = STANDARD.encode(bytes);
            }
        }),
        change(SignatureTruncated, complete),
    ]
}

/// Puts the whole signature in the place of its beginning.
fn complete(attempt: &mut Attempt<'_>) {
    let given = &attempt.signature;
    if let Some(whole) = attempt.expected().filter(|_| given.len() >= TELLING)
        && whole.starts_with(given.as_str())
    {
        attempt.signature = whole;
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

//! The secrets that a command works with, from where nobody else sees them.

use std::sync::Arc;

use anyhow::Context as _;
use oauth_sansio::Secret;
use oauth1_core::{
    diagnose::Credentials,
    signature::{
        KeyError, Methods, Plaintext, PublicKey,
        rsa::{PrivateKey, Rsa},
    },
};

use crate::request::file;

/// The secrets.
#[derive(Debug, clap::Args)]
pub(crate) struct Secrets {
    /// A file with the consumer secret; one line end behind it does not count. Without it, the environment variable
    /// OAUTH_CONSUMER_SECRET.
    #[arg(long, value_name = "FILE", help_heading = "Secrets")]
    consumer_secret_file: Option<String>,
    /// A file with the token secret; without it, the environment variable OAUTH_TOKEN_SECRET.
    #[arg(long, value_name = "FILE", help_heading = "Secrets")]
    token_secret_file: Option<String>,
    /// The consumer secret itself. Visible to everybody on this machine, and kept in the shell's history.
    #[arg(long, value_name = "SECRET", help_heading = "Secrets", value_parser = secret, conflicts_with = "consumer_secret_file")]
    consumer_secret: Option<Secret>,
    /// The token secret itself; as visible as the other.
    #[arg(long, value_name = "SECRET", help_heading = "Secrets", value_parser = secret, conflicts_with = "token_secret_file")]
    token_secret: Option<Secret>,
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl Secrets {
    pub(crate) fn consumer(&self) -> anyhow::Result<Option<Secret>> {
        find(&self.consumer_secret, &self.consumer_secret_file, "OAUTH_CONSUMER_SECRET")
    }

    pub(crate) fn token(&self) -> anyhow::Result<Option<Secret>> {
        find(&self.token_secret, &self.token_secret_file, "OAUTH_TOKEN_SECRET")
    }
}

/// What was given, of those that it can be given by.
pub(crate) fn find(
    argument: &Option<Secret>,
    name: &Option<String>,
    variable: &str,
) -> anyhow::Result<Option<Secret>> {
    match (argument, name) {
        (Some(secret), _) => Ok(Some(secret.clone())),
        (None, Some(name)) => {
            let text = String::from_utf8(file(name)?).ok().with_context(|| format!("{name} is not UTF-8"))?;
            let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text);
            Ok(Some(Secret::new(line)))
        }
        (None, None) => Ok(std::env::var(variable).ok().filter(|text| !text.is_empty()).map(Secret::new)),
    }
}

/// Credentials, if there are any.
pub(crate) fn gather(
    consumer: Option<Secret>,
    token: Option<Secret>,
    public_key: Option<PublicKey>,
) -> Option<Credentials> {
    if consumer.is_none() && token.is_none() && public_key.is_none() {
        return None;
    }
    let consumer = consumer.unwrap_or_else(|| Secret::new(""));
    Some(Credentials { token_secret: token, public_key, ..Credentials::of_client(consumer) })
}

/// Every method there is; with a private key, those with RSA keys sign.
pub(crate) fn methods(private: Option<&str>) -> anyhow::Result<Methods> {
    let mut methods = Methods::recommended().with(Arc::new(Plaintext));
    let given = private.map(|name| file(name).map(|bytes| (name, bytes))).transpose()?;
    for rsa in [Rsa::sha1(), Rsa::sha256(), Rsa::sha512(), Rsa::pss()] {
        let rsa = match &given {
            Some((name, bytes)) => {
                let key = key(bytes, PrivateKey::from_jwk, PrivateKey::from_pem, PrivateKey::from_der);
                let key = key.and_then(|key| rsa.signing_with(key));
                key.with_context(|| format!("{name} holds no usable private key"))?
            }
            None => rsa,
        };
        methods = methods.with(Arc::new(rsa));
    }
    Ok(methods)
}

pub(crate) fn public_key(name: &str) -> anyhow::Result<PublicKey> {
    let key = key(&file(name)?, PublicKey::from_rsa_jwk, PublicKey::from_rsa_pem, PublicKey::from_rsa_der);
    key.with_context(|| format!("{name} holds no public key"))
}

/// From JWK, PEM or DER, whichever it begins like.
fn key<K>(
    bytes: &[u8],
    jwk: fn(&str) -> Result<K, KeyError>,
    pem: fn(&str) -> Result<K, KeyError>,
    der: fn(&[u8]) -> Result<K, KeyError>,
) -> Result<K, KeyError> {
    match std::str::from_utf8(bytes).map(str::trim_start) {
        Ok(text) if text.starts_with('{') => jwk(text),
        Ok(text) if text.starts_with("-----") => pem(text),
        _ => der(bytes),
    }
}

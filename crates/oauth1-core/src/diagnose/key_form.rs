//! What a key looks like, without showing it.

use std::fmt;

use oauth_sansio::Secret;
use serde::Serialize;

use crate::signature::{AllowedMethods, Key, PublicKey, SignatureMethod};

/// What a request is signed or verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The client's secret; empty for a client that has a key pair only.
    pub client_secret: Secret,
    /// The secret of the token, or of the temporary credentials, that the request names.
    pub token_secret: Option<Secret>,
    /// The client's public key, for methods with key pairs.
    pub public_key: Option<PublicKey>,
    /// The signature methods that the client may use; `None` for all that are known.
    pub methods: Option<AllowedMethods>,
}

impl Credentials {
    /// Those of a client that comes without a token.
    pub fn of_client(client_secret: impl Into<Secret>) -> Self {
        Self { client_secret: client_secret.into(), token_secret: None, public_key: None, methods: None }
    }

    /// The same, with the secret of a token.
    #[must_use]
    pub fn with_token_secret(self, token_secret: impl Into<Secret>) -> Self {
        Self { token_secret: Some(token_secret.into()), ..self }
    }

    /// The same, with the public key of the client.
    #[must_use]
    pub fn with_public_key(self, public_key: PublicKey) -> Self {
        Self { public_key: Some(public_key), ..self }
    }

    pub(super) fn key(&self) -> Key {
        Key::shared(&self.client_secret, self.token_secret.as_ref()).with_public_key(self.public_key.clone())
    }
}

/// The form of a key: which secrets are in it and how long they are (RFC 5849 section 3.4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyForm {
    /// As in `<client secret, 32 bytes>&<token secret, 0 bytes>`.
    pub text: String,
    /// What is odd about the secrets.
    pub warnings: Vec<Warning>,
}

impl KeyForm {
    pub(super) fn of(credentials: &Credentials, method: &dyn SignatureMethod) -> Self {
        let Credentials { client_secret, token_secret, public_key, .. } = credentials;
        if !method.uses_secrets() {
            let text = match public_key {
                Some(_) => "<public key of the client>",
                None => "<private key of the client>",
            };
            return Self { text: text.into(), warnings: Vec::new() };
        }
        let token = token_secret.as_ref().map_or("", Secret::expose);
        let text = format!(
            "<client secret, {} bytes>&<token secret, {} bytes>",
            client_secret.expose().len(),
            token.len()
        );
        let of = |which, secret: &Secret| {
            flaws(secret.expose()).map(move |flaw| Warning { secret: which, flaw }).collect::<Vec<_>>()
        };
        let mut warnings = of(Which::Client, client_secret);
        warnings.extend(token_secret.iter().flat_map(|secret| of(Which::Token, secret)));
        Self { text, warnings }
    }
}

/// Something odd about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Warning {
    /// Which of the two.
    pub secret: Which,
    /// What is odd.
    pub flaw: Flaw,
}

/// One of the shared secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The client's.
    Client,
    /// The token's.
    Token,
}

/// What may be odd about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// There is nothing in it.
    Empty,
    /// White space at an end, as it comes with a copied line.
    WhiteSpace,
    /// It has escapes in it: it was encoded before, and the key would encode it again.
    Encoded,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = match self.secret {
            Which::Client => "the client secret",
            Which::Token => "the token secret",
        };
        let flaw = match self.flaw {
            Flaw::Empty => "is empty",
            Flaw::WhiteSpace => "begins or ends with white space",
            Flaw::Encoded => "looks percent-encoded already; the key encodes it again",
        };
        write!(f, "{secret} {flaw}")
    }
}

fn flaws(secret: &str) -> impl Iterator<Item = Flaw> {
    let is_escape = |piece: &str| {
        let digits = piece.as_bytes().iter().take(2).filter(|byte| byte.is_ascii_hexdigit());
        digits.count() == 2
    };
    [
        (secret.is_empty(), Flaw::Empty),
        (secret.trim() != secret, Flaw::WhiteSpace),
        (secret.contains('%') && secret.split('%').skip(1).all(is_escape), Flaw::Encoded),
    ]
    .into_iter()
    .filter_map(|(is, flaw)| is.then_some(flaw))
}

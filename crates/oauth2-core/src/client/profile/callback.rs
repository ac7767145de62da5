//! What a provider adds to authorization responses, so that they can be told from forged ones.

use hmac::{Hmac, KeyInit as _, Mac as _};
use oauth_sansio::{
    Secret,
    form::{self, Form},
};
use sha2::Sha256;

use super::{Mouth, mouth::RESPONSE_MODE};
use crate::client::{CallbackError, Client, ClientAuthentication, Server};

impl Client {
    /// Whether a response is the provider's, as far as it can show it. A provider without a dialect shows nothing here.
    pub(in crate::client) fn check_authenticity(&self, form: &Form<'_>) -> Result<(), CallbackError> {
        match &self.0.server.mouth {
            None => Ok(()),
            Some(mouth) => mouth.check_authenticity(form, &self.0.authentication),
        }
    }
}

impl Server {
    /// Whether the provider answers in a way of its own. A signed answer (JARM) has nothing beside it, so there is none.
    pub(in crate::client) fn has_own_answers(&self) -> bool {
        self.mouth.as_ref().is_some_and(|mouth| {
            let authorization = &mouth.dialect.authorization;
            let sets_mode = authorization.parameters.iter().any(|(name, _)| name == RESPONSE_MODE);
            sets_mode || authorization.hmac.is_some() || !authorization.equal.is_empty()
        })
    }

    /// An error code of a response, in the words of the standard where the provider has others for it.
    pub(in crate::client) fn callback_error<'a>(&'a self, code: &'a str) -> &'a str {
        let codes = self.mouth.as_ref().map(|mouth| mouth.dialect.authorization.error_codes.as_slice());
        standard_code(codes.unwrap_or_default(), code).unwrap_or(code)
    }
}

/// What a provider's error code means in the words of the standard.
pub(super) fn standard_code<'c>(codes: &'c [(String, String)], code: &str) -> Option<&'c str> {
    let (_, standard) = codes.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(code))?;
    Some(standard)
}

impl Mouth {
    fn check_authenticity(
        &self,
        form: &Form<'_>,
        authentication: &ClientAuthentication,
    ) -> Result<(), CallbackError> {
        let authorization = &self.dialect.authorization;
        if let Some(name) = &authorization.hmac {
            let secret = match authentication {
                ClientAuthentication::SecretBasic(secret) | ClientAuthentication::SecretPost(secret) => {
                    secret
                }
                _ => return Err(CallbackError::Hmac),
            };
            let said = form.one(name).ok().flatten().ok_or(CallbackError::Hmac)?;
            let made = hmac_of(form, name, secret).ok_or(CallbackError::Hmac)?;
            // `Secret` compares in constant time.
            if Secret::new(said.to_ascii_lowercase()) != made {
                return Err(CallbackError::Hmac);
            }
        }
        let is_equal = |(name, value): &(String, String)| form.one(name) == Ok(Some(value.as_str()));
        if authorization.equal.iter().all(is_equal) { Ok(()) } else { Err(CallbackError::OtherSite) }
    }
}

/// Over all other parameters, sorted by name, as a form.
fn hmac_of(form: &Form<'_>, name: &str, secret: &Secret) -> Option<Secret> {
    let mut pairs: Vec<_> = form.pairs().filter(|(one, _)| *one != name).collect();
    pairs.sort_by_key(|(name, _)| *name);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(form::encode(pairs).as_bytes());
    Some(Secret::new(hex(&mac.finalize().into_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

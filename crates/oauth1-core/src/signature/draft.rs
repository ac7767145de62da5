//! A request that is to be signed: its protocol parameters, its signature, and the three ways they travel.

use http::{HeaderValue, Uri};
use oauth_sansio::{
    form,
    percent::{self, DecodeError},
};
use zeroize::Zeroizing;

use super::{BaseString, Origin, OriginError, PreparedKey};

/// The protocol parameters of one request, not yet signed (RFC 5849 section 3.1).
#[derive(Clone, Copy)]
pub struct Draft<'a> {
    /// `oauth_consumer_key`
    pub consumer_key: &'a str,
    /// `oauth_token`
    pub token: Option<&'a str>,
    /// `oauth_signature_method`
    pub method: &'a str,
    /// `oauth_timestamp`, in digits.
    pub timestamp: Option<&'a str>,
    /// `oauth_nonce`
    pub nonce: Option<&'a str>,
    /// Whether `oauth_version=1.0` is sent, which a server takes for granted.
    pub version: bool,
    /// Further parameters: `oauth_callback`, `oauth_verifier`, extensions.
    pub extra: &'a [(&'a str, &'a str)],
    /// The `realm` for the header, which is not signed (RFC 5849 section 3.4.1.3.1).
    pub realm: Option<&'a str>,
}

/// What of a request is signed besides the protocol parameters (RFC 5849 section 3.4.1.1).
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The method of the request line.
    pub method: &'a str,
    /// The absolute URI.
    pub uri: &'a Uri,
    /// The body, if it is a form.
    pub form: Option<&'a [u8]>,
}

/// Memory for signing, to be used again for the next request. What may hold a secret is wiped when dropped.
#[derive(Default)]
pub struct Scratch {
    base: String,
    signature: Zeroizing<String>,
    header: Zeroizing<String>,
}

/// A draft and its signature.
pub struct Signed<'a> {
    draft: Draft<'a>,
    base: &'a str,
    signature: &'a str,
    header: &'a mut String,
}

/// Why a request cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The URI has no origin that can be signed.
    #[error("the URI cannot be signed: {0}")]
    Origin(#[from] OriginError),
    /// The query or the form does not decode.
    #[error("the query or form cannot be signed: {0}")]
    Parameters(#[from] DecodeError),
    /// The realm or a parameter holds what a header cannot carry.
    #[error("the realm cannot be written into a header")]
    Realm,
}

impl<'a> Draft<'a> {
    /// Signs the draft for a target, with a key that the draft's method has prepared.
    ///
    /// # Errors
    /// When the URI is not an absolute `http` or `https` one, or its query or the form has a stray `%`.
    pub fn sign<'s>(
        &self,
        key: &dyn PreparedKey,
        target: &Target<'_>,
        scratch: &'s mut Scratch,
    ) -> Result<Signed<'s>, DraftError>
    where
        'a: 's,
    {
        let origin = Origin::of_uri(target.uri)?;
        let mut parameters = BaseString::default();
        self.pairs().for_each(|(name, value)| parameters.parameter(name, value));
        parameters.form(target.uri.query().unwrap_or_default().as_bytes())?;
        parameters.form(target.form.unwrap_or_default())?;
        let Scratch { base, signature, header } = scratch;
        parameters.write_over(base, target.method, &origin, target.uri.path());
        signature.clear();
        key.sign(base, signature);
        Ok(Signed { draft: *self, base, signature, header })
    }

    fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let optional = [
            self.token.map(|token| ("oauth_token", token)),
            Some(("oauth_signature_method", self.method)),
            self.timestamp.map(|timestamp| ("oauth_timestamp", timestamp)),
            self.nonce.map(|nonce| ("oauth_nonce", nonce)),
            self.version.then_some(("oauth_version", "1.0")),
        ];
        let first = ("oauth_consumer_key", self.consumer_key);
        [first].into_iter().chain(optional.into_iter().flatten()).chain(self.extra.iter().copied())
    }
}

impl Signed<'_> {
    /// What was signed (RFC 5849 section 3.4.1).
    pub fn base_string(&self) -> &str {
        self.base
    }

    /// The signature, not encoded.
    pub fn signature(&self) -> &str {
        self.signature
    }

    /// The value of the `Authorization` header, marked as sensitive (RFC 5849 section 3.5.1).
    ///
    /// # Errors
    /// When the realm has characters that a header cannot carry.
    pub fn authorization(self) -> Result<HeaderValue, DraftError> {
        let out = self.header;
        out.clear();
        out.push_str("OAuth ");
        if let Some(realm) = self.draft.realm {
            push_realm(out, realm)?;
        }
        for (name, value) in self.draft.pairs() {
            percent::encode_into(out, name);
            out.push_str("=\"");
            percent::encode_into(out, value);
            out.push_str("\", ");
        }
        out.push_str("oauth_signature=\"");
        percent::encode_into(out, self.signature);
        out.push('"');
        let mut value = HeaderValue::from_str(out).map_err(|_| DraftError::Realm)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Appends the parameters to a form body or a query (RFC 5849 sections 3.5.2 and 3.5.3).
    pub fn append_to(&self, form: &mut String) {
        for (name, value) in self.draft.pairs().chain([("oauth_signature", self.signature)]) {
            form::append(form, name, value);
        }
    }
}

/// A quoted string of HTTP (RFC 9110 section 5.6.4): the realm is the one value that is not percent-encoded.
fn push_realm(out: &mut String, realm: &str) -> Result<(), DraftError> {
    out.push_str("realm=\"");
    for char in realm.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            ' '..='~' => out.push(char),
            _ => return Err(DraftError::Realm),
        }
    }
    out.push_str("\", ");
    Ok(())
}

/// The consumer key and the method only.
impl std::fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("consumer_key", &self.consumer_key)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// The method and the path only: query and form may carry secrets.
impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("method", &self.method)
            .field("path", &self.uri.path())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch(..)")
    }
}

impl std::fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed").field("draft", &self.draft).finish_non_exhaustive()
    }
}

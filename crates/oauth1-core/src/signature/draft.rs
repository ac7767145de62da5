//! A request that is to be signed: its protocol parameters, its signature, and the three ways they travel.

use http::{HeaderValue, Uri};
use oauth_sansio::{Entropy, percent::DecodeError};
use smallvec::SmallVec;
use zeroize::Zeroizing;

use super::{BaseString, KeyError, OriginError, PreparedKey, origin, text::Text, writer::Writer};

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
    header: Zeroizing<Vec<u8>>,
}

/// A draft and its signature.
pub struct Signed<'a> {
    pairs: Pairs<'a>,
    foreign: bool,
    realm: Option<&'a str>,
    base: &'a str,
    signature: &'a str,
    header: &'a mut Vec<u8>,
}

type Pairs<'a> = SmallVec<[(Text<'a>, Text<'a>); 10]>;

/// Why a request cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The URI has no origin that can be signed.
    #[error("the URI cannot be signed: {0}")]
    Origin(#[from] OriginError),
    /// The query or the form does not decode.
    #[error("the query or form cannot be signed: {0}")]
    Parameters(#[from] DecodeError),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The realm or a parameter holds what a header cannot carry.
    #[error("the realm cannot be written into a header")]
    Realm,
}

impl<'a> Draft<'a> {
    /// Signs the draft for a target, with a key that the draft's method has prepared.
    ///
    /// # Errors
    /// When the URI is not an absolute `http` or `https` one, its query or the form has a stray `%`, or the key does
    /// not sign.
    pub fn sign<'s>(
        &self,
        key: &dyn PreparedKey,
        target: &Target<'_>,
        entropy: &mut Entropy,
        scratch: &'s mut Scratch,
    ) -> Result<Signed<'s>, DraftError>
    where
        'a: 's,
    {
        let mut parameters = BaseString::default();
        let pairs: Pairs<'s> = self.pairs();
        for (name, value) in &pairs {
            parameters.push(*name, *value);
        }
        let foreign = parameters.take(target.uri.query().unwrap_or_default().as_bytes())
            | parameters.take(target.form.unwrap_or_default());
        let Scratch { base, signature, header } = scratch;
        let mut origin = Ok(());
        let write_uri = |out: &mut Writer| origin = origin::write_base_uri(out, target.uri);
        *base = parameters.write_over(std::mem::take(base), 0, target.method, write_uri)?;
        origin?;
        signature.clear();
        key.sign(base, entropy, signature)?;
        Ok(Signed { pairs, foreign, realm: self.realm, base, signature, header })
    }

    fn pairs(&self) -> Pairs<'a> {
        let mut pairs = Pairs::new();
        let mut push = |name, value: Option<&'a str>| {
            if let Some(value) = value {
                pairs.push((Text::bare(name), Text::plain(value)));
            }
        };
        push("oauth_consumer_key", Some(self.consumer_key));
        push("oauth_token", self.token);
        push("oauth_signature_method", Some(self.method));
        push("oauth_timestamp", self.timestamp);
        push("oauth_nonce", self.nonce);
        push("oauth_version", self.version.then_some("1.0"));
        pairs.extend(self.extra.iter().map(|(name, value)| (Text::plain(name), Text::plain(value))));
        pairs
    }
}

impl Signed<'_> {
    /// What was signed (RFC 5849 section 3.4.1).
    pub fn base_string(&self) -> &str {
        self.base
    }

    /// Whether query or form hold a parameter whose name begins with `oauth_`: the request is signed already, or somebody
    /// else's (RFC 5849 sections 3.2 and 3.5). A server refuses it.
    pub fn is_ambiguous(&self) -> bool {
        self.foreign
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
        let mut out = Writer::over(std::mem::take(self.header), 512);
        out.bare(b"OAuth ");
        if let Some(realm) = self.realm {
            write_realm(&mut out, realm)?;
        }
        for (name, value) in &self.pairs {
            name.write_once(&mut out);
            out.bare(b"=\"");
            value.write_once(&mut out);
            out.bare(b"\", ");
        }
        out.bare(b"oauth_signature=\"");
        out.once(self.signature.as_bytes());
        out.bare(b"\"");
        *self.header = out.finish()?;
        let mut value = HeaderValue::from_bytes(self.header).map_err(|_| DraftError::Realm)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Appends the parameters to a form body or to a query without its `?` (RFC 5849 sections 3.5.2 and 3.5.3).
    /// Percent-encoding is what a form reads as well.
    pub fn append_to(&self, form: &mut String) {
        let signature = (Text::bare("oauth_signature"), Text::plain(self.signature));
        for (name, value) in self.pairs.iter().chain([&signature]) {
            if !form.is_empty() && !form.ends_with('&') {
                form.push('&');
            }
            form.extend(name.encoded().map(char::from));
            form.push('=');
            form.extend(value.encoded().map(char::from));
        }
    }
}

/// A quoted string of HTTP (RFC 9110 section 5.6.4): the realm is the one value that is not percent-encoded.
fn write_realm(out: &mut Writer, realm: &str) -> Result<(), DraftError> {
    out.bare(b"realm=\"");
    for byte in realm.bytes() {
        match byte {
            b'"' | b'\\' => out.bare(&[b'\\', byte]),
            b' '..=b'~' => out.bare(&[byte]),
            _ => return Err(DraftError::Realm),
        }
    }
    out.bare(b"\", ");
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
        f.write_str("Signed(..)")
    }
}

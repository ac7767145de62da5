//! What requests are signed with (RFC 5849 section 3.4).

use oauth_sansio::{Secret, percent};

use super::PublicKey;

/// What a signature is made and checked with: the shared secrets, and for methods with key pairs the client's public
/// key.
///
/// The text of the shared secrets is both, each percent-encoded, with `&` between them, even if one is empty
/// (RFC 5849 sections 3.4.2 and 3.4.4).
///
/// ```
/// use oauth1_core::signature::Key;
/// use oauth_sansio::Secret;
///
/// let key = Key::shared(&Secret::new("a&b%"), None);
/// assert_eq!(key.text().expose(), "a%26b%25&");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    text: Secret,
    public: Option<PublicKey>,
}

impl Key {
    /// The key of a client's secret and, if a token is used, the token's.
    pub fn shared(client_secret: &Secret, token_secret: Option<&Secret>) -> Self {
        let (client, token) = (client_secret.expose(), token_secret.map_or("", Secret::expose));
        // Room for the worst case, so that no half-written copy of a secret stays behind in freed memory.
        let mut text = String::with_capacity(3 * (client.len() + token.len()) + 1);
        percent::encode_into(&mut text, client);
        text.push('&');
        percent::encode_into(&mut text, token);
        Self { text: Secret::new(text), public: None }
    }

    /// A key of another text, as a client may have made it that strays from the standard.
    pub(crate) fn verbatim(text: Secret) -> Self {
        Self { text, public: None }
    }

    /// The same, with the public key of the client (RFC 5849 section 3.4.3).
    #[must_use]
    pub fn with_public_key(self, public: Option<PublicKey>) -> Self {
        Self { public, ..self }
    }

    /// The text of the shared secrets.
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// The client's public key.
    pub fn public_key(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }
}

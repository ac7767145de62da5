//! The key of a shared-secret method (RFC 5849 sections 3.4.2 and 3.4.4).

use oauth_sansio::{Secret, percent};

/// Both secrets, each percent-encoded, with `&` between them, even if one is empty.
///
/// ```
/// use oauth1_core::signature::Key;
/// use oauth_sansio::Secret;
///
/// let key = Key::shared(&Secret::new("a&b%"), None);
/// assert_eq!(key.text().expose(), "a%26b%25&");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Secret);

impl Key {
    /// The key of a client's secret and, if a token is used, the token's.
    pub fn shared(client_secret: &Secret, token_secret: Option<&Secret>) -> Self {
        let (client, token) = (client_secret.expose(), token_secret.map_or("", Secret::expose));
        // Room for the worst case, so that no half-written copy of a secret stays behind in freed memory.
        let mut text = String::with_capacity(3 * (client.len() + token.len()) + 1);
        percent::encode_into(&mut text, client);
        text.push('&');
        percent::encode_into(&mut text, token);
        Self(Secret::new(text))
    }

    /// The key's text.
    pub fn text(&self) -> &Secret {
        &self.0
    }
}

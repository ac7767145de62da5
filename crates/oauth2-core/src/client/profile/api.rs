//! Access tokens in requests to a provider's APIs.

use http::{HeaderName, HeaderValue, Request};

use crate::client::{Client, Error, Misuse, Tokens};

impl Client {
    /// Puts an access token into a request to an API of the provider, in the provider's way, and with the headers that it
    /// wants, unless they are there. Without a profile this is [`Tokens::authorize`].
    ///
    /// # Errors
    /// [`Misuse::TokenType`] when the token is no bearer token.
    pub fn authorize_api<B>(&self, tokens: &Tokens, request: &mut Request<B>) -> Result<(), Error> {
        let Some(mouth) = &self.0.server.mouth else { return tokens.authorize(request) };
        // It knows whether the token may be used at all.
        let mut sample = Request::new(());
        tokens.authorize(&mut sample)?;
        let api = &mouth.dialect.api;
        let token = tokens.access_token.expose();
        let value = match api.scheme.as_str() {
            "" => token.to_owned(),
            scheme => format!("{scheme} {token}"),
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| Misuse::TokenType)?;
        value.set_sensitive(true);
        request.headers_mut().insert(mouth.api_header.clone(), value);
        for (name, value) in &api.headers {
            let value = value.replace("{client_id}", &self.0.client_id);
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                request.headers_mut().entry(name).or_insert(value);
            }
        }
        Ok(())
    }
}

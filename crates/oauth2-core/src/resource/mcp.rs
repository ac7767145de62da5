//! Settings for a server of the Model Context Protocol (its revision of 2026-07-28, "Authorization").

use super::{Config, Published};
use crate::Scopes;

impl Config {
    /// What a server of that protocol must do and is not the default: it says which authorization servers it trusts and what a
    /// client may want to ask for, it names in its challenges what is needed, and it takes no token but those for itself.
    ///
    /// `identifier` is its canonical address. Add whose tokens are taken: [`signed`](Self::signed),
    /// [`introspected`](Self::introspected), or a shared store.
    ///
    /// ```
    /// use oauth2_core::resource::{Config, Signed, Verifier};
    ///
    /// let issuer = "https://as.example";
    /// let mut config = Config::mcp("https://mcp.example/files", [issuer], "files.read".parse()?);
    /// config.signed = vec![Signed::offline(issuer, "https://as.example/jwks".parse()?)];
    /// let verifier = Verifier::new(config)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mcp<'a>(
        identifier: impl Into<String>,
        authorization_servers: impl IntoIterator<Item = &'a str>,
        scopes: Scopes,
    ) -> Self {
        let authorization_servers = authorization_servers.into_iter().map(str::to_owned).collect();
        let published = Published { authorization_servers, scopes: scopes.clone(), ..Published::default() };
        Self {
            identifier: Some(identifier.into()),
            require_audience: true,
            scopes,
            published: Some(published),
            ..Self::default()
        }
    }
}

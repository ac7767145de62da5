//! What a provider allows as a redirect URI.

use url::{Host, Url};

use super::RedirectUris;
use crate::client::{Misuse, Server, config::check_redirect_uri};

impl Server {
    /// Refuses what the provider would.
    pub(in crate::client) fn check_redirect_uri(&self, text: &str) -> Result<(), Misuse> {
        let rule = self.mouth.as_ref().map(|mouth| mouth.dialect.authorization.redirect_uri);
        match rule.unwrap_or_default() {
            RedirectUris::Name if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(Misuse::RedirectUri)
            }
            RedirectUris::Name => Ok(()),
            RedirectUris::Standard => check_redirect_uri(text),
            rule => {
                check_redirect_uri(text)?;
                let url = Url::parse(text).map_err(|_| Misuse::RedirectUri)?;
                let is_localhost = matches!(url.host(), Some(Host::Domain("localhost")));
                let is_domain = matches!(url.host(), Some(Host::Domain(_))) && !is_localhost;
                match rule {
                    RedirectUris::HttpsDomain if url.scheme() != "https" || !is_domain => {
                        Err(Misuse::RedirectUri)
                    }
                    _ if is_localhost => Err(Misuse::RedirectUri),
                    _ => Ok(()),
                }
            }
        }
    }
}

//! The settings that contradict the standards or themselves.

use url::{Host, Url};

use super::{Config, TokenFormat};

impl Config {
    pub(in crate::server) fn check(&self) -> Result<(), ConfigError> {
        let loopback = match self.issuer.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match self.issuer.scheme() {
            "https" => {}
            "http" if self.insecure_loopback && loopback => {}
            _ => return Err(ConfigError::InsecureIssuer),
        }
        // RFC 8414 section 2
        let has_extras = self.issuer.query().is_some() || self.issuer.fragment().is_some();
        if has_extras || !self.issuer.username().is_empty() || self.issuer.password().is_some() {
            return Err(ConfigError::Issuer);
        }
        let unsigned = self.resources.iter().any(|resource| resource.token == TokenFormat::Jwt);
        if unsigned && self.signing.is_empty() {
            return Err(ConfigError::NoSigningKey);
        }
        if !self.signing.algorithms().iter().all(|made| self.policy.signing_algorithms.contains(made)) {
            return Err(ConfigError::SigningAlgorithm);
        }
        // A token is one `token68` (RFC 6750 section 2.1); a dot is in no token that is not a JWT.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~');
        if !self.prefixes.access.bytes().chain(self.prefixes.refresh.bytes()).all(is_plain) {
            return Err(ConfigError::Prefix);
        }
        let mut types: Vec<_> = self.details_types.iter().map(|kind| kind.name()).collect();
        types.sort_unstable();
        if types.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(ConfigError::SameDetailsType);
        }
        // RFC 6749 section 4.5: an absolute URI, so that no name of a standard means two things.
        let is_own = |uri: &String| Url::parse(uri).is_ok() && !uri.starts_with("urn:ietf:params:oauth:");
        if !self.extension_grants.iter().all(is_own) {
            return Err(ConfigError::ExtensionGrant);
        }
        let aliases = self.mutual_tls.as_ref().and_then(|mutual| mutual.aliases.as_ref());
        let is_origin = |url: &Url| {
            url.scheme() == "https" && url.as_str() == format!("{}/", url.origin().ascii_serialization())
        };
        if aliases.is_some_and(|url| !is_origin(url)) {
            return Err(ConfigError::Aliases);
        }
        // What the server says itself, it does not need to be told.
        if self.trusted_issuers.iter().any(|trusted| trusted.issuer == self.issuer_identifier()) {
            return Err(ConfigError::OwnIssuer);
        }
        // What a URL parser would change is no path that requests come with.
        let mut paths: Vec<&str> = self.paths.all().into_iter().map(String::as_str).collect();
        if paths.iter().any(|path| self.url(path).path() != *path) {
            return Err(ConfigError::Path);
        }
        let mut well_known = self.well_known();
        well_known.dedup();
        paths.extend(well_known.iter().map(String::as_str));
        paths.sort_unstable();
        if paths.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(ConfigError::SamePath);
        }
        Ok(())
    }
}

/// Why a [`Config`] cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The issuer is neither `https` nor, with `insecure_loopback`, `http` on a loopback host.
    #[error("the issuer must use https")]
    InsecureIssuer,
    /// The issuer has a query, a fragment, a user name or a password (RFC 8414 section 2).
    #[error("the issuer must have no query, fragment, user name or password")]
    Issuer,
    /// A path does not start with `/`, has a dot segment or a character that a path does not have.
    #[error("a path must start with / and be one as it stands")]
    Path,
    /// A prefix of tokens has a character that is none of letters, digits, `-`, `_` and `~`.
    #[error("a prefix of tokens must be of letters, digits, -, _ and ~")]
    Prefix,
    /// A resource wants JWTs, and there is no key to sign them with.
    #[error("a resource wants signed tokens and there is no signing key")]
    NoSigningKey,
    /// A signing key is for an algorithm that the policy does not have.
    #[error("a signing key is for an algorithm that the policy does not allow")]
    SigningAlgorithm,
    /// Two types of authorization details have one name.
    #[error("two types of authorization details have the same name")]
    SameDetailsType,
    /// An extension grant is no absolute URI, or one of the standards'.
    #[error("an extension grant must be an absolute URI of its own")]
    ExtensionGrant,
    /// The server is among the issuers that it trusts.
    #[error("the server must not trust assertions of its own")]
    OwnIssuer,
    /// The origin for clients with certificates is not one of `https`.
    #[error("the aliases for mutual TLS must be an origin of https")]
    Aliases,
    /// A member of the metadata that the server tells itself, or would if it had it.
    #[error("a member of the metadata is the server's own to tell")]
    Metadata,
    /// Two endpoints have one path.
    #[error("two endpoints have the same path")]
    SamePath,
}

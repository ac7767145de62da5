//! Providers that are at many addresses.

use serde::{Deserialize, Serialize};

use super::ProfileError;

/// Which of them: what stands for `{site}` in the addresses of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Site<'a> {
    /// A tenant of Microsoft Entra: an identifier, a domain, or `common`, `organizations`, `consumers`.
    Tenant(&'a str),
    /// A shop of Shopify, as in `some-shop.myshopify.com`.
    Shop(&'a str),
    /// A host, where needed with its port.
    Host(&'a str),
}

/// What kind of site a profile wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// [`Site::Tenant`]
    Tenant,
    /// [`Site::Shop`]
    Shop,
    /// [`Site::Host`]
    Host,
}

/// Characters of the name of a host (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 253;

impl<'a> Site<'a> {
    /// The site of this kind.
    pub(super) const fn of(kind: SiteKind, name: &'a str) -> Self {
        match kind {
            SiteKind::Tenant => Self::Tenant(name),
            SiteKind::Shop => Self::Shop(name),
            SiteKind::Host => Self::Host(name),
        }
    }

    /// What kind it is.
    pub const fn kind(&self) -> SiteKind {
        match self {
            Self::Tenant(_) => SiteKind::Tenant,
            Self::Shop(_) => SiteKind::Shop,
            Self::Host(_) => SiteKind::Host,
        }
    }

    /// The name, when it is one and nothing that leads elsewhere.
    pub(super) fn name(&self) -> Result<&'a str, ProfileError> {
        let (name, is_name) = match *self {
            Self::Tenant(name) => (name, is_host_name(name)),
            Self::Shop(name) => (name, name.strip_suffix(".myshopify.com").is_some_and(is_label)),
            Self::Host(name) => (name, is_host(name)),
        };
        if is_name && name.len() <= MAX_NAME { Ok(name) } else { Err(ProfileError::Site) }
    }
}

fn is_host(name: &str) -> bool {
    let is_port = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    match name.split_once(':') {
        Some((host, port)) => is_host_name(host) && is_port(port),
        None => is_host_name(name),
    }
}

fn is_host_name(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !label.is_empty() && label.bytes().all(is_inside) && !label.starts_with('-') && !label.ends_with('-')
}

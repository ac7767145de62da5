//! Where tokens may be used (RFC 8707).

use oauth_sansio::form::Form;
use url::Url;

use super::{AuthorizationServer, Client, Reason, Resource, TokenFormat};
use crate::Scopes;

/// How many resources one request may name.
const MOST: usize = 8;

/// The `resource` parameters of a request (RFC 8707 section 2): the one parameter that may come more than once.
pub(super) fn read(form: &Form<'_>) -> Result<Vec<String>, Reason> {
    let mut resources: Vec<String> = Vec::new();
    for resource in form.all("resource").filter(|resource| !resource.is_empty()) {
        // An absolute URI without a fragment.
        let fits = Url::parse(resource).is_ok_and(|url| url.fragment().is_none()) && resource.is_ascii();
        if !fits || resources.len() == MOST {
            return Err(Reason::TargetMalformed);
        }
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

/// What a client may have of what it asks for: resources are compared as text.
pub(super) fn allowed(
    server: &AuthorizationServer,
    client: &Client,
    asked: &[String],
) -> Result<Vec<String>, Reason> {
    let config = server.config();
    let known =
        |identifier: &String| config.resources.iter().any(|resource| resource.identifier == *identifier);
    let open = |identifier: &String| client.resources.as_ref().is_none_or(|open| open.contains(identifier));
    match (asked, config.resources.as_slice()) {
        ([], [only]) if config.policy.require_resource && open(&only.identifier) => {
            Ok(vec![only.identifier.clone()])
        }
        ([], _) if config.policy.require_resource => Err(Reason::TargetMissing),
        (asked, _) if asked.iter().all(|one| known(one) && open(one)) => Ok(asked.to_vec()),
        _ => Err(Reason::TargetUnknown),
    }
}

/// What of a grant an access token shall be for (RFC 8707 section 2.2): all of it, or the part that is named.
pub(super) fn narrowed(granted: &[String], asked: &[String]) -> Result<Vec<String>, Reason> {
    match asked {
        [] => Ok(granted.to_vec()),
        asked if asked.iter().all(|one| granted.contains(one)) => Ok(asked.to_vec()),
        _ => Err(Reason::TargetWider),
    }
}

impl AuthorizationServer {
    fn resources<'a>(&'a self, named: &'a [String]) -> impl Iterator<Item = &'a Resource> {
        self.config().resources.iter().filter(|resource| named.contains(&resource.identifier))
    }

    /// What an access token for these resources is. One that an API must be able to read is a JWT only where all can.
    pub(super) fn token_format(&self, named: &[String]) -> TokenFormat {
        let mut formats = self.resources(named).map(|resource| resource.token);
        match formats.next() {
            Some(TokenFormat::Jwt) if formats.all(|format| format == TokenFormat::Jwt) => TokenFormat::Jwt,
            _ => TokenFormat::Opaque,
        }
    }

    /// How long an access token for these resources lives at most.
    pub(super) fn longest_access(&self, named: &[String]) -> Option<std::time::Duration> {
        self.resources(named).filter_map(|resource| resource.access).min()
    }

    /// The scopes that mean something to one of these resources.
    pub(super) fn meaningful(&self, scopes: &Scopes, named: &[String]) -> Scopes {
        let means_something = |scope: &str| {
            let mut resources = self.resources(named).peekable();
            resources.peek().is_none()
                || resources
                    .any(|resource| resource.scopes.as_ref().is_none_or(|known| known.contains(scope)))
        };
        scopes.only(means_something)
    }
}

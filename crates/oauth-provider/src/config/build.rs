//! The settings, in the words of the two cores.

use std::collections::BTreeSet;

use oauth_hyper_server::{CertificateHeader, TrustedProxy};
use oauth_sansio::http::HeaderName;
use oauth1_core::server as core1;
use oauth2_core::Scopes;
use oauth2_core::server::{
    self as core2, AuthenticationMethod, Chain, KeyRing, Registrants, RegistrationPolicy, ServerKeys,
    TokenFormat,
};
use url::Url;

use super::{Migration, OpenTo, Problem, Registration, Resource, Settings, Token};
use crate::private_file;

const ORIGIN: &str = "write the address that people type, as in \"https://id.example.com\"";

impl Settings {
    /// The issuer, as a URL.
    pub(crate) fn issuer_url(&self) -> Result<&Url, Problem> {
        self.issuer.as_ref().ok_or_else(|| Problem::new("issuer", "it is missing", ORIGIN))
    }

    /// Scheme, host and port that everything is reached at.
    pub(crate) fn origin(&self) -> Result<Url, Problem> {
        let mut origin = self.issuer_url()?.clone();
        origin.set_path("");
        Ok(origin)
    }

    /// Scopes by their names, all of which are known.
    pub(crate) fn scopes_of(&self, key: &str, names: &[String]) -> Result<Scopes, Problem> {
        let unknown = names.iter().find(|name| !self.scopes.contains_key(*name));
        if let Some(name) = unknown {
            let fix = format!("add \"{name}\" and its words to the table `scopes`, or take it away here");
            return Err(Problem::new(key, format!("there is no scope \"{name}\""), fix));
        }
        parse(key, names)
    }

    /// The settings of OAuth 2, with these keys.
    pub(crate) fn oauth2(&self, signing: KeyRing, keys: ServerKeys) -> Result<core2::Config, Problem> {
        let names: Vec<_> = self.scopes.keys().cloned().collect();
        let issuer = self.issuer_url()?.clone();
        let prefix = issuer.path().trim_end_matches('/').to_owned();
        let mut config = core2::Config::new(issuer);
        config.paths = core2::Paths::below(&prefix);
        config.insecure_loopback = self.development;
        config.policy = self.profile.policy();
        config.scopes = parse("scopes", &names)?;
        config.resource_servers = self.resource_servers.clone();
        config.resources =
            self.resources.iter().map(|resource| self.resource(resource)).collect::<Result<_, _>>()?;
        config.registration =
            self.registration.as_ref().map(|registration| self.registration(registration)).transpose()?;
        let times = &self.lifetimes;
        config.lifetimes = core2::Lifetimes {
            access: times.access.duration(),
            refresh_idle: times.refresh_idle.duration(),
            refresh_absolute: times.refresh_absolute.duration(),
            code: times.code.duration(),
            pending: times.pending.duration(),
            pushed: times.pushed.duration(),
            device: times.device.duration(),
            consent: times.consent.duration(),
        };
        config.document_clients.scopes = config.scopes.clone();
        config.migration =
            self.oauth1.migration.as_ref().map(|migration| self.migration(migration)).transpose()?;
        (config.mutual_tls, config.policy.authentication_methods) =
            self.mutual_tls(config.policy.authentication_methods);
        config.signing = signing;
        config.keys = keys;
        Ok(config)
    }

    fn resource(&self, resource: &Resource) -> Result<core2::Resource, Problem> {
        let scopes = resource.scopes.as_deref();
        let scopes = scopes.map(|names| self.scopes_of("resources.scopes", names)).transpose()?;
        let token = match resource.token {
            Token::Opaque => TokenFormat::Opaque,
            Token::Jwt => TokenFormat::Jwt,
        };
        Ok(core2::Resource {
            scopes,
            token,
            access: resource.access.map(super::Span::duration),
            introspected_by: resource.introspected_by.clone(),
            ..core2::Resource::new(&resource.identifier)
        })
    }

    fn registration(&self, registration: &Registration) -> Result<RegistrationPolicy, Problem> {
        let scopes = self.scopes_of("registration.scopes", &registration.scopes)?;
        let registrants = match (registration.open_to, &registration.tokens) {
            (OpenTo::Anybody, None) => Registrants::Anybody,
            (OpenTo::TokenHolders, Some(path)) => {
                let tokens = private_file::secrets(path)
                    .map_err(|error| Problem::new("registration.tokens", error.what, error.fix))?;
                Registrants::with_tokens(tokens)
            }
            (OpenTo::Anybody, Some(_)) => {
                let fix = "set `registration.open_to` to \"token_holders\", or take the tokens away";
                return Err(Problem::new("registration.tokens", "anybody may register without one", fix));
            }
            (OpenTo::TokenHolders, None) => {
                let fix = "name a file with one token a line";
                return Err(Problem::new("registration.tokens", "it is missing", fix));
            }
        };
        let lifetime = Some(registration.lifetime.duration());
        Ok(RegistrationPolicy { registrants, lifetime, ..RegistrationPolicy::for_applications(scopes) })
    }

    /// Whether certificates of clients come here, and how clients may authenticate then: by a name in one only where somebody
    /// vouches for names.
    fn mutual_tls(
        &self,
        mut methods: BTreeSet<AuthenticationMethod>,
    ) -> (Option<core2::MutualTls>, BTreeSet<AuthenticationMethod>) {
        let by_proxy = self.behind_proxy.as_ref().and_then(|proxy| proxy.client_certificate.as_ref());
        let by_tls = self.tls.as_ref().filter(|tls| tls.asks_for_certificates());
        let is_vouched_for = by_proxy.is_some_and(|told| told.verified)
            || by_tls.is_some_and(|tls| tls.client_authorities.is_some());
        if !is_vouched_for {
            methods.remove(&AuthenticationMethod::TlsClientAuth);
        }
        let of_listener = by_tls.and_then(|tls| tls.mutual.as_ref()).map(|mutual| mutual.origin.clone());
        let aliases = by_proxy.and_then(|told| told.origin.clone()).or(of_listener);
        let come_here = by_proxy.is_some() || by_tls.is_some();
        (come_here.then_some(core2::MutualTls { aliases }), methods)
    }

    fn migration(&self, migration: &Migration) -> Result<core2::Migration, Problem> {
        const REALMS: &str = "oauth1.migration.realms";
        let realms = match &migration.realms {
            Some(realms) => {
                let opens = |(realm, names): (&String, &Vec<String>)| {
                    Ok((realm.clone(), self.scopes_of(REALMS, names)?))
                };
                realms.iter().map(opens).collect::<Result<_, Problem>>()?
            }
            None => {
                let opens = |name: &String| Ok((name.clone(), parse(REALMS, std::slice::from_ref(name))?));
                self.scopes.keys().map(opens).collect::<Result<_, Problem>>()?
            }
        };
        let without_realm = self.scopes_of("oauth1.migration.without_realm", &migration.without_realm)?;
        Ok(core2::Migration { realms, without_realm })
    }

    /// The settings of OAuth 1, if it is served.
    pub(crate) fn oauth1(&self) -> Result<Option<core1::Config>, Problem> {
        if !self.oauth1.enabled {
            return Ok(None);
        }
        let mut config = core1::Config::new(self.origin()?);
        config.realms = match self.oauth1.realms.as_slice() {
            [] => self.scopes.keys().cloned().collect(),
            realms => realms.to_vec(),
        };
        config.insecure_loopback = self.development;
        config.problems = self.oauth1.problem_reporting;
        config.lifetimes.temporary = self.lifetimes.oauth1_temporary.duration();
        config.lifetimes.token = self.lifetimes.oauth1_token.map(super::Span::duration);
        Ok(Some(config))
    }

    /// The proxy in front, if there is one.
    pub(crate) fn proxy(&self) -> Result<Option<TrustedProxy>, Problem> {
        let Some(proxy) = &self.behind_proxy else { return Ok(None) };
        let mut trusted = TrustedProxy::new(proxy.addresses.iter().copied());
        if let Some(header) = &proxy.client_address {
            trusted = trusted.client_address(header_name(
                "behind_proxy.client_address",
                header,
                "x-forwarded-for",
            )?);
        }
        if let Some(told) = &proxy.client_certificate {
            let header = header_name("behind_proxy.client_certificate.header", &told.header, "client-cert")?;
            let header = match header == "client-cert" {
                true => CertificateHeader::ClientCert,
                false => CertificateHeader::EscapedPem(header),
            };
            let chain = if told.verified { Chain::Verified } else { Chain::Unverified };
            trusted = trusted.certificate(header, chain);
        }
        Ok(Some(trusted))
    }
}

fn header_name(key: &str, name: &str, like: &str) -> Result<HeaderName, Problem> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        Problem::new(key, "it is no name of a header", format!("write the name of one, as in \"{like}\""))
    })
}

fn parse(key: &str, names: &[String]) -> Result<Scopes, Problem> {
    names.join(" ").parse().map_err(|_| {
        let fix = "use letters, digits and punctuation, without quotes, backslashes and spaces (RFC 6749 section 3.3)";
        Problem::new(key, "a name is none of a scope", fix)
    })
}

//! What is understood, and cannot be used all the same.

use oauth1_core::server::{ConfigError as Error1, Provider};
use oauth2_core::jose::Algorithm;
use oauth2_core::server::{AuthorizationServer, ConfigError as Error2, GrantType, KeyRing, ServerKeys};
use url::Url;

use super::{ConfigError, Problem, Proxy, Settings, StoreKind, Tls};

impl Settings {
    /// Everything that is wrong, at once.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let mut problems: Vec<_> = self.simple_rules().collect();
        problems.extend(self.proxy().err());
        problems.extend(self.check_oauth1().err());
        problems.extend(self.check_oauth2().err());
        // Both protocols want the same of the issuer.
        problems.dedup_by(|one, other| one.key == other.key);
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::Wrong(problems)) }
    }

    fn simple_rules(&self) -> impl Iterator<Item = Problem> {
        let Self { signing, limits, lifetimes, .. } = self;
        let is_open = self.tls.is_none() && self.behind_proxy.is_none();
        let mutual = self.tls.as_ref().and_then(|tls| tls.mutual.as_ref());
        let https = self.issuer.as_ref().is_some_and(|issuer| issuer.scheme() == "https");
        let rules = [
            (
                https && is_open,
                "tls",
                "the issuer is https, and nobody speaks TLS",
                "add the table `tls` with `certificate` and `key`, or `behind_proxy` with the proxy's `addresses`",
            ),
            (
                !https && self.tls.is_some(),
                "tls",
                "the issuer is not https",
                "write `issuer` with https, or take `tls` away",
            ),
            (
                mutual.is_some() && !self.tls.as_ref().is_some_and(Tls::asks_for_certificates),
                "tls.mutual",
                "nobody is asked for a certificate there",
                "name a file in `tls.client_authorities`, or set `tls.client_certificates` to true",
            ),
            (
                mutual.is_some_and(|mutual| mutual.listen == self.listen),
                "tls.mutual.listen",
                "everybody comes there",
                "write another port, as in \"0.0.0.0:8443\"",
            ),
            (
                mutual
                    .zip(self.issuer.as_ref())
                    .is_some_and(|(mutual, issuer)| mutual.origin.origin() == issuer.origin()),
                "tls.mutual.origin",
                "it is the origin of `issuer`, where nobody is asked for a certificate",
                "write the address that leads to `tls.mutual.listen`, as in \"https://id.example.com:8443\"",
            ),
            (
                self.tls.is_some() && self.behind_proxy.is_some(),
                "behind_proxy",
                "there is `tls` as well, and only one of them faces the clients",
                "take one of them away",
            ),
            (
                self.tls.as_ref().is_some_and(|tls| tls.read_every.duration().is_zero()),
                "tls.read_every",
                "the files would be read all the time",
                "make it 1s at least",
            ),
            (
                self.behind_proxy.as_ref().is_some_and(|proxy| proxy.addresses.is_empty()),
                "behind_proxy.addresses",
                "there is none",
                "write the addresses that the proxy's connections come from",
            ),
            (
                self.behind_proxy.as_ref().is_some_and(Proxy::writes_one_header_twice),
                "behind_proxy.client_certificate.header",
                "the address of the client stands in the same header",
                "name the header that the proxy writes the certificate into, as in \"client-cert\"",
            ),
            (
                self.oauth1.enabled && self.issuer.as_ref().is_some_and(|issuer| issuer.path() != "/"),
                "oauth1.enabled",
                "the endpoints of OAuth 1 are at an origin, and the issuer has a path",
                "set it to false, or take the path away from `issuer`",
            ),
            (
                self.oauth1.migration.is_some() && !self.oauth1.enabled,
                "oauth1.migration",
                "OAuth 1 is not served, and it verifies what is traded",
                "set `oauth1.enabled` to true, or take it away",
            ),
            (
                self.oauth1.migration.is_some()
                    && !self.profile.policy().grants.contains(&GrantType::OAuth1Migration),
                "oauth1.migration",
                "the profile knows no such grant",
                "set `profile` to \"oauth21\", or take it away",
            ),
            (
                self.development && !self.listen.ip().is_loopback(),
                "listen",
                "a provider for trying things out is for this machine only",
                "write an address of loopback, as in \"127.0.0.1:8080\", or set `development` to false and an `issuer`",
            ),
            (
                self.admin.listen.is_some_and(|address| !address.ip().is_loopback()),
                "admin.listen",
                "whoever has the token can do everything, and nothing is encrypted there",
                "write an address of loopback, as in \"127.0.0.1:8081\"",
            ),
            (
                self.traces.endpoint.as_ref().is_some_and(|url| !is_collector(url)),
                "traces.endpoint",
                "it is no address that traces could be sent to, or there is a secret in it",
                "write it as in \"http://127.0.0.1:4318/v1/traces\"",
            ),
            (
                self.traces.sample > 100,
                "traces.sample",
                "there are only a hundred in a hundred",
                "use 0 to 100",
            ),
            (
                self.store.kind == StoreKind::Postgres && self.store.address.is_none(),
                "store.address",
                "it is missing",
                "name a file that holds the address of the database, as in \"postgresql://oauth:password@db/oauth\"",
            ),
            (
                self.store.kind != StoreKind::Postgres && self.store.address.is_some(),
                "store.address",
                "only \"postgres\" has an address",
                "take it away, or set `store.kind` to \"postgres\"",
            ),
            (
                self.store.kind != StoreKind::Sqlite && self.store.path.is_some(),
                "store.path",
                "only \"sqlite\" has a file",
                "take it away, or set `store.kind` to \"sqlite\"",
            ),
            (
                signing.algorithm == Algorithm::Hs256,
                "signing.algorithm",
                "HS256 has no public key that an API could verify with",
                "use \"ES256\", \"EdDSA\", \"PS256\" or \"RS256\"",
            ),
            (
                signing.publish_before.duration() < crate::signing_keys::SHORTEST_NOTICE,
                "signing.publish_before",
                "whoever verifies tokens would not know a key in time",
                "make it 15m at least",
            ),
            (
                signing.rotate_every < signing.publish_before,
                "signing.rotate_every",
                "the next key would have to be published before the one before it signs",
                "make it longer than `signing.publish_before`",
            ),
            (
                limits.connections == 0 || limits.connections > MOST_CONNECTIONS,
                "limits.connections",
                "nobody, or more than there are sockets",
                "use 1 to 1000000",
            ),
            (
                limits.body < 1024 || limits.body > 16 << 20,
                "limits.body",
                "requests of the protocols would be refused, or fill the memory",
                "use 1024 to 16777216 bytes",
            ),
            (
                limits.patience.duration().is_zero(),
                "limits.patience",
                "no request comes in no time",
                "use 10s, or what slow networks need",
            ),
            (
                lifetimes.access.duration().is_zero(),
                "lifetimes.access",
                "a token would be over before it arrives",
                "use 10m, or what your APIs need",
            ),
        ];
        let broken = rules.into_iter().filter(|(broken, ..)| *broken);
        broken.map(|(_, key, what, fix)| Problem::new(key, what, fix))
    }

    fn check_oauth1(&self) -> Result<(), Problem> {
        let Some(config) = self.oauth1()? else { return Ok(()) };
        Provider::new(config).map(drop).map_err(|error| match error {
            Error1::InsecureOrigin | Error1::NotAnOrigin => insecure(error),
            error => Problem::new("oauth1", error, "change what it says"),
        })
    }

    fn check_oauth2(&self) -> Result<(), Problem> {
        // The keys come later, out of the store.
        let config = self.oauth2(KeyRing::default(), ServerKeys::default())?;
        match AuthorizationServer::new(config) {
            Ok(_) | Err(Error2::NoSigningKey) => Ok(()),
            Err(error @ (Error2::InsecureIssuer | Error2::Issuer | Error2::Path)) => Err(insecure(error)),
            Err(error @ Error2::Aliases) => {
                let key = match self.tls {
                    Some(_) => "tls.mutual.origin",
                    None => "behind_proxy.client_certificate.origin",
                };
                Err(Problem::new(key, error, "write it as in \"https://mtls.id.example.com\""))
            }
            Err(error) => Err(Problem::new("issuer", error, "change what it says")),
        }
    }
}

impl Proxy {
    fn writes_one_header_twice(&self) -> bool {
        let certificate = self.client_certificate.as_ref().map(|told| &told.header);
        certificate
            .zip(self.client_address.as_ref())
            .is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
    }
}

/// Settings are printed and kept by others: a password does not belong there.
fn is_collector(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
}

const MOST_CONNECTIONS: usize = 1_000_000;

fn insecure(what: impl std::fmt::Display) -> Problem {
    let fix = "write it as in \"https://id.example.com\"; `development = true` allows http on loopback";
    Problem::new("issuer", what, fix)
}

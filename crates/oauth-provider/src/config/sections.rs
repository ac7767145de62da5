//! The tables of the settings. Each has its defaults; a key that is not known is refused.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use oauth2_core::jose::Algorithm;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Span;

/// OAuth 1.0a (RFC 5849).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuth1 {
    /// Whether it is served.
    pub enabled: bool,
    /// What clients may ask for; all scopes unless set.
    pub realms: Vec<String>,
    /// Tells clients exactly why they are refused (`oauth_problem`).
    pub problem_reporting: bool,
    /// Lets clients of OAuth 2 trade token credentials for tokens: those that the operator says so of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
}

/// What token credentials of OAuth 1 open after a trade.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Migration {
    /// The scopes that each realm opens; unless set, each opens the scope of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realms: Option<BTreeMap<String, Vec<String>>>,
    /// The scopes that credentials open which were given out for no realm in particular; none unless set.
    pub without_realm: Vec<String>,
}

impl Default for OAuth1 {
    fn default() -> Self {
        Self { enabled: true, realms: Vec::new(), problem_reporting: false, migration: None }
    }
}

/// TLS of the server itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those that lead to its authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// How often the files are looked at; what has changed is taken for new connections.
    #[serde(default = "a_minute")]
    pub read_every: Span,
    /// Asks clients for a certificate, and takes any: it need only be theirs (RFC 8705 section 2.2).
    #[serde(default)]
    pub client_certificates: bool,
    /// The authorities that vouch for the names of clients, in PEM; clients are asked for a certificate then, too
    /// (RFC 8705 section 2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_authorities: Option<PathBuf>,
    /// Asks for certificates at a listener of its own, and not where everybody comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutual: Option<Mutual>,
}

/// A second listener, where clients with certificates authenticate: a browser asks people for a certificate wherever a server
/// asks for one (RFC 8705 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutual {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The origin by which clients reach it. The certificate is that of everybody, and names both hosts where there are two.
    pub origin: Url,
}

const fn a_minute() -> Span {
    Span::seconds(60)
}

impl Tls {
    pub(crate) const fn asks_for_certificates(&self) -> bool {
        self.client_certificates || self.client_authorities.is_some()
    }
}

/// A proxy in front that ends the clients' TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Where its connections come from. From any other address its headers are not looked at.
    pub addresses: Vec<IpAddr>,
    /// The header that it appends the address of the client to (`x-forwarded-for`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
    /// Where it writes the certificates of clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ProxyCertificate>,
}

/// What a proxy tells of the certificates of clients (RFC 8705).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyCertificate {
    /// The header: `client-cert` as RFC 9440 has it, any other with PEM that is percent-encoded, as nginx has it in
    /// `$ssl_client_escaped_cert`. The proxy drops what clients send in it.
    pub header: String,
    /// Whether it passes on only certificates that an authority vouches for which the operator trusts.
    #[serde(default)]
    pub verified: bool,
    /// The origin where clients with certificates come, where it is another one: browsers ask people for a certificate
    /// wherever a server does (RFC 8705 section 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Url>,
}

/// Where everything is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// In what.
    pub kind: StoreKind,
    /// The file of `sqlite`; `oauth.db` in the data folder unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Bytes that the file of `sqlite` may have; no bound unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// For `postgres`: a file with the address of the database, as in `postgresql://oauth:password@db.example.com/oauth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<PathBuf>,
}

/// In what everything is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// In one SQLite file, for one machine.
    #[default]
    Sqlite,
    /// In memory: all is forgotten at the end.
    Memory,
    /// In a PostgreSQL database, for several machines.
    Postgres,
}

/// The keys that secrets in the store are sealed with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seal {
    /// A file with one key a line, the newest first; `seal.keys` in the data folder unless set. One that is not there is
    /// made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<PathBuf>,
}

/// The keys that tokens are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signing {
    /// With what: ES256, EdDSA, PS256 or RS256.
    pub algorithm: Algorithm,
    /// How long a key signs.
    pub rotate_every: Span,
    /// How long a key is published before it signs.
    pub publish_before: Span,
}

impl Default for Signing {
    fn default() -> Self {
        Self { algorithm: Algorithm::Es256, rotate_every: Span::days(90), publish_before: Span::days(1) }
    }
}

/// How long things live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// An access token.
    pub access: Span,
    /// A refresh token that is not used.
    pub refresh_idle: Span,
    /// All refresh tokens of one authorization.
    pub refresh_absolute: Span,
    /// An authorization code.
    pub code: Span,
    /// A request that waits for the person.
    pub pending: Span,
    /// A pushed request.
    pub pushed: Span,
    /// A device and its codes.
    pub device: Span,
    /// A remembered consent.
    pub consent: Span,
    /// Temporary credentials of OAuth 1.
    pub oauth1_temporary: Span,
    /// Token credentials of OAuth 1; until revoked unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth1_token: Option<Span>,
}

impl Default for Lifetimes {
    /// Those of the cores.
    fn default() -> Self {
        let (one, two) =
            (oauth1_core::server::Lifetimes::default(), oauth2_core::server::Lifetimes::default());
        let span = |duration: std::time::Duration| Span::seconds(duration.as_secs());
        Self {
            access: span(two.access),
            refresh_idle: span(two.refresh_idle),
            refresh_absolute: span(two.refresh_absolute),
            code: span(two.code),
            pending: span(two.pending),
            pushed: span(two.pushed),
            device: span(two.device),
            consent: span(two.consent),
            oauth1_temporary: span(one.temporary),
            oauth1_token: one.token.map(span),
        }
    }
}

/// An API that tokens are for (RFC 8707).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its identifier: an absolute URI without a fragment.
    pub identifier: String,
    /// The scopes that mean something to it; all unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// What its access tokens are.
    #[serde(default)]
    pub token: Token,
    /// How long its access tokens live; as long as everybody's unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Span>,
    /// The clients that may introspect its tokens.
    #[serde(default)]
    pub introspected_by: Vec<String>,
}

/// What an access token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// A random text that only the server can tell something about.
    #[default]
    Opaque,
    /// A signed JWT that the API checks itself (RFC 9068).
    Jwt,
}

/// Dynamic registration (RFC 7591).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Who may register.
    pub open_to: OpenTo,
    /// A file with one token a line, for `token_holders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<PathBuf>,
    /// The scopes that such clients may have.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How long a registration is good for; each change renews it.
    #[serde(default = "half_a_year")]
    pub lifetime: Span,
}

const fn half_a_year() -> Span {
    Span::days(180)
}

/// Who may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenTo {
    /// Anybody.
    Anybody,
    /// Whoever has a token that the operator has given out.
    TokenHolders,
}

/// How much is taken at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections that are served at once.
    pub connections: usize,
    /// Bytes of a body.
    pub body: usize,
    /// How long a head, a handshake or a body may take.
    pub patience: Span,
    /// For how long it says that it is not ready, before it takes no new connection: what stands in front can look.
    pub drain: Span,
    /// How long requests in flight may take to finish at the end.
    pub grace: Span,
    /// Wrong secrets, codes and tokens from one address before it waits.
    pub wrong_tries: u32,
    /// For how long they are counted, and how long it waits at most.
    pub wrong_tries_within: Span,
    /// Requests a minute of one client from one address, and of an address without any; 0 for no limit.
    pub requests_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            body: 64 * 1024,
            patience: Span::seconds(10),
            drain: Span::seconds(0),
            grace: Span::seconds(10),
            wrong_tries: 20,
            wrong_tries_within: Span::seconds(600),
            requests_per_minute: 600,
        }
    }
}

/// What is told to the operator, on the standard error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// From which level on, as `RUST_LOG` has it; that variable goes before it.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into() }
    }
}

/// In which form the operator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Figures for Prometheus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Where they are served, at `/metrics`, in plain HTTP; nowhere unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

/// Traces for OpenTelemetry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traces {
    /// Where a collector takes them by OTLP over HTTP, as in `http://127.0.0.1:4318/v1/traces`; nowhere unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Url>,
    /// Of how many requests in a hundred there are traces, 0 to 100. What a declared proxy says of its own goes before it.
    pub sample: u8,
}

impl Default for Traces {
    fn default() -> Self {
        Self { endpoint: None, sample: 100 }
    }
}

/// The operator's commands over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Where they are taken, on this machine only; nowhere unless set, but for 127.0.0.1:8081 beside a provider for trying
    /// things out at its usual address. The token is in `admin.token` in the data folder, which
    /// is made when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

/// Scopes, each with the words that people are asked with.
pub type Words = BTreeMap<String, String>;

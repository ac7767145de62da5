//! What a ready provider is told: one file, and the environment.
//!
//! Keys that are not known are refused, and so is what contradicts itself; an error names the key and what to do. No secret
//! stands in the settings: they are in files of their own, which the settings name.

mod build;
mod check;
mod environment;
mod problem;
mod sections;
mod span;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use oauth2_core::server::Profile;
use serde::{Deserialize, Serialize};
use toml::Table;
use url::Url;

pub use problem::{ConfigError, Problem};
pub use sections::{
    Admin, Lifetimes, Limits, Log, LogFormat, Metrics, Migration, Mutual, OAuth1, OpenTo, Proxy,
    ProxyCertificate, Registration, Resource, Seal, Signing, Store, StoreKind, Tls, Token, Traces, Words,
};
pub use span::{Span, SpanError};

/// The port of a provider for trying things out, and of one that is told nothing else.
const PORT: u16 = 8080;

/// The port of its operator's commands.
const ADMIN_PORT: u16 = 8081;

/// Bytes of a file with settings.
const MAX_BYTES: u64 = 1 << 20;

/// The settings of a provider.
///
/// ```
/// use oauth_provider::config::Settings;
///
/// let file = r#"
///     issuer = "https://id.example.com"
///     listen = "0.0.0.0:443"
///     tls = { certificate = "cert.pem", key = "key.pem" }
///     scopes = { "photos.read" = "See your photos" }
/// "#;
/// let settings = Settings::read(file, [("OAUTH__LIFETIMES__ACCESS".into(), "5m".into())])?;
/// assert_eq!(settings.lifetimes.access.to_string(), "5m");
/// assert_eq!(Settings::read(&settings.to_toml(), [])?, settings);
/// # Ok::<(), oauth_provider::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where people and clients reach the provider: its issuer identifier (RFC 8414 section 2), whose origin is that of
    /// every endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Url>,
    /// Where it listens: 127.0.0.1:8080, unless set.
    pub listen: SocketAddr,
    /// The folder of its files: `oauth-data`, unless set.
    pub data: PathBuf,
    /// For trying things out on this machine: plain `http` on loopback, a person and a client to play with.
    pub development: bool,
    /// The rules of OAuth 2: oauth21, fapi2, mcp or legacy_insecure.
    pub profile: Profile,
    /// The clients that may introspect tokens for no API in particular.
    pub resource_servers: Vec<String>,
    /// Every scope there is, each with the words that people are asked with.
    pub scopes: Words,
    /// OAuth 1.0a.
    pub oauth1: OAuth1,
    /// TLS of this server. Without it there is a proxy, or only this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// A proxy in front that ends the clients' TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_proxy: Option<Proxy>,
    /// Where everything is kept.
    pub store: Store,
    /// What secrets in the store are sealed with.
    pub seal: Seal,
    /// What tokens are signed with.
    pub signing: Signing,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// Who may register clients; nobody unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// How much is taken at once.
    pub limits: Limits,
    /// What is told to the operator.
    pub log: Log,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// Traces for OpenTelemetry.
    pub traces: Traces,
    /// The operator's commands.
    pub admin: Admin,
    /// The APIs that tokens are for (RFC 8707).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            data: PathBuf::from("oauth-data"),
            development: false,
            profile: Profile::default(),
            resource_servers: Vec::new(),
            scopes: BTreeMap::new(),
            oauth1: OAuth1::default(),
            tls: None,
            behind_proxy: None,
            store: Store::default(),
            seal: Seal::default(),
            signing: Signing::default(),
            lifetimes: Lifetimes::default(),
            registration: None,
            limits: Limits::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            traces: Traces::default(),
            admin: Admin::default(),
            resources: Vec::new(),
        }
    }
}

impl Settings {
    /// The settings of a file, with those of the environment in their place. Without a file, and without an issuer in the
    /// environment, they are those for [`development`](Self::development).
    ///
    /// # Errors
    /// When they cannot be read, or cannot be used.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Self::over(Table::new(), environment) };
        let text = read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::read_from(path, &text, environment)
    }

    /// The same of a text.
    ///
    /// # Errors
    /// When it is not understood, or cannot be used.
    pub fn read(
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::read_from(Path::new("the text"), text, environment)
    }

    fn read_from(
        path: &Path,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let wrong =
            |error: toml::de::Error| ConfigError::File { path: path.to_owned(), text: error.to_string() };
        // Read for its errors, which then tell the line.
        toml::from_str::<Self>(text).map_err(wrong)?;
        let mut table = toml::from_str::<Table>(text).map_err(wrong)?;
        // Whoever writes a file says where the provider is; nobody is to run a demonstration by mistake.
        table.entry("development").or_insert(false.into());
        Self::over(table, environment)
    }

    fn over(
        mut table: Table,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        environment::override_with(&mut table, environment)?;
        let told = ["issuer", "development"].iter().any(|key| table.contains_key(*key));
        let wrong = |error: toml::de::Error| ConfigError::Environment { text: error.to_string() };
        let mut settings: Self = table.try_into().map_err(wrong)?;
        settings.development |= !told;
        settings.complete();
        settings.check()?;
        Ok(settings)
    }

    /// Writes down what follows from the rest.
    fn complete(&mut self) {
        if self.development {
            self.issuer = self.issuer.take().or_else(|| Url::parse(&format!("http://{}", self.listen)).ok());
            if self.scopes.is_empty() {
                let words = [("photos", "See your photos"), ("albums", "Change your albums")];
                self.scopes = words.map(|(scope, words)| (scope.to_owned(), words.to_owned())).into();
            }
        }
        // Beside the usual address; whoever chooses another one chooses both.
        if self.development && self.listen == Self::default().listen {
            self.admin.listen.get_or_insert(SocketAddr::from((Ipv4Addr::LOCALHOST, ADMIN_PORT)));
        }
        let data = &self.data;
        if self.store.kind == StoreKind::Sqlite {
            self.store.path.get_or_insert_with(|| data.join("oauth.db"));
        }
        self.seal.keys.get_or_insert_with(|| data.join("seal.keys"));
    }

    /// The settings as TOML, to be read again.
    pub fn to_toml(&self) -> String {
        // Tables of texts and numbers: there is nothing that TOML could not say.
        toml::to_string_pretty(self).unwrap_or_default()
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read as _};

    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MAX_BYTES {
        true => Err(Error::new(ErrorKind::FileTooLarge, "it is larger than 1 MiB")),
        false => Ok(text),
    }
}

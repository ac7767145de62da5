//! Foreign crates that may show in public signatures. Each is a promise: a breaking release of it is one of ours.

use super::CORES;

type Allowed = (&'static str, &'static str);

/// In the cores and in everything above.
const EVERYWHERE: [Allowed; 9] = [
    ("http", "requests, responses and header values are the mouth of every step"),
    ("bytes", "bodies"),
    ("url", "addresses"),
    ("serde", "derived and written implementations; states that wait are plain data"),
    ("serde_json", "members of metadata and answers whose names only the caller knows"),
    ("thiserror", "derives std's traits, adds no type of its own"),
    ("oauth_sansio", "layer 0"),
    ("oauth1_core", "a lower layer"),
    ("oauth2_core", "a lower layer"),
];

/// In the adapters only.
const ADAPTERS: [Allowed; 13] = [
    ("async_trait", "makes traits of asynchronous methods usable as objects"),
    ("http_body", "the bodies that a service takes and gives"),
    ("http_body_util", "the bodies that a service takes and gives"),
    ("hyper", "the adapters' own ground"),
    ("hyper_util", "the adapters' own ground"),
    ("hyper_rustls", "the connector of the client"),
    ("oauth_clock", "the one source of moments"),
    ("oauth_hyper_client", "the guarded client that the server fetches with"),
    ("oauth_store", "stores are handed to the server"),
    ("rustls", "TLS settings"),
    ("tokio", "listeners and streams"),
    ("tower_layer", "what protects an API is a layer"),
    ("tower_service", "what is mounted is a service"),
];

/// Whether a crate of ours may show a foreign one.
pub(super) fn may_show(package: &str, foreign: &str) -> bool {
    let adapters = if CORES.contains(&package) { &[] } else { &ADAPTERS[..] };
    EVERYWHERE.iter().chain(adapters).any(|(name, _)| *name == foreign)
}

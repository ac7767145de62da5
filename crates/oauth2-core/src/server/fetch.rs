//! The pause in which something that a client publishes is fetched: its description (Client ID Metadata Documents) or
//! its keys (RFC 7591 section 2, `jwks_uri`).
//!
//! What is fetched completes the facts: whatever goes on behind it sees a client and its keys, wherever they came from.

use std::{fmt, mem, sync::Arc};

use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_sansio::{Moment, Timestamp};
use url::Url;

use super::{Client, ClientDocumentError, ClientKeys, Facts, Load, Reason, Step, client::document};
use crate::{
    document::content_type,
    jose::{JwkSet, Jws, Limits},
};

/// Fetch the document that is [`wanted`](Self::wanted), then go on with [`answer`](Self::answer): one `GET`, whose
/// address somebody chose whom nobody knows. Redirects are not followed, and no address inside is asked.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Fetch(Box<Fetching>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Fetching {
    load: Load,
    facts: Facts,
    wanted: WantedDocument,
    whose: Whose,
}

/// Whose document it is.
#[derive(Clone, Copy)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
enum Whose {
    /// The client's, wherever it says that it is.
    Client,
    /// A trusted issuer's, where the settings say that it is.
    Issuer,
}

/// A document to fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WantedDocument {
    /// Where it is: always `https`.
    pub url: Url,
    /// What it is.
    pub kind: DocumentKind,
    /// It was seen as it was in this second, and something is missing in it: one that was fetched later is wanted, if
    /// that may be.
    pub newer_than: Option<Timestamp>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// The description of a client.
    ClientMetadata,
    /// The public keys of a client (RFC 7517 section 5).
    KeySet,
}

/// A document that was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The answer, its body decoded.
    pub response: Response<Bytes>,
    /// When it was fetched, which may be a while ago.
    pub at: Timestamp,
}

/// Why a document is not there. Which it was stays inside: it tells of what is behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FetchError {
    /// Nothing is fetched from there: the host is inside, or nothing is fetched at all.
    #[error("nothing is fetched from this address")]
    Refused,
    /// No connection, or one that broke.
    #[error("the address cannot be reached")]
    Unreachable,
    /// The answer was not complete in time.
    #[error("the answer did not come in time")]
    TimedOut,
    /// The body is larger than such a document may be.
    #[error("the answer is too large")]
    TooLarge,
    /// The body is compressed.
    #[error("the answer is compressed")]
    Compressed,
    /// The status is not 200. A redirect is never followed.
    #[error("the answer is not a 200")]
    Status,
    /// The media type is not one of JSON.
    #[error("the answer is not declared as JSON")]
    ContentType,
    /// It is no such document.
    #[error("the document is malformed")]
    Malformed,
}

impl DocumentKind {
    /// What to send as `Accept`.
    pub const fn accept(self) -> &'static str {
        match self {
            Self::ClientMetadata => "application/json",
            Self::KeySet => "application/jwk-set+json, application/json",
        }
    }

    /// Bytes that the body may have, decoded (section 8.7 of the draft for descriptions).
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::ClientMetadata => 5 * 1024,
            Self::KeySet => 64 * 1024,
        }
    }
}

impl WantedDocument {
    /// Whether an answer holds such a document: one that does not must not be kept for later
    /// (draft-ietf-oauth-client-id-metadata-document-02 section 5.2).
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub fn check(&self, response: &Response<Bytes>) -> Result<(), FetchError> {
        check_answer(self.kind, response)?;
        match self.kind {
            DocumentKind::ClientMetadata => {
                document::read(&self.url, response.body()).map(drop).map_err(|_| FetchError::Malformed)
            }
            DocumentKind::KeySet => {
                JwkSet::parse(response.body()).map(drop).map_err(|_| FetchError::Malformed)
            }
        }
    }
}

impl Fetch {
    fn new(load: Load, facts: Facts, wanted: WantedDocument, whose: Whose) -> Self {
        Self(Box::new(Fetching { load, facts, wanted, whose }))
    }

    /// What to fetch.
    pub fn wanted(&self) -> &WantedDocument {
        &self.0.wanted
    }

    /// Goes on with what came.
    pub fn answer(self, answer: Result<Fetched, FetchError>, moment: Moment) -> Step {
        let Fetching { load, mut facts, wanted, whose } = *self.0;
        match wanted.kind {
            DocumentKind::ClientMetadata => match described(&load, &wanted, answer) {
                Ok(client) => {
                    facts.client = Some(Arc::new(client));
                    complete(load, &mut facts, moment)
                }
                Err(error) => load.refuse(Reason::ClientDocument(error), moment.now()),
            },
            DocumentKind::KeySet => match published(answer) {
                Ok((keys, at)) => {
                    // Once: whoever makes up names of keys gets no more than one request out of it.
                    let is_old =
                        wanted.newer_than.is_none() && names_a_missing_key(&load, &facts, whose, &keys);
                    *whose.keys(&mut facts) = Some(Arc::new(keys));
                    match is_old {
                        true => {
                            let wanted = WantedDocument { newer_than: Some(at), ..wanted };
                            Step::Fetch(Self::new(load, facts, wanted, whose))
                        }
                        false => complete(load, &mut facts, moment),
                    }
                }
                // The older set is still there.
                Err(_) if whose.keys(&mut facts).is_some() => complete(load, &mut facts, moment),
                Err(error) => load.refuse(whose.reason(error), moment.now()),
            },
        }
    }
}

impl Whose {
    fn keys(self, facts: &mut Facts) -> &mut Option<Arc<JwkSet>> {
        match self {
            Self::Client => &mut facts.client_keys,
            Self::Issuer => &mut facts.issuer_keys,
        }
    }

    const fn reason(self, error: FetchError) -> Reason {
        match self {
            Self::Client => Reason::ClientKeySet(error),
            Self::Issuer => Reason::IssuerKeySet(error),
        }
    }
}

/// Goes on with what the store knew, or first fetches what it cannot know.
pub(super) fn complete(load: Load, facts: &mut Facts, moment: Moment) -> Step {
    match missing(&load, facts) {
        Ok(None) => load.go_on(facts, moment),
        Ok(Some((url, kind, whose))) => {
            let wanted = WantedDocument { url, kind, newer_than: None };
            Step::Fetch(Fetch::new(load, mem::take(facts), wanted, whose))
        }
        Err(error) => load.refuse(Reason::ClientDocument(error), moment.now()),
    }
}

fn missing(load: &Load, facts: &Facts) -> Result<Option<(Url, DocumentKind, Whose)>, ClientDocumentError> {
    let Some(client_id) = load.wanted().client.as_deref() else { return Ok(None) };
    let takes_documents = load.server().config().policy.client_id_metadata_documents;
    match &facts.client {
        None if takes_documents && !facts.client_deleted && document::is_meant(client_id) => {
            document::address(client_id).map(|url| Some((url, DocumentKind::ClientMetadata, Whose::Client)))
        }
        None => Ok(None),
        Some(client) => Ok(match &client.keys {
            Some(ClientKeys::Uri(url))
                if facts.client_keys.is_none()
                    && (!load.signed_by(client).is_empty() || load.shows_a_key_of(client)) =>
            {
                Some((url.clone(), DocumentKind::KeySet, Whose::Client))
            }
            _ => match load.issuer_of_assertion() {
                Some((ClientKeys::Uri(url), _)) if facts.issuer_keys.is_none() => {
                    Some((url.clone(), DocumentKind::KeySet, Whose::Issuer))
                }
                _ => None,
            },
        }),
    }
}

fn described(
    load: &Load,
    wanted: &WantedDocument,
    answer: Result<Fetched, FetchError>,
) -> Result<Client, ClientDocumentError> {
    let Fetched { response, .. } = answer?;
    check_answer(wanted.kind, &response)?;
    document::client(load.server().config(), document::read(&wanted.url, response.body())?)
}

/// Keys that cannot be used are left out, and the others count (RFC 7517 section 5).
fn published(answer: Result<Fetched, FetchError>) -> Result<(JwkSet, Timestamp), FetchError> {
    let Fetched { response, at } = answer?;
    check_answer(DocumentKind::KeySet, &response)?;
    let keys = JwkSet::parse(response.body()).map_err(|_| FetchError::Malformed)?;
    Ok((keys, at))
}

/// The frame around a document, whoever fetched it.
pub(crate) fn check_answer(kind: DocumentKind, response: &Response<Bytes>) -> Result<(), FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status);
    }
    if response.body().len() > kind.max_bytes() {
        return Err(FetchError::TooLarge);
    }
    let essence = content_type(response.headers()).split(';').next().unwrap_or_default();
    let essence = essence.trim_matches([' ', '\t']).to_ascii_lowercase();
    match essence.strip_prefix("application/") {
        Some(subtype) if subtype == "json" || subtype.ends_with("+json") => Ok(()),
        _ => Err(FetchError::ContentType),
    }
}

/// Whether something that was signed with these keys names one that is not among them.
fn names_a_missing_key(load: &Load, facts: &Facts, whose: Whose, keys: &JwkSet) -> bool {
    let signed = match whose {
        Whose::Client => facts.client.as_deref().map(|client| load.signed_by(client)).unwrap_or_default(),
        Whose::Issuer => load.issuer_of_assertion().into_iter().map(|(_, text)| text).collect(),
    };
    signed.into_iter().any(|text| match Jws::parse(text, &Limits::default()) {
        Ok(jws) => jws.header().key_id().is_some_and(|name| !keys.names(name)),
        Err(_) => false,
    })
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("wanted", &self.0.wanted).finish_non_exhaustive()
    }
}

//! What is asked for in detail: `authorization_details` (RFC 9396).
//!
//! What a detail means, the operator says type by type; what no type is there for is refused. Sizes are looked at before
//! anything is read.

mod plain;
mod read;

use std::{fmt, sync::Arc};

use oauth_sansio::Detail;
use serde_json::{Map, Value};

pub use plain::{JsonKind, PlainDetails};
pub(super) use read::{read, refuse};

use super::{AuthorizationServer, Client, Config, JsonText, Origin, Reason};

/// One object of `authorization_details`, its `type` among its members.
pub type Details = Map<String, Value>;

/// A type of authorization details (RFC 9396 section 2.1): what its objects may say, and which says less than which.
/// Pure: the same answer for the same objects.
pub trait DetailsType: Send + Sync + fmt::Debug {
    /// The value of `type`.
    fn name(&self) -> &str;

    /// Whether an object of this type may be asked for at all (RFC 9396 section 5).
    ///
    /// # Errors
    /// The first rule that it breaks.
    fn check(&self, details: &Details) -> Result<(), DetailsError>;

    /// Whether an object opens no more than one that was granted (RFC 9396 section 6). Unless said otherwise, it must be
    /// the same, but for the arrays of actions, locations, data types and privileges, which may have lost something.
    fn is_within(&self, asked: &Details, granted: &Details) -> bool {
        asked.len() == granted.len()
            && asked.iter().all(|(name, asked)| {
                granted.get(name).is_some_and(|granted| asked == granted || has_shrunk(name, asked, granted))
            })
    }
}

/// Why authorization details are refused. On the wire it is `invalid_authorization_details` (RFC 9396 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DetailsError {
    /// They are no JSON array of objects with a `type`, each member once.
    #[error("the authorization details are malformed")]
    Malformed,
    /// They have too many bytes or objects, or are nested too deep.
    #[error("the authorization details are too large")]
    TooLarge,
    /// There is no such type.
    #[error("the type of the authorization details is unknown")]
    TypeUnknown,
    /// The type is not open to the client.
    #[error("the type of the authorization details is not allowed to this client")]
    TypeNotAllowed,
    /// A member is none of the type.
    #[error("the authorization details have an unknown member")]
    MemberUnknown,
    /// A member that the type wants is not there.
    #[error("a member of the authorization details is missing")]
    MemberMissing,
    /// A member is of another JSON type.
    #[error("a member of the authorization details is of the wrong type")]
    MemberType,
    /// A member has a value that the type does not have.
    #[error("a member of the authorization details has a value that is not allowed")]
    MemberValue,
    /// They open more than was granted.
    #[error("the authorization details are wider than what was granted")]
    Wider,
}

/// The common arrays of which a part opens less than the whole (RFC 9396 section 2.2).
const SHRINKING: [&str; 4] = ["actions", "locations", "datatypes", "privileges"];

/// An empty array is not a part: it might stand for everything.
fn has_shrunk(name: &str, asked: &Value, granted: &Value) -> bool {
    match (asked, granted) {
        (Value::Array(asked), Value::Array(granted)) if SHRINKING.contains(&name) => {
            !asked.is_empty() && asked.iter().all(|one| granted.contains(one))
        }
        _ => false,
    }
}

/// What a client may have of what it asks for: all of it or an error.
pub(super) fn allowed(
    server: &AuthorizationServer,
    client: &Client,
    asked: Option<&JsonText>,
) -> Result<Option<JsonText>, Reason> {
    for details in asked.map(objects).unwrap_or_default() {
        let kind = server.details_type(&details).ok_or(DetailsError::TypeUnknown)?;
        if !is_open(server, client, kind.name()) {
            return Err(DetailsError::TypeNotAllowed.into());
        }
        kind.check(&details)?;
    }
    Ok(asked.cloned())
}

/// What of a grant an access token shall open (RFC 9396 section 6): all of it, or the part that is described. Each object
/// that was granted answers for one that is asked for.
pub(super) fn narrowed(
    server: &AuthorizationServer,
    granted: Option<&JsonText>,
    asked: Option<&JsonText>,
) -> Result<Option<JsonText>, Reason> {
    let Some(asked) = asked else { return Ok(granted.cloned()) };
    let mut left = granted.map(objects).unwrap_or_default();
    for details in objects(asked) {
        let kind = server.details_type(&details).ok_or(DetailsError::TypeUnknown)?;
        kind.check(&details)?;
        let fits = |one: &Details| one.get("type") == details.get("type") && kind.is_within(&details, one);
        let at = left.iter().position(fits).ok_or(DetailsError::Wider)?;
        left.swap_remove(at);
    }
    Ok(Some(asked.clone()))
}

/// What a page shows of them (RFC 9396 section 1: the person must know what is asked for).
pub(super) fn shown(details: &JsonText) -> Vec<Detail> {
    let Value::Array(details) = details.value() else { return Vec::new() };
    let detail = |detail: Value| Detail {
        kind: detail.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        json: detail.to_string(),
    };
    details.into_iter().map(detail).collect()
}

/// Those of the details of a token that are of a type which is open to the client now: another client may have got them,
/// or this one may have lost a type since.
pub(super) fn open_to(
    server: &AuthorizationServer,
    client: &Client,
    granted: Option<&JsonText>,
) -> Option<JsonText> {
    let is_open = |details: &Details| {
        server.details_type(details).is_some_and(|kind| is_open(server, client, kind.name()))
    };
    let open: Vec<_> = objects(granted?).into_iter().filter(is_open).map(Value::Object).collect();
    (!open.is_empty()).then(|| JsonText::of(&Value::Array(open)))
}

fn is_open(server: &AuthorizationServer, client: &Client, name: &str) -> bool {
    let own = client.demands.authorization_details_types.as_ref();
    own.is_none_or(|own| own.iter().any(|one| one == name)) && is_served(server, client.origin, name)
}

/// Whether there is a type of this name for clients of this origin. To one that nobody has looked at, a type is open only
/// when the settings say so.
pub(super) fn is_served(server: &AuthorizationServer, origin: Origin, name: &str) -> bool {
    let unknown = matches!(origin, Origin::Registered | Origin::Document);
    let Config { details_types, open_details_types, .. } = server.config();
    details_types.iter().any(|kind| kind.name() == name) && (!unknown || open_details_types.contains(name))
}

fn objects(text: &JsonText) -> Vec<Details> {
    let Value::Array(items) = text.value() else { return Vec::new() };
    let object = |item| match item {
        Value::Object(details) => Some(details),
        _ => None,
    };
    items.into_iter().filter_map(object).collect()
}

impl AuthorizationServer {
    fn details_type(&self, details: &Details) -> Option<&Arc<dyn DetailsType>> {
        let name = details.get("type")?.as_str()?;
        self.config().details_types.iter().find(|kind| kind.name() == name)
    }
}

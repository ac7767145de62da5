//! What a provider says beside the credentials: a user's number, a name to show.
//!
//! RFC 5849 sections 2.1 and 2.3 name what an answer must hold; what it holds besides is between provider and client.

use std::fmt;

/// A parameter of an answer that is none of the protocol's.
#[derive(Clone, PartialEq, Eq)]
pub struct Extra {
    name: String,
    value: String,
}

/// The name is empty or begins with `oauth_`, which belongs to the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of an extra parameter is empty or begins with oauth_")]
pub struct ReservedName;

impl Extra {
    /// A parameter with this name and value.
    ///
    /// ```
    /// use oauth1_core::server::{Extra, ReservedName};
    ///
    /// assert!(Extra::new("screen_name", "Jane").is_ok());
    /// assert_eq!(Extra::new("oauth_token", "x"), Err(ReservedName));
    /// ```
    ///
    /// # Errors
    /// When the name is not free: no answer can be made to hold a second `oauth_token`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Result<Self, ReservedName> {
        let (name, value) = (name.into(), value.into());
        let reserved = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("oauth_"));
        if name.is_empty() || reserved { Err(ReservedName) } else { Ok(Self { name, value }) }
    }

    pub(super) fn pair(&self) -> (&str, &str) {
        (&self.name, &self.value)
    }
}

/// Values may be about a person.
impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extra").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Adds parameters to a provider's answers. It is asked in the middle of a step, so it answers from what is at hand.
pub trait Extras: fmt::Debug + Send + Sync + 'static {
    /// Beside temporary credentials for this client, which asks for these realms.
    fn temporary(&self, client_id: &str, realms: &[String]) -> Vec<Extra> {
        let _ = (client_id, realms);
        Vec::new()
    }

    /// Beside token credentials, new or renewed, with which this client acts for this resource owner in these realms.
    fn token(&self, client_id: &str, subject: &str, realms: &[String]) -> Vec<Extra> {
        let _ = (client_id, subject, realms);
        Vec::new()
    }
}

//! The tool's side: what a verified request launches (LTI 1.1 section 3).

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::form::{self, Form, FormError, Limits};

use super::{MESSAGE_TYPE, RESOURCE_LINK, VERSION};
use crate::resource::{Grant, Legs};

/// A launch whose signature was verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Launched {
    client_id: String,
    resource_link_id: String,
    fields: Vec<(String, String)>,
}

/// Why a request that was verified is no launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchedError {
    /// It is not a posted form.
    #[error("the request is not a posted form")]
    NotAForm,
    /// The form cannot be read.
    #[error("the form cannot be read: {0}")]
    Form(#[from] FormError),
    /// A token was used: somebody else's permission is no launch.
    #[error("the request was signed with a token")]
    Token,
    /// The form is not signed by the one whom the grant names: the parameters came elsewhere, or it is another request.
    #[error("the form is not what was verified")]
    OtherRequest,
    /// `lti_message_type` is not `basic-lti-launch-request`.
    #[error("lti_message_type is missing or another one")]
    MessageType,
    /// `lti_version` is not `LTI-1p0`.
    #[error("lti_version is missing or another one")]
    Version,
    /// There is no `resource_link_id`.
    #[error("resource_link_id is missing or empty")]
    ResourceLink,
}

impl Launched {
    /// Reads the launch out of a request that a [`Verifier`](crate::resource::Verifier) has let through, with the grant
    /// it gave for this very request.
    ///
    /// # Errors
    /// When it is no launch. Its nonce is spent by then, as it should be.
    pub fn read(request: &Request<Bytes>, grant: &Grant) -> Result<Self, LaunchedError> {
        if request.method() != Method::POST || !form::is_declared(request.headers()) {
            return Err(LaunchedError::NotAForm);
        }
        // Some platforms send an empty token; whether that is let through is the verifier's decision.
        if grant.legs == Legs::Three {
            return Err(LaunchedError::Token);
        }
        let form = Form::parse(request.body(), &Limits::default())?;
        // Signed or not: which of two would the tool act on?
        if form.has_repeats() {
            return Err(FormError::Repeated.into());
        }
        let one = |name| form.one(name).ok().flatten();
        // Section 4.3: all parameters travel in the form.
        if one("oauth_consumer_key") != Some(&grant.client_id) {
            return Err(LaunchedError::OtherRequest);
        }
        if one(MESSAGE_TYPE.0) != Some(MESSAGE_TYPE.1) {
            return Err(LaunchedError::MessageType);
        }
        if one(VERSION.0) != Some(VERSION.1) {
            return Err(LaunchedError::Version);
        }
        let resource_link_id = one(RESOURCE_LINK).ok_or(LaunchedError::ResourceLink)?.to_owned();
        let fields = form.pairs().filter(|(name, _)| !name.starts_with("oauth_"));
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { client_id: grant.client_id.clone(), resource_link_id, fields })
    }

    /// The platform that signed. Identifiers of links, courses and people mean something only together with it.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// `resource_link_id`: what was launched.
    pub fn resource_link_id(&self) -> &str {
        &self.resource_link_id
    }

    /// `user_id`: who comes, if the platform tells.
    pub fn user_id(&self) -> Option<&str> {
        self.field("user_id")
    }

    /// Any field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// All fields but those of the protocol, in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }
}

/// The platform and the link: the rest is about a person.
impl std::fmt::Debug for Launched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Launched")
            .field("client_id", &self.client_id)
            .field("resource_link_id", &self.resource_link_id)
            .finish_non_exhaustive()
    }
}

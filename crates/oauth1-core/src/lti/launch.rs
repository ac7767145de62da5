//! The platform's side: the fields of a launch (LTI 1.1 sections 3 and 4.3).

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header::CONTENT_TYPE};
use oauth_sansio::{
    Moment,
    form::{self, Form, Limits},
};
use url::Url;

use super::{MESSAGE_TYPE, RESOURCE_LINK, VERSION};
use crate::client::{Client, Placement, SignError};

/// A person is sent to a tool. Clones may be signed again; each signature is good for one launch.
#[derive(Clone, PartialEq, Eq)]
pub struct Launch(Vec<(String, String)>);

/// Why a launch cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// The signature method gives the secrets away, and the form passes through the person's browser.
    #[error("the signature method shows the secret to the person")]
    ShowsSecret,
    /// The form cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Launch {
    /// A launch of what this link stands for; the identifier is the platform's own and must not change.
    pub fn new(resource_link_id: impl Into<String>) -> Self {
        let fields = [MESSAGE_TYPE, VERSION].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(fields.into()).with(RESOURCE_LINK, resource_link_id)
    }

    /// The same with one more field: who comes, in which role, from which course (section 3). It takes the place of one
    /// of the same name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.0.retain(|(one, _)| *one != name);
        self.0.push((name, value.into()));
        self
    }

    /// All fields of the form that the person's browser is to post to the tool, not encoded, in order.
    ///
    /// # Errors
    /// When a field has a name of the protocol, or the client's method is `PLAINTEXT`.
    pub fn sign(
        &self,
        client: &Client,
        tool: &Url,
        moment: Moment,
    ) -> Result<Vec<(String, String)>, LaunchError> {
        if client.config().method.needs_tls() {
            return Err(LaunchError::ShowsSecret);
        }
        let mut request = Request::new(Bytes::from(form::encode(self.0.iter().map(|(n, v)| (n, v)))));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(tool.as_str()).map_err(|_| SignError::TooLong)?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
        // Section 4.3: OAuth 1.0a wants a callback, and there is nothing to call back.
        let callback = [("oauth_callback", "about:blank")];
        client.signer(None).place(Placement::Form, &mut request, &callback, moment)?;
        let limits =
            Limits { bytes: usize::MAX, parameters: usize::MAX, name: usize::MAX, value: usize::MAX };
        // It is our own.
        let form = Form::parse(request.body(), &limits).unwrap_or_default();
        Ok(form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// The names only: the fields are about a person.
impl std::fmt::Debug for Launch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

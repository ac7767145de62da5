//! A request for credentials (RFC 5849 sections 2.1 and 2.3), in the dialect of its provider.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header::CONTENT_TYPE};
use oauth_sansio::{Moment, Outgoing, Secret, form};
use url::Url;

use super::{Client, CredentialMethod, Placement, Provider, SignError, Signer};

/// Parameters for one request. Their values may be secret.
#[derive(Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// As a form.
    pub(super) fn encode(&self) -> String {
        form::encode(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The names only.
impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// What is asked for, where, and with which credentials.
pub(super) struct CredentialRequest<'a> {
    pub(super) client: &'a Client,
    pub(super) endpoint: &'a Url,
    pub(super) token: Option<(&'a str, &'a Secret)>,
    /// A parameter of the protocol.
    pub(super) parameter: Option<(&'a str, &'a str)>,
    /// Those of the provider for every such request.
    pub(super) extra: &'a [(String, String)],
    /// Those of the caller for this one.
    pub(super) more: &'a Parameters,
}

impl<'a> CredentialRequest<'a> {
    /// RFC 5849 section 2.1.
    pub(super) fn temporary(client: &'a Client, callback: &'a str, more: &'a Parameters) -> Self {
        let Provider { temporary, extra, .. } = &client.config().provider;
        let parameter = Some(("oauth_callback", callback));
        Self { client, endpoint: temporary, token: None, parameter, extra: &extra.temporary, more }
    }

    /// RFC 5849 section 2.3.
    pub(super) fn token(
        client: &'a Client,
        token: (&'a str, &'a Secret),
        verifier: Option<&'a Secret>,
        more: &'a Parameters,
    ) -> Self {
        let Provider { token: endpoint, extra, .. } = &client.config().provider;
        let parameter = verifier.map(|verifier| ("oauth_verifier", verifier.expose()));
        Self { client, endpoint, token: Some(token), parameter, extra: &extra.token, more }
    }

    pub(super) fn sign(self, moment: Moment) -> Result<Outgoing, SignError> {
        let provider = &self.client.config().provider;
        let mut request = self.unsigned(provider)?;
        let none = Secret::new("");
        let token = self.token.or(provider.send_empty_token.then_some(("", &none)));
        let parameters: Vec<_> = self.parameter.into_iter().collect();
        Signer::new(self.client.clone(), token).place(
            provider.placement,
            &mut request,
            &parameters,
            moment,
        )?;
        Ok(Outgoing::once(request))
    }

    fn unsigned(&self, provider: &Provider) -> Result<Request<Bytes>, SignError> {
        let posted = provider.method == CredentialMethod::Post;
        let in_form = posted && !provider.extra_in_query;
        let extra =
            self.extra.iter().chain(&self.more.0).map(|(name, value)| (name.as_str(), value.as_str()));
        let mut endpoint = self.endpoint.clone();
        let mut request = Request::new(Bytes::new());
        let mut body = String::new();
        for (name, value) in extra {
            match in_form {
                true => form::append(&mut body, name, value),
                false => drop(endpoint.query_pairs_mut().append_pair(name, value)),
            }
        }
        if !body.is_empty() || provider.placement == Placement::Form {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
            *request.body_mut() = body.into();
        }
        *request.method_mut() = if posted { Method::POST } else { Method::GET };
        *request.uri_mut() = Uri::try_from(endpoint.as_str()).map_err(|_| SignError::TooLong)?;
        Ok(request)
    }
}

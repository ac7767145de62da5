//! A client as the form of the pages describes it.

use oauth_hyper_server::Protocol;
use oauth_sansio::form::Form;
use serde_json::{Value, json};

use crate::admin::{Admin, AdminError, Created, OAuth1Description};
use crate::sent::Malformed;

/// A client that is to be.
#[derive(Clone, Debug)]
pub(crate) struct NewClient {
    pub(crate) protocol: Protocol,
    pub(crate) name: String,
    /// Drawn where it is empty.
    pub(crate) client_id: String,
    /// Redirect URIs or callbacks, one a line.
    pub(crate) addresses: String,
    /// What follows is for OAuth 2 only.
    pub(crate) scope: String,
    pub(crate) kind: ClientKind,
}

/// What a client is, and so what it may use and how it proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    Web,
    App,
    Device,
    Machine,
}

impl NewClient {
    pub(super) fn of(form: &Form<'_>, protocol: Protocol) -> Result<Self, Malformed> {
        let kind = form.one("kind")?.unwrap_or(ClientKind::Web.name());
        let kind = ClientKind::ALL.into_iter().find(|known| known.name() == kind).ok_or(Malformed)?;
        let text = |name| Ok::<_, Malformed>(form.one(name)?.unwrap_or_default().trim().to_owned());
        let (name, client_id) = (text("name")?, text("client_id")?);
        Ok(Self { protocol, name, client_id, addresses: text("addresses")?, scope: text("scope")?, kind })
    }

    /// An empty form.
    pub(crate) fn empty(protocol: Protocol) -> Self {
        let text = String::new;
        let (name, client_id, addresses, scope) = (text(), text(), text(), text());
        Self { protocol, name, client_id, addresses, scope, kind: ClientKind::Web }
    }

    pub(super) async fn carry_out(&self, admin: &Admin) -> Result<Created, AdminError> {
        match self.protocol {
            Protocol::OAuth1 => admin.create_oauth1(self.description()).await,
            Protocol::OAuth2 => admin.create_oauth2(self.metadata().to_string().as_bytes()).await,
        }
    }

    fn description(&self) -> OAuth1Description {
        OAuth1Description {
            client_id: Some(self.client_id.clone()).filter(|id| !id.is_empty()),
            client_name: self.name.clone(),
            callbacks: self.lines(),
            methods: None,
        }
    }

    /// RFC 7591 section 2.
    fn metadata(&self) -> Value {
        let mut metadata = match self.kind {
            ClientKind::Web => json!({
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_basic",
            }),
            ClientKind::App => json!({
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "none", "application_type": "native",
            }),
            ClientKind::Device => json!({
                "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
                "response_types": [], "token_endpoint_auth_method": "none",
            }),
            ClientKind::Machine => json!({
                "grant_types": ["client_credentials"], "response_types": [],
                "token_endpoint_auth_method": "client_secret_basic",
            }),
        };
        for (name, text) in
            [("client_name", &self.name), ("client_id", &self.client_id), ("scope", &self.scope)]
        {
            if let (Some(members), false) = (metadata.as_object_mut(), text.is_empty()) {
                members.insert(name.to_owned(), text.as_str().into());
            }
        }
        if let (Some(members), false) = (metadata.as_object_mut(), self.addresses.is_empty()) {
            members.insert("redirect_uris".to_owned(), self.lines().into());
        }
        metadata
    }

    fn lines(&self) -> Vec<String> {
        let lines = self.addresses.lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

impl ClientKind {
    pub(crate) const ALL: [Self; 4] = [Self::Web, Self::App, Self::Device, Self::Machine];

    /// As it stands in a form.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
            Self::Device => "device",
            Self::Machine => "machine",
        }
    }
}

//! Who is registered.

use std::sync::Arc;

use oauth_sansio::{Answer, Secret};
use oauth2_core::{
    Scopes,
    server::{Application, Authentication, Client, GrantType, SecretMethods},
};

use super::{CALLBACK, SECRET, World};

impl World {
    pub(crate) fn register(&self, client: Client) {
        self.store.borrow_mut().clients.insert(client.client_id.to_string(), Arc::new(client));
    }
}

pub(crate) fn web() -> Client {
    Client {
        client_id: "web".into(),
        name: "Photo prints".into(),
        authentication: Authentication::secret(&Secret::new(SECRET), SecretMethods::Both),
        redirect_uris: vec![CALLBACK.into()],
        application: Application::Web,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: scopes("read write"),
        ..Client::new("web")
    }
}

pub(crate) fn native() -> Client {
    Client {
        client_id: "native".into(),
        authentication: Authentication::None,
        redirect_uris: vec!["http://127.0.0.1/cb".into()],
        application: Application::Native,
        ..web()
    }
}

pub(crate) fn machine() -> Client {
    Client {
        client_id: "machine".into(),
        redirect_uris: vec![],
        grants: vec![GrantType::ClientCredentials],
        ..web()
    }
}

pub(crate) fn scopes(text: &str) -> Scopes {
    text.parse().unwrap()
}

pub(crate) fn allow() -> Option<Answer> {
    Some(Answer::allowed("ann"))
}

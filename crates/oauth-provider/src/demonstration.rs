//! A person and a client to try things out with, made at the first start.

use std::path::PathBuf;
use std::sync::Arc;

use oauth_clock::Clock;
use oauth_sansio::Secret;
use oauth_store::IssuerStore;
use oauth1_core::server as core1;
use oauth2_core::server as core2;

use crate::config::{Problem, Settings, StoreKind};
use crate::private_file::{self, FileError};
use crate::serve::StartError;
use crate::users::{AddUserError, StoredUsers};

/// Who can log in, and which client asks, for both protocols.
#[derive(Clone, Debug)]
pub struct Demonstration {
    /// The person's name.
    pub username: &'static str,
    /// And password.
    pub password: Secret,
    /// The identifier of the client: its `client_id` and its `oauth_consumer_key`.
    pub client_id: &'static str,
    /// Its secret.
    pub secret: Secret,
    /// The file that has both secrets; none where everything is in memory.
    pub kept_in: Option<PathBuf>,
    /// Whether it was made just now.
    pub is_new: bool,
}

/// Finds it, or makes it.
pub(crate) async fn set(
    settings: &Settings,
    store: &IssuerStore,
    users: &StoredUsers,
    clock: &dyn Clock,
) -> Result<Demonstration, StartError> {
    let is_kept = settings.store.kind != StoreKind::Memory;
    let path = is_kept.then(|| settings.data.join("demo.secrets"));
    let (secrets, is_new) = secrets(path.as_ref(), clock)?;
    let [password, secret] = secrets;
    let demonstration =
        Demonstration { username: "ann", password, client_id: "demo", secret, kept_in: path, is_new };
    match users.add(demonstration.username, &demonstration.password).await {
        // From an earlier start, whose password nobody is told again.
        Err(AddUserError::Taken) if is_new => {
            users.set_password(demonstration.username, &demonstration.password).await?;
        }
        Ok(_) | Err(AddUserError::Taken) => {}
        Err(error) => return Err(error.into()),
    }
    demonstration.register(settings, store).await?;
    Ok(demonstration)
}

/// Password and client secret: those of the file, or new ones.
fn secrets(path: Option<&PathBuf>, clock: &dyn Clock) -> Result<([Secret; 2], bool), StartError> {
    let failed = |error: FileError| Problem::new("data", error.what, error.fix);
    if let Some(path) = path {
        match private_file::secrets(path) {
            Err(error) if error.missing => {}
            kept => {
                let kept: Result<[Secret; 2], _> = kept.map_err(failed)?.try_into();
                let fix = "remove it, and start again";
                let broken = |_| Problem::new("data", format!("{} has not two lines", path.display()), fix);
                return Ok((kept.map_err(broken)?, false));
            }
        }
    }
    let made = [clock.moment()?.entropy().text(), clock.moment()?.entropy().text()];
    if let Some(path) = path {
        let [password, secret] = &made;
        let text = format!("{}\n{}", password.expose(), secret.expose());
        private_file::create(path, &text.into()).map_err(failed)?;
    }
    Ok((made, true))
}

impl Demonstration {
    /// The same client for both protocols, which is called back on this machine. What the operator has set of it stays, and
    /// its secrets do unless others are told now; it may have every scope that there is.
    async fn register(&self, settings: &Settings, store: &IssuerStore) -> Result<(), StartError> {
        let wanted = core1::Wanted { client: Some(self.client_id.into()), ..Default::default() };
        let kept = store.load_oauth1(&wanted).await?.client;
        let mut client1 = kept.map_or_else(|| self.oauth1(), Arc::unwrap_or_clone);
        let wanted = core2::Wanted { client: Some(self.client_id.into()), ..Default::default() };
        let kept = store.load_oauth2(&wanted).await?.client;
        let mut client2 = kept.map_or_else(|| self.oauth2(), Arc::unwrap_or_clone);
        if self.is_new {
            client1.secret = self.secret.clone();
            client2.authentication = self.authentication();
        }
        let names: Vec<_> = settings.scopes.keys().cloned().collect();
        client2.scopes = settings.scopes_of("scopes", &names)?;
        store.register_oauth1(client1).await?;
        store.register_oauth2(client2).await?;
        Ok(())
    }

    fn oauth1(&self) -> core1::Client {
        core1::Client {
            client_id: self.client_id.into(),
            name: "Demo".into(),
            secret: self.secret.clone(),
            public_key: None,
            callbacks: core1::Callbacks::Any,
            methods: Default::default(),
        }
    }

    fn oauth2(&self) -> core2::Client {
        use core2::GrantType as G;

        core2::Client {
            name: "Demo".into(),
            authentication: self.authentication(),
            redirect_uris: vec!["http://127.0.0.1/callback".into()],
            application: core2::Application::Native,
            grants: vec![G::AuthorizationCode, G::RefreshToken, G::ClientCredentials, G::DeviceCode],
            ..core2::Client::new(self.client_id)
        }
    }

    fn authentication(&self) -> core2::Authentication {
        core2::Authentication::secret(&self.secret, core2::SecretMethods::Basic)
    }
}

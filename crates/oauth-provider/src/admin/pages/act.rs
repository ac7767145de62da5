//! What the operator can do, as the forms and addresses of the pages say it.

use std::time::Duration;

use oauth_hyper_server::Protocol;
use oauth_sansio::form::{self, Form, FormError};
use oauth_sansio::{Family, Secret};

use super::new_client::NewClient;
use super::{CLIENT, CLIENTS, GRANTS, KEYS, PEOPLE, PERSON};
use crate::Whose;
use crate::admin::clients::{MAX_OVERLAP, OVERLAP};
use crate::admin::{AddedUser, Admin, AdminError, Created};
use crate::grants::{from_hex, hex};
use crate::sent::Malformed;
use crate::views::account::{protocol_name, protocol_named};

/// Something that the operator can do. Its address shows a page that asks, the form of that page does it.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    NewClient(Box<NewClient>),
    RenewSecret { protocol: Protocol, client_id: String, overlap: Duration },
    RemoveClient { protocol: Protocol, client_id: String },
    NewUser { username: String, password: Option<Secret> },
    SetPassword { username: String, password: Option<Secret> },
    ChangeUser { username: String, change: UserChange },
    RevokeGrant { id: Family, of: Of },
    RevokeAll { of: Of },
    RotateKeys,
    RevokeKey { key_id: String },
    Leave,
}

/// What needs no more than a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserChange {
    Disable,
    Enable,
    SignOut,
    Remove,
}

/// Whose grants a page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Everybody,
    Subject(String),
    Client(String),
}

/// What became of it.
pub(crate) enum Done {
    /// Nothing more is to be said; it is seen at this address.
    At(String),
    /// A client, and its secret.
    Client(Box<Created>),
    /// A person, and the password that was drawn.
    User(AddedUser),
}

impl Act {
    /// Reads what a form or an address says. What the operator fills in may be missing: it is asked for.
    pub(crate) fn of(form: &Form<'_>) -> Result<Self, Malformed> {
        let text = |name| Ok::<_, FormError>(form.one(name)?.unwrap_or_default().to_owned());
        let named = |name| Ok::<_, Malformed>(form.one(name)?.ok_or(Malformed)?.to_owned());
        let protocol = || protocol_named(form.one("protocol")?.unwrap_or_default()).ok_or(Malformed);
        let password = || Ok::<_, FormError>(form.one("password")?.map(Secret::from));
        Ok(match form.one("act")?.unwrap_or_default() {
            "new_client" => Self::NewClient(Box::new(NewClient::of(form, protocol()?)?)),
            "renew_secret" => {
                let seconds = form.one("overlap")?.map_or(Ok(OVERLAP), str::parse).map_err(|_| Malformed)?;
                if seconds > MAX_OVERLAP {
                    return Err(Malformed);
                }
                let overlap = Duration::from_secs(seconds);
                Self::RenewSecret { protocol: protocol()?, client_id: named("client_id")?, overlap }
            }
            "remove_client" => Self::RemoveClient { protocol: protocol()?, client_id: named("client_id")? },
            "new_user" => Self::NewUser { username: text("username")?, password: password()? },
            "set_password" => Self::SetPassword { username: named("username")?, password: password()? },
            "revoke_grant" => {
                let id = from_hex(form.one("id")?.unwrap_or_default()).ok_or(Malformed)?;
                Self::RevokeGrant { id, of: Of::named(form)? }
            }
            "revoke_all" => Self::RevokeAll { of: Of::named(form)? },
            "rotate_keys" => Self::RotateKeys,
            "revoke_key" => Self::RevokeKey { key_id: named("key_id")? },
            "leave" => Self::Leave,
            name => {
                let change = UserChange::ALL.into_iter().find(|change| change.name() == name);
                Self::ChangeUser { username: named("username")?, change: change.ok_or(Malformed)? }
            }
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NewClient(_) => "new_client",
            Self::RenewSecret { .. } => "renew_secret",
            Self::RemoveClient { .. } => "remove_client",
            Self::NewUser { .. } => "new_user",
            Self::SetPassword { .. } => "set_password",
            Self::ChangeUser { change, .. } => change.name(),
            Self::RevokeGrant { .. } => "revoke_grant",
            Self::RevokeAll { .. } => "revoke_all",
            Self::RotateKeys => "rotate_keys",
            Self::RevokeKey { .. } => "revoke_key",
            Self::Leave => "leave",
        }
    }

    /// What tells it from others, for the address that asks and as hidden fields of its form. Nothing of it is secret.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("act", self.name().to_owned())];
        match self {
            Self::NewClient(new) => fields.push(("protocol", protocol_name(new.protocol).to_owned())),
            Self::RenewSecret { protocol, client_id, .. } | Self::RemoveClient { protocol, client_id } => {
                fields.push(("protocol", protocol_name(*protocol).to_owned()));
                fields.push(("client_id", client_id.clone()));
            }
            Self::SetPassword { username, .. } | Self::ChangeUser { username, .. } => {
                fields.push(("username", username.clone()));
            }
            Self::RevokeGrant { id, of } => {
                fields.push(("id", hex(*id)));
                fields.extend(of.field());
            }
            Self::RevokeAll { of } => fields.extend(of.field()),
            Self::RevokeKey { key_id } => fields.push(("key_id", key_id.clone())),
            Self::NewUser { .. } | Self::RotateKeys | Self::Leave => {}
        }
        fields
    }

    /// Where one comes from, and goes back to without doing it.
    pub(crate) fn from(&self) -> String {
        match self {
            Self::NewClient(new) => clients(new.protocol),
            Self::RenewSecret { protocol, client_id, .. } | Self::RemoveClient { protocol, client_id } => {
                client(*protocol, client_id)
            }
            Self::NewUser { .. } => PEOPLE.to_owned(),
            Self::SetPassword { username, .. } | Self::ChangeUser { username, .. } => person(username),
            Self::RevokeGrant { of, .. } | Self::RevokeAll { of } => of.address(),
            Self::RotateKeys | Self::RevokeKey { .. } => KEYS.to_owned(),
            Self::Leave => "/".to_owned(),
        }
    }

    /// Does it, by the operations that the commands have.
    pub(super) async fn carry_out(&self, admin: &Admin) -> Result<Done, AdminError> {
        match self {
            Self::NewClient(new) => return new.carry_out(admin).await.map(|made| Done::Client(made.into())),
            Self::RenewSecret { protocol, client_id, overlap } => {
                let renewed = admin.renew_secret(*protocol, client_id, *overlap).await?;
                return Ok(Done::Client(renewed.into()));
            }
            Self::RemoveClient { protocol, client_id } => {
                admin.remove_client(*protocol, client_id).await?;
                return Ok(Done::At(clients(*protocol)));
            }
            Self::NewUser { username, password } => {
                let added = admin.add_user(username, password.clone()).await?;
                return Ok(match added.drawn {
                    Some(_) => Done::User(added),
                    None => Done::At(person(&added.user.name)),
                });
            }
            Self::SetPassword { username, password } => {
                let set = admin.set_password(username, password.clone()).await?;
                if set.drawn.is_some() {
                    return Ok(Done::User(set));
                }
            }
            Self::ChangeUser { username, change } => match change {
                UserChange::Disable => admin.enable_user(username, false).await?,
                UserChange::Enable => admin.enable_user(username, true).await?,
                UserChange::SignOut => admin.sign_out_user(username).await?,
                UserChange::Remove => {
                    admin.remove_user(username).await?;
                    return Ok(Done::At(PEOPLE.to_owned()));
                }
            },
            Self::RevokeGrant { id, .. } => admin.grants().revoke(*id).await?,
            Self::RevokeAll { of } => {
                admin.grants().revoke_all(of.whose()).await?;
            }
            Self::RotateKeys => {
                admin.rotate_keys().await?;
            }
            Self::RevokeKey { key_id } => admin.revoke_key(key_id).await?,
            Self::Leave => {}
        }
        Ok(Done::At(self.from()))
    }
}

impl UserChange {
    const ALL: [Self; 4] = [Self::Disable, Self::Enable, Self::SignOut, Self::Remove];

    const fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::SignOut => "sign_out",
            Self::Remove => "remove_user",
        }
    }
}

impl Of {
    pub(super) fn named(form: &Form<'_>) -> Result<Self, Malformed> {
        match (form.one("subject")?, form.one("client_id")?) {
            (None, None) => Ok(Self::Everybody),
            (Some(subject), None) => Ok(Self::Subject(subject.to_owned())),
            (None, Some(client_id)) => Ok(Self::Client(client_id.to_owned())),
            (Some(_), Some(_)) => Err(Malformed),
        }
    }

    pub(super) fn whose(&self) -> Whose<'_> {
        match self {
            Self::Everybody => Whose::Everybody,
            Self::Subject(subject) => Whose::Subject(subject),
            Self::Client(client_id) => Whose::Client(client_id),
        }
    }

    pub(crate) fn address(&self) -> String {
        at(GRANTS, self.field())
    }

    fn field(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Everybody => None,
            Self::Subject(subject) => Some(("subject", subject.clone())),
            Self::Client(client_id) => Some(("client_id", client_id.clone())),
        }
    }
}

/// The list of the clients of a protocol.
pub(crate) fn clients(protocol: Protocol) -> String {
    at(CLIENTS, [("protocol", protocol_name(protocol))])
}

/// One client. In the query, as an identifier may be `..` or have slashes.
pub(crate) fn client(protocol: Protocol, client_id: &str) -> String {
    at(CLIENT, [("protocol", protocol_name(protocol)), ("client_id", client_id)])
}

/// One person.
pub(crate) fn person(username: &str) -> String {
    at(PERSON, [("username", username)])
}

/// A path with a query, which is left out when it is empty.
pub(crate) fn at<N: AsRef<str>, V: AsRef<str>>(
    path: &str,
    query: impl IntoIterator<Item = (N, V)>,
) -> String {
    match form::encode(query) {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

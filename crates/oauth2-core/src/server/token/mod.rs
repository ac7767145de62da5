//! The token endpoint (RFC 6749 section 3.2): one file per grant.

mod again;
mod assertion;
mod body;
mod client_credentials;
mod code;
mod device;
mod exchange;
mod extension;
mod issue;
mod issued;
mod migration;
mod password;
mod refresh;

use oauth_sansio::{Moment, Timestamp, form::Form};

use super::{
    AuthorizationServer, Batch, Client, ClientKeys, Facts, GrantType, MIGRATION, Reason, Wanted,
    backchannel::{Context, Decision},
    parameters::required,
    wire,
};

pub(super) use issue::Told;
pub(super) use issued::{confirmation, look_for};

/// What a token request brings in exchange.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Grant {
    Code(code::Form),
    Refresh(refresh::Form),
    ClientCredentials(client_credentials::Form),
    Device(device::Form),
    Exchange(exchange::Form),
    Assertion(assertion::Form),
    Password(password::Form),
    Migration(migration::Form),
    Extension(extension::Form),
}

impl Grant {
    pub(super) fn read(
        server: &AuthorizationServer,
        form: &Form<'_>,
        wanted: &mut Wanted,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let grant_type = required(form, "grant_type")?;
        if !server.config().grants().any(|grant| grant == grant_type) {
            return Err(Reason::GrantType);
        }
        Ok(match grant_type {
            "authorization_code" => Self::Code(code::Form::read(form, wanted)?),
            "refresh_token" => Self::Refresh(refresh::Form::read(server, form, wanted)?),
            "client_credentials" => Self::ClientCredentials(client_credentials::Form::read(form)?),
            "urn:ietf:params:oauth:grant-type:device_code" => Self::Device(device::Form::read(form, wanted)?),
            "urn:ietf:params:oauth:grant-type:token-exchange" => {
                Self::Exchange(exchange::Form::read(server, form, wanted, now)?)
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => Self::Assertion(assertion::Form::read(form)?),
            MIGRATION => Self::Migration(migration::Form::read(form)?),
            "password" => Self::Password(password::Form::read(form)?),
            extension => Self::Extension(extension::Form::read(extension, form)?),
        })
    }

    /// The keys of a trusted issuer that this grant is signed with, and what is signed.
    pub(super) fn issuer<'a>(&'a self, server: &'a AuthorizationServer) -> Option<(&'a ClientKeys, &'a str)> {
        match self {
            Self::Assertion(form) => form.issuer(server),
            _ => None,
        }
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        match self {
            Self::Code(form) => form.decide(context, facts.code.as_ref(), moment),
            Self::Refresh(form) => form.decide(context, facts, moment),
            Self::ClientCredentials(form) => form.decide(context, moment),
            Self::Device(form) => form.decide(context, facts, moment),
            Self::Exchange(form) => form.decide(context, facts, moment),
            Self::Assertion(form) => form.decide(context, facts, moment),
            Self::Migration(form) => form.decide(context, facts, moment),
            Self::Password(form) => form.decide(context, moment),
            Self::Extension(form) => form.decide(context, moment),
        }
    }
}

/// RFC 6749 section 5.2: an authenticated client may still not be allowed this grant.
pub(super) fn allowed(client: &Client, grant: &GrantType) -> Result<(), Reason> {
    if client.grants.contains(grant) { Ok(()) } else { Err(Reason::GrantNotAllowed) }
}

/// A second use of a ticket by the client that it belongs to: two parties hold it, so whatever grew from it dies
/// (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
fn replayed(family: oauth_sansio::Family, reason: Reason) -> Decision {
    Decision::Write(Batch { revoke: vec![family], ..Batch::default() }, wire::token_error(reason))
}

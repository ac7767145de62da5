//! Clients that the operator registers, in the words in which others register themselves (RFC 7591 section 2).

use oauth_sansio::{Moment, Secret};

use super::{Registrants, RegistrationPolicy, answer, register::authentication, requested::fit};
use crate::server::{
    AuthenticationMethod, AuthorizationServer, Client, ClientMetadata, GrantType, Origin, Reason,
};

/// A client as it is to be stored, and the secret that nobody will see again.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The client.
    pub client: Client,
    /// Its secret, where its method needs one.
    pub secret: Option<Secret>,
}

impl AuthorizationServer {
    /// Makes a client of a description that the operator vouches for: the JSON of a registration (RFC 7591 section 2),
    /// with the identifier as `client_id` where it is not to be drawn.
    ///
    /// It may have every grant, scope and method that is served, and does not expire. Nobody but the operator looks after
    /// it. Whether the identifier is taken, the caller finds out.
    ///
    /// # Errors
    /// The first member that does not fit.
    pub fn enrol(&self, metadata: &[u8], moment: Moment) -> Result<Enrolled, Reason> {
        let (metadata, fitting) = fit(self, &everything(self), Origin::Operator, metadata, moment.now())?;
        let mut entropy = moment.entropy();
        let drawn = entropy.text();
        let client_id = metadata.client_id.as_deref().unwrap_or(drawn.expose()).into();
        let (authentication, secret) = authentication(&fitting, &mut entropy);
        let client = fitting.named(client_id, authentication)?;
        Ok(Enrolled { client, secret })
    }
}

/// What is registered, in the words of RFC 7591 section 2.
impl From<&Client> for ClientMetadata {
    fn from(client: &Client) -> Self {
        answer::metadata(client)
    }
}

fn everything(server: &AuthorizationServer) -> RegistrationPolicy {
    let config = server.config();
    let own = config.extension_grants.iter().cloned().map(GrantType::Extension);
    RegistrationPolicy {
        registrants: Registrants::Anybody,
        scopes: config.scopes.clone(),
        grants: config.policy.grants.iter().cloned().chain(own).collect(),
        authentication_methods: AuthenticationMethod::ALL.into(),
        lifetime: None,
        management: false,
        statement_issuers: Vec::new(),
        require_statement: false,
    }
}

//! Grants of the operator's own (RFC 6749 section 4.5): [`Extend`](crate::server::Extend) asks what something is worth,
//! and what comes of it is held to what the client may have.

use oauth_sansio::{Family, Moment, Secret, Spend, form};

use super::{
    Context, Decision, allowed,
    issue::{NewRefresh, Source, Tokens, narrowed},
};
use crate::{
    Scopes,
    server::{
        Authorization, Extended, Extension, GrantType, Once, Reason, operator::Question,
        parameters::optional, records::kept_until, resources,
    },
};

/// What every grant has; it is not told on.
const OWN: [&str; 7] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "resource",
];

/// What is presented.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    grant_type: String,
    parameters: Vec<(String, Secret)>,
    scopes: Option<Scopes>,
    resources: Vec<String>,
}

impl Form {
    pub(super) fn read(grant_type: &str, form: &form::Form<'_>) -> Result<Self, Reason> {
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        let mut parameters: Vec<(String, Secret)> = Vec::new();
        for (name, value) in form.pairs().filter(|(name, value)| !OWN.contains(name) && !value.is_empty()) {
            if parameters.iter().any(|(known, _)| known == name) {
                return Err(Reason::Repeated("a parameter"));
            }
            parameters.push((name.to_owned(), Secret::new(value)));
        }
        Ok(Self { grant_type: grant_type.to_owned(), parameters, scopes, resources: resources::read(form)? })
    }

    pub(super) fn decide(&self, context: &Context<'_>, moment: Moment) -> Result<Decision, Reason> {
        let Context { server, client, possession, known } = *context;
        let grant = GrantType::Extension(self.grant_type.clone());
        allowed(client, &grant)?;
        let binding = possession.binding(server, client)?;
        let open = server.allowed_scopes(client, self.scopes.as_ref())?;
        let resources = resources::allowed(server, client, &self.resources)?;
        let Extended { subject, login, scopes, refresh, once } = match &known.extended {
            None => {
                return Ok(Decision::Ask(Question::Extend(Extension {
                    grant_type: self.grant_type.clone(),
                    client: client.clone(),
                    parameters: self.parameters.clone(),
                })));
            }
            Some(extended) => extended.clone().ok_or(Reason::NotExtended)?,
        };
        let now = moment.now();
        if once.is_some_and(|(_, expires)| now >= expires) {
            return Err(Reason::NotExtended);
        }
        let scopes = scopes.map_or_else(|| open.clone(), |most| open.within(&most));
        let mut entropy = moment.entropy();
        let family = Family::from_bytes(entropy.bytes());
        let granted = Authorization::new(&*client.client_id, subject, scopes.clone(), family);
        let granted = std::sync::Arc::new(Authorization {
            resources: resources.clone(),
            login: login.map(Box::new),
            ..granted
        });
        let refresh = refresh.then(|| NewRefresh::first(context, &granted, binding, now)).flatten();
        let authorization = narrowed(server, &granted, scopes, resources, None);
        let tokens = Tokens { context, grant, now, authorization, binding, refresh, most: None, kept: None };
        let spend = once.map(|(once, expires)| Spend {
            once: Once::Traded(once),
            at: now.into(),
            keep_until: kept_until(expires),
        });
        tokens.issue(spend.into_iter().collect(), Source::Drawn(&mut entropy))
    }
}

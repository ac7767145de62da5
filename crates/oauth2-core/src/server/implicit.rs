//! Tokens through the browser: the implicit grant (RFC 6749 section 4.2), which OAuth 2.1 has dropped. For what cannot be
//! changed yet, where [`Policy::dangerously_allow_implicit`](super::Policy::dangerously_allow_implicit) says so, and for
//! clients that are registered for it.
//!
//! Such a token is a bearer token, whatever reads the address bar has it, and there is never a refresh token beside it.

use oauth_sansio::{Digest, Entropy, Timestamp};

use super::{
    Access, Authorization, AuthorizationServer, Batch, Client, ImplicitRequested, Reason, Record,
    SenderConstraint, Step, TokenFormat,
    answer::{Destination, First},
    opaque,
    step::Lost,
};

/// Whether a token may go through the browser to this client at all, for these resources.
pub(super) fn check(
    server: &AuthorizationServer,
    client: &Client,
    resources: &[String],
) -> Result<(), Reason> {
    let config = server.config();
    if config.policy.sender_constraint == SenderConstraint::Required
        || client.demands.dpop_bound_access_tokens
    {
        return Err(Reason::NotBound);
    }
    // Nobody would look at it, and nobody signs it.
    match config.reviews || server.token_format(resources) == TokenFormat::Jwt {
        true => Err(Reason::ResponseType),
        false => Ok(()),
    }
}

/// The token on its way to the client, or the refusal (RFC 6749 sections 4.2.2 and 4.2.2.1).
pub(super) fn answer(
    server: &AuthorizationServer,
    (client_id, asked): (&str, &ImplicitRequested),
    granted: Result<Authorization, Reason>,
    mut batch: Batch,
    mut entropy: Entropy,
    now: Timestamp,
) -> Step {
    let destination = Destination {
        client_id,
        redirect_uri: &asked.redirect_uri,
        state: asked.state.as_deref(),
        mode: asked.response_mode,
        algorithm: asked.response_alg,
    };
    let first = |batch| -> First { Some((batch, Lost::AlreadyDecided)) };
    let authorization = match granted {
        Ok(authorization) => authorization,
        Err(reason) => return destination.refuse(server, reason, first(batch), now),
    };
    let scopes = server.meaningful(&authorization.scopes, &authorization.resources);
    let longest = server.longest_access(&authorization.resources).unwrap_or(asked.lifetime);
    let lifetime = asked.lifetime.min(longest);
    let token = opaque::dress(&server.config().prefixes.access, &entropy.token_bits());
    let access = Access {
        authorization: Authorization { scopes: scopes.clone(), ..authorization }.into(),
        binding: None,
        signed: false,
        claims: None,
        issued: now,
        expires: now.plus(lifetime),
    };
    batch.put.push(Record::Access(Digest::of_token(token.expose()), access.into()));
    let seconds = lifetime.as_secs().to_string();
    let told = [
        ("access_token", token.expose()),
        ("token_type", "Bearer"),
        ("expires_in", seconds.as_str()),
        ("scope", scopes.as_str()),
    ];
    destination.send(server, &told, None, first(batch), now)
}

//! Making tokens and saying so (RFC 6749 section 5.1).

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use oauth_sansio::{Digest, Entropy, Reply, Secret, Spend, Tick, Timestamp, TokenBits};

use super::{
    Context, Decision,
    body::{self, Value},
    exchange, issued,
};
use crate::{
    Scopes,
    jose::Unsigned,
    server::{
        Access, Authorization, AuthorizationServer, Batch, Binding, GrantType, JsonText, Once, Proposal,
        Reason, Record, Refresh, ServerKeys, TokenFormat, Verdict,
        backchannel::Signed,
        opaque,
        operator::{Question, own_claims},
        wire,
    },
};

/// Tokens in the making.
pub(super) struct Tokens<'a> {
    pub(super) context: &'a Context<'a>,
    /// What they are issued for.
    pub(super) grant: GrantType,
    pub(super) now: Timestamp,
    /// What the access token opens.
    pub(super) authorization: Arc<Authorization>,
    /// Whom both tokens work for.
    pub(super) binding: Option<Binding>,
    /// The refresh token beside it.
    pub(super) refresh: Option<NewRefresh>,
    /// What the access token must not outlive: a token that was exchanged for it.
    pub(super) most: Option<Timestamp>,
    /// A refresh token that stays, and how it is kept from now on.
    pub(super) kept: Option<(Digest, Refresh)>,
}

/// A refresh token in the making.
pub(super) struct NewRefresh {
    /// What was granted in all.
    pub(super) authorization: Arc<Authorization>,
    pub(super) family_expires: Timestamp,
}

impl NewRefresh {
    /// The first one of an authorization, for a client that is registered for refresh tokens and will be able to use one.
    pub(super) fn first(
        context: &Context<'_>,
        of: &Arc<Authorization>,
        binding: Option<Binding>,
        now: Timestamp,
    ) -> Option<Self> {
        let Context { server, client, .. } = *context;
        let must_be_bound =
            server.config().policy.bind_public_refresh_tokens && !client.authentication.is_confidential();
        let is_usable = server.serves(&GrantType::RefreshToken) && (binding.is_some() || !must_be_bound);
        (is_usable && client.grants.contains(&GrantType::RefreshToken)).then(|| Self {
            authorization: of.clone(),
            family_expires: now.plus(server.lifetimes(client).refresh_absolute),
        })
    }
}

/// Where the bits of tokens come from.
pub(super) enum Source<'a> {
    /// Drawn.
    Drawn(&'a mut Entropy),
    /// Derived from a refresh token that is replaced, so that whoever lost the answer can be given the same one.
    Derived(Successor<'a>),
}

/// What takes the place of a refresh token that is used at some time.
#[derive(Clone, Copy)]
pub(super) struct Successor<'a> {
    pub(super) keys: &'a ServerKeys,
    pub(super) of: &'a Secret,
    pub(super) at: Tick,
}

impl Successor<'_> {
    /// `None` when the server has no key to derive with.
    pub(super) fn bits(&self, kind: Kind) -> Option<TokenBits> {
        let at = self.at.as_unix().to_be_bytes();
        let bits = self.keys.derive(kind.label(), &[self.of.expose().as_bytes(), &at], self.at.second())?;
        Some(TokenBits::new(*bits, self.at))
    }
}

/// The two tokens of an answer.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Access,
    Refresh,
}

impl Kind {
    const fn label(self) -> &'static str {
        match self {
            Self::Access => "access token after refresh token",
            Self::Refresh => "refresh token after refresh token",
        }
    }

    /// The token as the client gets it.
    pub(super) fn dress(self, server: &AuthorizationServer, bits: &TokenBits) -> Secret {
        let prefixes = &server.config().prefixes;
        match self {
            Self::Access => opaque::dress(&prefixes.access, bits),
            Self::Refresh => opaque::dress(&prefixes.refresh, bits),
        }
    }
}

impl Source<'_> {
    fn bits(&mut self, kind: Kind) -> Option<TokenBits> {
        match self {
            Self::Drawn(entropy) => Some(entropy.token_bits()),
            Self::Derived(successor) => successor.bits(kind),
        }
    }
}

/// The random part of an access token, before it is one.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(super) enum Bits {
    /// The token itself.
    Opaque(Secret),
    /// The `jti` of a JWT.
    Signed(Secret),
}

impl Bits {
    /// What these bits become in a token for these resources.
    pub(super) fn new(server: &AuthorizationServer, resources: &[String], bits: &TokenBits) -> Self {
        match server.token_format(resources) {
            TokenFormat::Opaque => Self::Opaque(Kind::Access.dress(server, bits)),
            TokenFormat::Jwt => Self::Signed(bits.text()),
        }
    }

    /// The digest that the token is kept under.
    pub(super) fn key(&self) -> Digest {
        match self {
            Self::Opaque(text) | Self::Signed(text) => Digest::of_token(text.expose()),
        }
    }
}

/// What an answer tells, but for the access token.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Told {
    pub(super) access: Arc<Access>,
    pub(super) refresh: Option<Secret>,
    pub(super) exchanged: bool,
    /// What is written first; `None` when everything is written already.
    pub(super) batch: Option<Batch>,
}

impl Tokens<'_> {
    /// An access token and, if asked for, a refresh token beside it; `spend` is what they are given for.
    pub(super) fn issue(self, spend: Vec<Spend<Once>>, mut source: Source<'_>) -> Result<Decision, Reason> {
        let Approved { authorization, claims, lifetime: longest } = match self.approved()? {
            Ok(approved) => approved,
            Err(question) => return Ok(Decision::Ask(question)),
        };
        let Self { context: Context { server, client, .. }, now, binding, refresh, most, kept, .. } = self;
        let lifetimes = server.lifetimes(client);
        let resources = &authorization.resources;
        let lifetime = [Some(lifetimes.access), server.longest_access(resources), longest];
        let lifetime = lifetime.into_iter().flatten().min().unwrap_or_default();
        let bits = source.bits(Kind::Access).ok_or(Reason::NoServerKey)?;
        let bits = Bits::new(server, resources, &bits);
        let mut put = Vec::with_capacity(2);
        put.extend(kept.map(|(key, row)| Record::Refresh(key, row.into())));
        let refresh_token = match refresh {
            None => None,
            Some(NewRefresh { authorization, family_expires }) => {
                let bits = source.bits(Kind::Refresh).ok_or(Reason::NoServerKey)?;
                let token = Kind::Refresh.dress(server, &bits);
                let expires = now.plus(lifetimes.refresh_idle).min(family_expires);
                let row = Refresh { authorization, binding, issued: now, expires, family_expires };
                put.push(Record::Refresh(Digest::of_token(token.expose()), row.into()));
                Some(token)
            }
        };
        let signed = matches!(bits, Bits::Signed(_));
        let exchanged = self.grant == GrantType::TokenExchange;
        let expires = now.plus(lifetime).min(most.unwrap_or(Timestamp::from_unix(u64::MAX)));
        let access = Arc::new(Access { authorization, binding, signed, claims, issued: now, expires });
        put.push(Record::Access(bits.key(), access.clone()));
        let batch = Some(Batch { spend, put, ..Batch::default() });
        tell(server, Told { access, refresh: refresh_token, exchanged, batch }, &bits, now)
    }

    /// What is left of the proposal after the operator has looked at it; or the question, where nobody has asked yet.
    fn approved(&self) -> Result<Result<Approved, Question>, Reason> {
        let authorization = self.authorization.clone();
        let Context { server, client, known, .. } = *self.context;
        if !server.config().reviews {
            return Ok(Ok(Approved { authorization, claims: None, lifetime: None }));
        }
        match &known.verdict {
            None => Ok(Err(Question::Review(Box::new(Proposal {
                grant: self.grant.clone(),
                client: client.clone(),
                authorization,
                binding: self.binding,
            })))),
            Some(Verdict::Refused) => Err(Reason::NotApproved),
            Some(Verdict::Granted { scopes: None, resources: None, claims, lifetime }) => {
                let claims = claims.as_ref().and_then(own_claims);
                Ok(Ok(Approved { authorization, claims, lifetime: *lifetime }))
            }
            Some(Verdict::Granted { scopes, resources, claims, lifetime }) => {
                let mut narrower = Authorization::clone(&authorization);
                if let Some(scopes) = scopes {
                    narrower.scopes = narrower.scopes.within(scopes);
                }
                if let Some(open) = resources {
                    let proposed = &authorization.resources;
                    let is_open = |one: &&String| proposed.is_empty() || proposed.contains(*one);
                    narrower.resources = open.iter().filter(is_open).cloned().collect();
                    // A token for nobody in particular would open more, not less.
                    if narrower.resources.is_empty() {
                        return Err(Reason::NotApproved);
                    }
                }
                let authorization = narrower.into();
                let claims = claims.as_ref().and_then(own_claims);
                Ok(Ok(Approved { authorization, claims, lifetime: *lifetime }))
            }
        }
    }
}

/// What an operator has let through.
struct Approved {
    authorization: Arc<Authorization>,
    claims: Option<JsonText>,
    lifetime: Option<Duration>,
}

/// A grant, or the part of it that an access token is for.
pub(super) fn narrowed(
    server: &AuthorizationServer,
    granted: &Arc<Authorization>,
    scopes: Scopes,
    resources: Vec<String>,
    details: Option<JsonText>,
) -> Arc<Authorization> {
    let scopes = server.meaningful(&scopes, &resources);
    match scopes == granted.scopes && resources == granted.resources && details == granted.details {
        true => granted.clone(),
        false => Arc::new(Authorization { scopes, resources, details, ..Authorization::clone(granted) }),
    }
}

/// Tells of an access token, which may have to be signed first.
pub(super) fn tell(
    server: &AuthorizationServer,
    told: Told,
    bits: &Bits,
    now: Timestamp,
) -> Result<Decision, Reason> {
    match bits {
        Bits::Opaque(token) => Ok(match told.with(token, now) {
            (Some(batch), reply) => Decision::Write(batch, reply),
            (None, reply) => Decision::Answer(reply),
        }),
        Bits::Signed(id) => {
            let (key_id, algorithm) =
                server.config().signing.signing(None, now).ok_or(Reason::NoSigningKey)?;
            let claims = issued::claims(server.issuer(), &told.access, id.expose());
            let unsigned = Unsigned::by(key_id, algorithm, Some("at+jwt"), &claims);
            let signed = Signed::Token(told.into());
            Ok(Decision::Sign { key: (key_id.to_owned(), algorithm), unsigned, signed })
        }
    }
}

impl Told {
    /// What is written, and the answer with this access token.
    pub(in crate::server) fn with(
        self,
        access_token: &Secret,
        now: Timestamp,
    ) -> (Option<Batch>, Box<Reply<Reason>>) {
        let reply = answer(&self, access_token, now);
        (self.batch, reply)
    }
}

/// The answer that tells of tokens.
fn answer(told: &Told, access_token: &Secret, now: Timestamp) -> Box<Reply<Reason>> {
    let Access { authorization, binding, expires, .. } = &*told.access;
    // RFC 9449 section 5; a certificate is shown by the connection, so the token is used like any other
    // (RFC 8705 section 3).
    let token_type = match binding {
        Some(Binding::Dpop(_)) => "DPoP",
        Some(Binding::Certificate(_)) | None => "Bearer",
    };
    let refresh_token = told.refresh.as_ref().map(|token| Value::Text(token.expose()));
    let scope = Some(authorization.scopes.as_str()).filter(|scope| !scope.is_empty());
    // RFC 9396 section 7
    let details = authorization.details.as_ref().map(|details| details.value().to_string());
    let body = body::object(&[
        ("access_token", Some(Value::Text(access_token.expose()))),
        ("token_type", Some(Value::Text(token_type))),
        ("expires_in", Some(Value::Number(expires.since(now).as_secs()))),
        ("refresh_token", refresh_token),
        // RFC 8693 section 2.2.1
        ("issued_token_type", told.exchanged.then_some(Value::Text(exchange::ACCESS_TOKEN))),
        ("scope", scope.map(Value::Text)),
        ("authorization_details", details.as_deref().map(Value::Json)),
    ]);
    Reply::granted(wire::json_text(StatusCode::OK, body))
}

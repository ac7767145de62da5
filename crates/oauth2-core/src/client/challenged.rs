//! What an API wants that turned a request away (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3).

use std::time::Duration;

use http::{Response, StatusCode, header::WWW_AUTHENTICATE};
use oauth_sansio::auth::{Challenge, parse_challenges};

use super::{ErrorCode, dpop::WANTED, dpop_nonce};
use crate::Scopes;

/// The challenge of an API, read. It says what somebody on the way wants to be believed: bound what is done for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenged {
    /// What would open the door.
    pub wants: Wants,
    /// The scope that the request needs (RFC 6750 section 3), all of it and not what is missing.
    pub scope: Option<Scopes>,
    /// Where the API says what it is (RFC 9728 section 5.1); see
    /// [`ResourceDiscovery::told_by`](super::ResourceDiscovery::told_by).
    pub resource_metadata: Option<String>,
}

/// What would open the door.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wants {
    /// A token; there was none.
    Token,
    /// Another token: this one has expired, was revoked, or is not for this API (`invalid_token`).
    OtherToken,
    /// The same once more, with a proof that has the nonce of this answer (`use_dpop_nonce`).
    Nonce,
    /// A token with more [`scope`](Challenged::scope) (`insufficient_scope`).
    Scope,
    /// A token for which the person has logged in otherwise, or lately (`insufficient_user_authentication`).
    Login {
        /// Classes of logins that would do, the preferred first.
        acr_values: Vec<String>,
        /// How long ago the login may be.
        max_age: Option<Duration>,
    },
    /// Something else: the request itself, or the proof, is not as it should be.
    Other(ErrorCode),
}

impl Challenged {
    /// Reads the answer of an API. `None` when it lets the request through, fails in another way, or challenges for
    /// something that is not OAuth 2.
    pub fn read<B>(response: &Response<B>) -> Option<Self> {
        if !matches!(
            response.status(),
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        ) {
            return None;
        }
        let values = response.headers().get_all(WWW_AUTHENTICATE).iter();
        let texts: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
        let mut challenges = parse_challenges(texts).ok()?;
        challenges.retain(|challenge| scheme(challenge).is_some());
        // An API that takes several schemes names each, and says of the one that was used what went wrong.
        let blamed = challenges.iter().find(|one| one.parameter("error").is_some()).or(challenges.first())?;
        let parameter = |name| {
            let all = std::iter::once(blamed).chain(&challenges);
            all.filter_map(|challenge| challenge.parameter(name)).next()
        };
        Some(Self {
            wants: wants(response, blamed)?,
            scope: parameter("scope")
                .and_then(|text| text.parse().ok())
                .filter(|scope: &Scopes| !scope.is_empty()),
            resource_metadata: parameter("resource_metadata").map(str::to_owned),
        })
    }
}

#[derive(PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

fn scheme(challenge: &Challenge<'_>) -> Option<Scheme> {
    match challenge.scheme {
        scheme if scheme.eq_ignore_ascii_case("Bearer") => Some(Scheme::Bearer),
        scheme if scheme.eq_ignore_ascii_case("DPoP") => Some(Scheme::Dpop),
        _ => None,
    }
}

fn wants<B>(response: &Response<B>, challenge: &Challenge<'_>) -> Option<Wants> {
    let Some(error) = challenge.parameter("error") else {
        // RFC 6750 section 3.1: who brought nothing is told nothing.
        return (response.status() == StatusCode::UNAUTHORIZED).then_some(Wants::Token);
    };
    Some(match (response.status(), error) {
        (StatusCode::UNAUTHORIZED, "invalid_token") => Wants::OtherToken,
        (StatusCode::UNAUTHORIZED, WANTED)
            if scheme(challenge) == Some(Scheme::Dpop) && dpop_nonce(response.headers()).is_some() =>
        {
            Wants::Nonce
        }
        (StatusCode::FORBIDDEN, "insufficient_scope") => Wants::Scope,
        (StatusCode::UNAUTHORIZED, "insufficient_user_authentication") => Wants::Login {
            acr_values: challenge
                .parameter("acr_values")
                .map(|values| {
                    values.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect()
                })
                .unwrap_or_default(),
            max_age: challenge.parameter("max_age").and_then(|age| age.parse().ok()).map(Duration::from_secs),
        },
        (_, error) => Wants::Other(ErrorCode::parse(error)?),
    })
}

//! One authorization, with all that grew from it.

use oauth_hyper_server::Protocol;
use oauth_sansio::{Family, Timestamp};
use oauth_store::Record;
use serde::Serialize;

/// One authorization, with all that grew from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// What it is revoked with.
    #[serde(serialize_with = "as_hex")]
    pub id: Family,
    /// In which protocol it is used.
    pub protocol: Protocol,
    /// Who may use it.
    pub client_id: String,
    /// Who gave it; nobody where a client acts for itself.
    pub subject: Option<String>,
    /// What it opens: scopes, or the realms of OAuth 1.
    pub scopes: Vec<String>,
    /// Where it may be used (RFC 8707); empty when nobody said.
    pub resources: Vec<String>,
    /// When the oldest of its tokens that is still kept was issued.
    pub since: Option<Timestamp>,
    /// When the last of it ends; `None` for what nobody limited.
    pub until: Option<Timestamp>,
    /// When what was looked at ends by itself, unless it is used: a refresh token that rests.
    #[serde(skip)]
    pub(crate) ends: Option<Timestamp>,
    /// Whether the person is not asked again.
    pub remembered: bool,
}

impl Grant {
    pub(super) fn of(record: &Record) -> Option<Self> {
        let of = |authorization: &oauth2_core::server::Authorization, since, until| Self {
            id: authorization.family,
            protocol: Protocol::OAuth2,
            client_id: authorization.client_id.to_string(),
            subject: authorization.subject.clone(),
            scopes: authorization.scopes.iter().map(str::to_owned).collect(),
            resources: authorization.resources.clone(),
            since,
            until: Some(until),
            ends: Some(until),
            remembered: false,
        };
        Some(match record {
            Record::OAuth1Token(token) => {
                let until = token.renewal.map_or(token.expires, |renewal| Some(renewal.until));
                Self {
                    id: token.family,
                    protocol: Protocol::OAuth1,
                    client_id: token.client_id.clone(),
                    subject: Some(token.subject.to_string()),
                    scopes: token.realms.to_vec(),
                    resources: Vec::new(),
                    since: Some(token.issued),
                    until,
                    ends: until,
                    remembered: false,
                }
            }
            Record::OAuth2Code(code) => of(&code.authorization, None, code.expires),
            Record::OAuth2Access(access) => of(&access.authorization, Some(access.issued), access.expires),
            Record::OAuth2Refresh(refresh) => Self {
                ends: Some(refresh.expires),
                ..of(&refresh.authorization, Some(refresh.issued), refresh.family_expires)
            },
            Record::OAuth2DeviceDecision(decision) => of(decision.granted.as_ref()?, None, decision.expires),
            Record::OAuth2Consent(consent) => Self {
                id: consent.family,
                protocol: Protocol::OAuth2,
                client_id: consent.client_id.to_string(),
                subject: Some(consent.subject.clone()),
                scopes: consent.scopes.iter().map(str::to_owned).collect(),
                resources: consent.resources.clone(),
                since: None,
                until: Some(consent.expires),
                ends: Some(consent.expires),
                remembered: true,
            },
            _ => return None,
        })
    }

    /// Takes in what another row tells of the same grant. One of its tokens may open less than another.
    pub(super) fn add(&mut self, part: Self) {
        for (mine, theirs) in [(&mut self.scopes, part.scopes), (&mut self.resources, part.resources)] {
            mine.extend(theirs);
            mine.sort_unstable();
            mine.dedup();
        }
        self.since = [self.since, part.since].into_iter().flatten().min();
        self.until = self.until.zip(part.until).map(|(mine, theirs)| mine.max(theirs));
        self.remembered |= part.remembered;
    }
}

/// A family as people and addresses have it.
pub(crate) fn hex(id: Family) -> String {
    format!("{:032x}", u128::from_be_bytes(*id.as_bytes()))
}

/// `None` when it names no family.
pub(crate) fn from_hex(text: &str) -> Option<Family> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_hex.then(|| u128::from_str_radix(text, 16).ok())??;
    Some(Family::from_bytes(number.to_be_bytes()))
}

fn as_hex<S: serde::Serializer>(id: &Family, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(*id))
}

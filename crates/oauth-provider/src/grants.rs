//! What was granted and still holds, in both protocols, seen by a person, a client, or the operator.

use std::collections::BTreeMap;

use oauth_sansio::{Family, Timestamp};
use oauth_store::{IssuerStore, Key, Owner, Record, Row, StoreError, Table};
use serde::{Deserialize, Serialize};

/// Rows that are read at once.
const PAGE: usize = 256;

/// How often all rows are looked at for what was granted while others were revoked.
const PASSES: usize = 4;

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
    /// Whether the person is not asked again.
    pub remembered: bool,
}

/// In which protocol something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OAuth 1.0a (RFC 5849).
    OAuth1,
    /// OAuth 2.
    OAuth2,
}

/// Whose grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Those that a person gave.
    Subject(&'a str),
    /// Those that a client has, in either protocol.
    Client(&'a str),
    /// All of them.
    Everybody,
}

/// The grants of one issuer.
#[derive(Clone, Debug)]
pub struct Grants {
    store: IssuerStore,
}

impl Grants {
    /// Those that this store keeps.
    pub fn new(store: IssuerStore) -> Self {
        Self { store }
    }

    /// What holds at `now`, at most `most` of them, and whether these are all. Rows of what is over are not counted.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(
        &self,
        whose: Whose<'_>,
        now: Timestamp,
        most: usize,
    ) -> Result<(Vec<Grant>, bool), StoreError> {
        let mut found: BTreeMap<Family, Grant> = BTreeMap::new();
        let mut all = true;
        for owner in self.owners(whose) {
            let mut after = None;
            loop {
                let page = self.store.store().list(owner, after, PAGE).await?;
                for part in page.rows.iter().filter_map(|(key, row)| self.part(key, row)) {
                    if part.until.is_some_and(|until| until <= now) {
                        continue;
                    }
                    if let Some(grant) = found.get_mut(&part.id) {
                        grant.add(part);
                    } else if found.len() < most {
                        found.insert(part.id, part);
                    } else {
                        all = false;
                    }
                }
                after = page.next.filter(|_| all);
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((found.into_values().collect(), all))
    }

    /// Revokes one grant.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn revoke(&self, id: Family) -> Result<(), StoreError> {
        self.store.revoke([id]).await
    }

    /// Revokes all of them, and what is granted while it does so; tells how many there were.
    ///
    /// # Errors
    /// Those of the store. Some may be revoked then.
    pub async fn revoke_all(&self, whose: Whose<'_>) -> Result<usize, StoreError> {
        let mut revoked = 0;
        for _ in 0..PASSES {
            let before = revoked;
            for owner in self.owners(whose) {
                let mut after = None;
                loop {
                    let page = self.store.store().list(owner, after, PAGE).await?;
                    let parts = page.rows.iter().filter_map(|(key, row)| self.part(key, row));
                    let mut families: Vec<_> = parts.map(|part| part.id).collect();
                    families.sort_unstable();
                    families.dedup();
                    revoked += families.len();
                    if !families.is_empty() {
                        self.store.revoke(families).await?;
                    }
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
            if revoked == before {
                break;
            }
        }
        Ok(revoked)
    }

    /// What is listed to see all of it.
    fn owners<'a>(&self, whose: Whose<'a>) -> Vec<Owner<'a>> {
        match whose {
            Whose::Subject(subject) => vec![Owner::Subject(subject)],
            Whose::Client(client_id) => vec![Owner::Client(client_id)],
            Whose::Everybody => TABLES.map(|table| Owner::Table(self.store.tenant(), table)).to_vec(),
        }
    }

    /// What a row tells of its grant, if it is of one that was not revoked.
    fn part(&self, key: &Key, row: &Row) -> Option<Grant> {
        let is_here = key.tenant == self.store.tenant() && !row.revoked;
        is_here.then(|| Grant::of(&row.record)).flatten()
    }
}

/// Where grants are.
const TABLES: [Table; 6] = [
    Table::OAuth1Token,
    Table::OAuth2Code,
    Table::OAuth2Access,
    Table::OAuth2Refresh,
    Table::OAuth2DeviceDecision,
    Table::OAuth2Consent,
];

impl Grant {
    fn of(record: &Record) -> Option<Self> {
        let of = |authorization: &oauth2_core::server::Authorization, since, until| Self {
            id: authorization.family,
            protocol: Protocol::OAuth2,
            client_id: authorization.client_id.to_string(),
            subject: authorization.subject.clone(),
            scopes: authorization.scopes.iter().map(str::to_owned).collect(),
            resources: authorization.resources.clone(),
            since,
            until: Some(until),
            remembered: false,
        };
        Some(match record {
            Record::OAuth1Token(token) => Self {
                id: token.family,
                protocol: Protocol::OAuth1,
                client_id: token.client_id.clone(),
                subject: Some(token.subject.to_string()),
                scopes: token.realms.to_vec(),
                resources: Vec::new(),
                since: Some(token.issued),
                until: token.renewal.map_or(token.expires, |renewal| Some(renewal.until)),
                remembered: false,
            },
            Record::OAuth2Code(code) => of(&code.authorization, None, code.expires),
            Record::OAuth2Access(access) => of(&access.authorization, Some(access.issued), access.expires),
            Record::OAuth2Refresh(refresh) => {
                of(&refresh.authorization, Some(refresh.issued), refresh.family_expires)
            }
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
                remembered: true,
            },
            _ => return None,
        })
    }

    /// Takes in what another row tells of the same grant. One of its tokens may open less than another.
    fn add(&mut self, part: Self) {
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
    id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
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

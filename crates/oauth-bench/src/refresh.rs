//! What a refresh writes, without a server.

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Digest, Family};
use oauth_store::{Key, Mark, Put, Record, Table, Tenant, Writes};
use oauth2_core::Scopes;
use oauth2_core::server::{Access, Authorization};

/// A refresh token is spent, an access token and a refresh token are new; in a family of its own.
///
/// # Panics
/// When the machine has no randomness.
pub fn refresh(subject: &str) -> Writes {
    let moment = SystemClock.moment().expect("the machine has a clock and randomness");
    let now = moment.now();
    let mut entropy = moment.entropy();
    let tenant = Tenant::of("https://as.example.com");
    let mut key = |table| Key::new(tenant, table, Digest::of_token(entropy.token().expose()));
    let (old, keys) = (key(Table::OAuth2Refresh), [key(Table::OAuth2Access), key(Table::OAuth2Refresh)]);
    let family = Family::from_bytes(entropy.bytes());
    let hour = now.plus(Duration::from_secs(3600));
    let put = |key| {
        let authorization = Authorization::new("app", Some(subject.into()), Scopes::none(), family);
        let access = Access {
            authorization: authorization.into(),
            binding: None,
            signed: false,
            claims: None,
            issued: now,
            expires: hour,
        };
        let record = Record::OAuth2Access(Arc::new(access));
        Put { key, record, keep_until: Some(hour), families: [Some(family), None] }
    };
    Writes {
        spend: vec![Mark { key: old, at: now.into(), keep_until: hour }],
        put: keys.map(put).into(),
        revoke: vec![],
    }
}

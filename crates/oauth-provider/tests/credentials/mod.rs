//! Token credentials of OAuth 1, as a person gave them to an application.

use oauth_sansio::{Digest, Family, Timestamp};
use oauth_store::IssuerStore;
use oauth1_core::server::{Batch, Record, Token};

/// For the realm `photos`, and for ever.
pub(crate) async fn grant(
    store: &IssuerStore,
    token: &str,
    (subject, client_id): (&str, &str),
    family: u8,
    issued: Timestamp,
) {
    let record = Token {
        secret: "secret".into(),
        client_id: client_id.into(),
        subject: subject.into(),
        realms: ["photos".to_owned()].into(),
        family: Family::from_bytes([family; 16]),
        issued,
        expires: None,
        renewal: None,
        key: Default::default(),
    };
    let put = vec![Record::Token(Digest::of_token(token), record.into())];
    let _ = store.commit_oauth1(&Batch { put, ..Default::default() }).await.unwrap();
}

//! Provider profiles as a whole, and what they say about themselves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::sync::Arc;

use oauth_sansio::{Exchange as _, Timestamp};
use oauth1_core::{
    client::{AnswerError, Blame, Callback, Client, Error},
    profile::{self, Profile, ProfileError, Signing, Source},
    signature::{HmacSha1, HmacSha256},
};
use support::{
    client::{NOW, done, moment, sent},
    profiles::{client, is_good, received},
};
use url::Url;

#[test]
fn every_profile_makes_a_client() {
    for profile in profile::ALL {
        let of_a_site = profile.config("key", "secret").is_err_and(|error| error == ProfileError::Site);
        let site = of_a_site.then_some("shop.example.com");
        let config = match (profile.methods[0].shared(), site) {
            (None, _) => {
                assert_eq!(profile.config("key", "secret").map(drop), Err(ProfileError::NeedsKey));
                profile.config_signed_by(Arc::new(HmacSha1), site, "key", "secret")
            }
            (Some(_), Some(site)) => profile.config_at(site, "key", "secret"),
            (Some(_), None) => profile.config("key", "secret"),
        };
        let client = Client::new(config.unwrap()).unwrap();
        if let Some(dance) = &profile.dance {
            let provider = &client.config().provider;
            assert_eq!((provider.method, provider.placement), (dance.method, dance.placement));
            assert_eq!(provider.token.as_str(), dance.token.replace("{site}", "shop.example.com"));
            let request = sent(&mut client.temporary_credentials(Callback::OutOfBand));
            assert_eq!(request.uri().host(), provider.temporary.host_str(), "{}", profile.name);
        }
        let method = client.config().method.name();
        assert!(profile.methods[0].shared().is_none() || profile.methods[0].name() == method);
    }
}

#[test]
fn a_site_is_a_name_and_nothing_that_leads_elsewhere() {
    for site in
        ["", "a@evil.example", "evil.example/?", "evil.example#", "a b", "/", "a//b", "evil.example:1", "%2f"]
    {
        let refused = profile::MAGENTO_1.config_at(site, "key", "secret").map(drop);
        assert_eq!(refused, Err(ProfileError::Site), "{site}");
    }
    let shop = profile::MAGENTO_1.config_at("example.com/shop", "key", "secret").unwrap();
    assert_eq!(shop.provider.token.as_str(), "https://example.com/shop/oauth/token");
}

#[test]
fn a_signed_request_is_answered_with_a_bearer_token() {
    let client = client(&profile::HERE, None);
    let endpoint: Url = profile::HERE_TOKEN.parse().unwrap();
    let mut exchange =
        client.bearer_token(endpoint.clone()).with("scope", "hrn:here:authorization::org:project");
    let request = sent(&mut exchange);
    assert_eq!(
        request.body(),
        "grant_type=client_credentials&scope=hrn%3Ahere%3Aauthorization%3A%3Aorg%3Aproject"
    );
    assert!(is_good(&request, &HmacSha256, "secret", None));
    assert_eq!(received(&request).token(), None);
    let body = r#"{"access_token":"hunter2","token_type":"bearer","expires_in":86399,"scope":"x"}"#;
    let token = done(exchange, body).unwrap();
    assert_eq!(token.access_token.expose(), "hunter2");
    assert_eq!(token.expires, Some(Timestamp::from_unix(NOW.as_unix() + 86_399)));
    assert_eq!(token.extra, [("scope".to_owned(), "x".to_owned())]);
    assert!(!format!("{token:?}").contains("hunter"));
    for (body, wrong) in [
        (r#"{"token_type":"bearer"}"#, AnswerError::Missing("access_token")),
        (r#"{"access_token":"","token_type":"bearer"}"#, AnswerError::Empty("access_token")),
        (r#"{"access_token":"a"}"#, AnswerError::Missing("token_type")),
        (r#"{"access_token":"a","token_type":"mac"}"#, AnswerError::TokenType),
        (
            r#"{"access_token":"a","access_token":"b","token_type":"bearer"}"#,
            AnswerError::Repeated("access_token"),
        ),
        (
            r#"{"access_token":"a","token_type":"bearer","expires_in":"soon"}"#,
            AnswerError::Seconds("expires_in"),
        ),
    ] {
        let refused = done(client.bearer_token(endpoint.clone()), body).map(drop);
        assert_eq!(refused, Err(Error::Answer(wrong)), "{body}");
    }
    let plain = "http://account.api.here.com/oauth2/token".parse().unwrap();
    let refused = client.bearer_token(plain).request(moment()).unwrap_err();
    assert_eq!((refused.blame(), refused), (Blame::Caller, Error::Insecure));
}

/// A line of the table in `docs/oauth1.md`.
fn row(profile: &Profile) -> String {
    let requests = match &profile.dance {
        Some(dance) => format!("{:?}, {:?}", dance.method, dance.placement).to_lowercase(),
        None => format!("none; signs in the {:?}", profile.placement).to_lowercase(),
    };
    let methods: Vec<_> = profile.methods.iter().copied().map(Signing::name).collect();
    let facts = |confirmed: bool| {
        let facts = profile.facts.iter().filter(|fact| fact.is_confirmed() == confirmed);
        let facts = facts.map(|fact| match fact.source {
            Source::Page(page) => format!("{} ([source]({page}))", fact.says),
            Source::Memory => fact.says.to_owned(),
        });
        facts.collect::<Vec<_>>().join("; ")
    };
    format!("| {} | {requests} | {} | {} | {} |", profile.name, methods.join(", "), facts(true), facts(false))
}

#[test]
fn the_documentation_tells_every_fact_and_which_are_from_memory() {
    let documentation = include_str!("../../../docs/oauth1.md");
    let rows: Vec<_> = profile::ALL.iter().map(|profile| row(profile)).collect();
    let missing = rows.iter().filter(|row| !documentation.lines().any(|line| line == *row));
    let missing: Vec<_> = missing.map(String::as_str).collect();
    assert!(missing.is_empty(), "not in docs/oauth1.md:\n{}", missing.join("\n"));
    let table = documentation.split("\n## Providers\n").nth(1).unwrap();
    let lines = table.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(lines, rows.len() + 1, "a head and a line for each");
}

//! Parameters of the provider's own in its answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::sync::Arc;

use oauth1_core::server::{Extra, Extras, ReservedName};
use support::{CALLBACK, World, credentials, parameter, server_paths};

/// The user's name, and what was asked for.
#[derive(Debug)]
struct Names;

impl Extras for Names {
    fn temporary(&self, client_id: &str, realms: &[String]) -> Vec<Extra> {
        vec![Extra::new("asked", format!("{client_id}: {}", realms.join(" "))).unwrap()]
    }

    fn token(&self, client_id: &str, subject: &str, realms: &[String]) -> Vec<Extra> {
        let told = format!("{client_id}: {}", realms.join(" "));
        vec![Extra::new("screen_name", format!("{subject} & co")).unwrap(), Extra::new("told", told).unwrap()]
    }
}

#[test]
fn answers_hold_what_the_provider_adds() {
    let mut world = World::with(|config| config.extras = Some(Arc::new(Names)), |_| {});
    let request = world.printer().realm("albums").with("oauth_callback", CALLBACK);
    let reply = world.send(&request.post(&world.url(server_paths().temporary)));
    assert_eq!(parameter(&reply.response, "asked").unwrap(), "printer: albums");
    assert_eq!(parameter(&reply.response, "oauth_callback_confirmed").unwrap(), "true");
    let temporary = credentials(&reply);
    let verifier = world.verifier(&temporary.token);
    let reply = world.send(&world.token_request(&temporary, &verifier));
    credentials(&reply);
    assert_eq!(parameter(&reply.response, "screen_name").unwrap(), "jane & co");
    assert_eq!(parameter(&reply.response, "told").unwrap(), "printer: albums");
}

#[test]
fn no_extra_parameter_takes_a_name_of_the_protocol() {
    for name in ["oauth_token", "oauth_", "oauth_anything", "OAuth_Token", ""] {
        assert_eq!(Extra::new(name, "x"), Err(ReservedName), "{name}");
    }
    for name in ["user_id", "oauth", "xoauth_request_auth_url", "x_oauth_", "é"] {
        assert!(Extra::new(name, "x").is_ok(), "{name}");
    }
    let extra = Extra::new("email", "jane@example.net").unwrap();
    assert!(!format!("{extra:?}").contains("jane"));
}

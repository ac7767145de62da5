//! Clients that the operator registers, and secrets that it renews (RFC 7591 section 2).

use std::sync::Arc;

use http::StatusCode;
use oauth_sansio::{Secret, Timestamp};
use oauth2_core::server::{
    Authentication, ClientMetadata, GrantType, MetadataError, Origin, PlainDetails, Reason,
};
use serde_json::{Value, json as value};

use crate::world::*;

fn machine_metadata() -> Value {
    value!({ "client_name": "Nightly", "grant_types": ["client_credentials"], "response_types": [], "scope": "read" })
}

fn token_status(world: &World, client_id: &str, secret: &Secret) -> StatusCode {
    let header = basic(client_id, secret.expose());
    let reply = world.token(&[("authorization", &header)], &[("grant_type", "client_credentials")]);
    reply.response.status()
}

#[test]
fn an_enrolled_client_has_what_is_served_and_does_not_expire() {
    let world = World::new();
    let enrolled = world.server.enrol(machine_metadata().to_string().as_bytes(), world.moment()).unwrap();
    let (client, secret) = (enrolled.client, enrolled.secret.unwrap());
    assert_eq!((client.origin, client.expires, client.registration), (Origin::Operator, None, None));
    assert_eq!((&client.grants[..], client.scopes.as_str()), (&[GrantType::ClientCredentials][..], "read"));
    world.register(client.clone());
    assert_eq!(token_status(&world, &client.client_id, &secret), StatusCode::OK);
    assert_eq!(token_status(&world, &client.client_id, &"another".into()), StatusCode::UNAUTHORIZED);
}

#[test]
fn an_enrolled_client_has_the_identifier_that_is_given_and_reads_back_as_it_was_described() {
    let world = World::new();
    let described = value!({
        "client_id": "printer", "client_name": "Printer", "redirect_uris": [CALLBACK], "scope": "read write",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "application_type": "web",
    });
    let enrolled = world.server.enrol(described.to_string().as_bytes(), world.moment()).unwrap();
    assert!(enrolled.secret.is_none());
    let told = serde_json::to_value(ClientMetadata::from(&enrolled.client)).unwrap();
    for (name, member) in described.as_object().unwrap() {
        assert_eq!(told[name], *member, "{name}");
    }
}

#[test]
fn an_enrolled_client_keeps_the_types_of_details_that_are_served() {
    let world = World::with(|config| {
        config.details_types =
            ["payment", "account"].map(|name| Arc::new(PlainDetails::new(name)) as _).into();
        config.open_details_types = ["account".to_owned()].into();
    });
    let mut described = machine_metadata();
    described["authorization_details_types"] = value!(["payment", "account", "unknown"]);
    let enrolled = world.server.enrol(described.to_string().as_bytes(), world.moment()).unwrap();
    let types = enrolled.client.demands.authorization_details_types.unwrap();
    assert_eq!(types, ["payment", "account"]);
}

#[test]
fn an_enrolled_client_is_held_to_the_rules_of_every_other() {
    let world = World::new();
    let enrol = |metadata: Value| world.server.enrol(metadata.to_string().as_bytes(), world.moment()).err();
    let unfit = value!({ "client_name": "x", "redirect_uris": ["http://app.example/cb"] });
    assert!(matches!(enrol(unfit), Some(Reason::MetadataRedirectUri(_))));
    let nowhere = value!({ "client_name": "x" });
    assert_eq!(enrol(nowhere), Some(Reason::Metadata(MetadataError::Missing("redirect_uris"))));
    assert!(world.server.enrol(b"{", world.moment()).is_err());
}

#[test]
fn a_renewed_secret_and_the_one_before_work_until_the_overlap_ends() {
    let world = World::new();
    let enrolled = world.server.enrol(machine_metadata().to_string().as_bytes(), world.moment()).unwrap();
    let (mut client, old) = (enrolled.client, enrolled.secret.unwrap());
    let new = Secret::new("another secret of enough length");
    let until = Timestamp::from_unix(world.now.get() + 3600);
    client.authentication = client.authentication.renewed(&new, until).unwrap();
    let id = client.client_id.clone();
    world.register(client.clone());
    assert_eq!([&new, &old].map(|secret| token_status(&world, &id, secret)), [StatusCode::OK; 2]);
    world.pass(3600);
    let after = [&new, &old].map(|secret| token_status(&world, &id, secret));
    assert_eq!(after, [StatusCode::OK, StatusCode::UNAUTHORIZED]);

    // A second renewal gives the oldest no more time, and their number has an end.
    let far = Timestamp::from_unix(world.now.get() + 1_000_000);
    for n in 0..10 {
        let secret = Secret::new(format!("secret number {n}"));
        client.authentication = client.authentication.renewed(&secret, far).unwrap();
    }
    let Authentication::Secret { secrets, .. } = &client.authentication else { panic!() };
    assert_eq!(secrets.len(), Authentication::MAX_SECRETS);
    world.register(client);
    assert_eq!(token_status(&world, &id, &old), StatusCode::UNAUTHORIZED);
    assert!(Authentication::None.renewed(&new, far).is_none());
}

//! The other grants: client credentials, and those that there are not.

use http::StatusCode;
use oauth2_core::{
    resource::Principal,
    server::{Authentication, Client, ClientError, GrantType, Reason},
};

use crate::world::*;

fn ask(world: &World, parameters: &[(&str, &str)]) -> oauth_sansio::Reply<Reason> {
    world.drive(world.as_client("machine", parameters), None)
}

#[test]
fn a_client_acts_on_its_own_behalf() {
    let world = World::new();
    let tokens = Tokens::of(&ask(&world, &[("grant_type", "client_credentials")]));
    assert_eq!(tokens.scope, "read write");
    let grant = world.api(&tokens.access).unwrap();
    assert_eq!((&*grant.client_id, grant.principal), ("machine", Principal::Client));
    let narrow = ask(&world, &[("grant_type", "client_credentials"), ("scope", "read")]);
    assert_eq!(Tokens::of(&narrow).scope, "read");
    for scope in ["admin", "read admin", "a\"b", " "] {
        let reply = ask(&world, &[("grant_type", "client_credentials"), ("scope", scope)]);
        assert_eq!(error(&reply), "invalid_scope", "{scope}");
    }
}

#[test]
fn n01_a_public_client_cannot_act_on_its_own_behalf() {
    let world = World::new();
    let client = Client {
        authentication: Authentication::None,
        grants: vec![GrantType::ClientCredentials],
        redirect_uris: vec![],
        ..native()
    };
    assert_eq!(client.check(), Err(ClientError::PublicClientCredentials));
    // Even if it got into the table.
    world.register(client);
    let reply = world.token(&[], &[("grant_type", "client_credentials"), ("client_id", "native")]);
    assert_eq!(error(&reply), "unauthorized_client");
    assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
    assert!(world.store.borrow().access.is_empty());
}

#[test]
fn n03_passwords_and_implicit_grants_are_not_supported() {
    let world = World::new();
    for grant in
        ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer", "Client_Credentials"]
    {
        let request = [("grant_type", grant), ("username", "ann"), ("password", "x")];
        let reply = ask(&world, &request);
        assert_eq!(error(&reply), "unsupported_grant_type", "{grant}");
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn n04_client_credentials_bring_no_refresh_token() {
    let world = World::new();
    world.register(Client {
        grants: vec![GrantType::ClientCredentials, GrantType::RefreshToken],
        ..machine()
    });
    let reply = ask(&world, &[("grant_type", "client_credentials")]);
    assert!(json(&reply.response).get("refresh_token").is_none());
    assert!(world.store.borrow().refresh.is_empty());
}

#[test]
fn n18_parameters_of_one_grant_do_nothing_in_another() {
    let world = World::new();
    let (issued, tokens) = (world.code("web"), world.tokens("web"));
    let leaking = [
        ("code", issued.code.as_str()),
        ("code_verifier", issued.verifier.as_str()),
        ("redirect_uri", "https://evil.example/"),
        ("username", "bob"),
        ("subject_token", tokens.access.as_str()),
    ];
    // A refresh with a code in it spends the refresh token, and only that …
    let request = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    let spent = world.store.borrow().spent.len();
    let reply = world.drive(world.as_client("web", &[&request[..], &leaking[..]].concat()), None);
    let next = Tokens::of(&reply);
    assert_eq!(world.store.borrow().spent.len(), spent + 1);
    // … a client acts for itself whatever it brings along …
    let request = [("grant_type", "client_credentials"), ("refresh_token", next.refresh.as_str())];
    let reply = ask(&world, &[&request[..], &leaking[..]].concat());
    assert_eq!(world.api(&Tokens::of(&reply).access).unwrap().principal, Principal::Client);
    assert_eq!(world.store.borrow().spent.len(), spent + 1);
    // … and a code is not narrowed or refreshed.
    let request = [("scope", "read"), ("refresh_token", next.refresh.as_str())];
    let redeem = [("grant_type", "authorization_code"), leaking[0], leaking[1]];
    let reply = world.drive(world.as_client("web", &[&redeem[..], &request[..]].concat()), None);
    assert_eq!(Tokens::of(&reply).scope, "read write");
    Tokens::of(&world.refresh("web", &next.refresh));
}

#[test]
fn repeated_and_missing_parameters_of_the_token_endpoint_are_refused() {
    let world = World::new();
    let issued = world.code("web");
    let full = [
        ("grant_type", "authorization_code"),
        ("code", issued.code.as_str()),
        ("code_verifier", issued.verifier.as_str()),
        ("redirect_uri", CALLBACK),
        ("client_id", "web"),
    ];
    for (name, value) in full {
        let twice = [&full[..], &[(name, value)]].concat();
        let reply = world.drive(world.as_client("web", &twice), None);
        assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_request", Some(Reason::Repeated(name))));
    }
    for name in ["grant_type", "code", "code_verifier"] {
        for request in [without(&full, name), changed(&full, name, "")] {
            let reply = world.drive(world.as_client("web", &request), None);
            assert_eq!(
                (error(&reply).as_str(), reply.reason),
                ("invalid_request", Some(Reason::Missing(name)))
            );
        }
    }
    let unknown = [&full[..], &[("unknown", "a"), ("unknown", "b")]].concat();
    Tokens::of(&world.drive(world.as_client("web", &unknown), None));
}

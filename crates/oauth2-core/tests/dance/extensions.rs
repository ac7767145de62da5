//! Tokens that are traded, asked about and given back.

use oauth_sansio::Secret;
use oauth2_core::{
    client::{Introspection, Misuse, Trade},
    server::{self, GrantType, Resource},
};

use crate::{
    world::{machine, scopes, web},
    *,
};

const API: &str = "https://one.example";
const BEHIND: &str = "https://two.example";

/// A server with two APIs, the first of which is a client too.
fn world() -> World {
    let world = World::with(|config| {
        config.resources = [API, BEHIND].map(Resource::new).to_vec();
        config.resource_servers = vec!["machine".into()];
    });
    let grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::TokenExchange];
    world.register(server::Client { grants, ..web() });
    world.register(server::Client { grants: vec![GrantType::ClientCredentials], ..machine() });
    world
}

fn app() -> App {
    let world = world();
    App { client: client(&world, "web"), world }
}

fn machine_client(world: &World) -> Client {
    client(world, "machine")
}

#[test]
fn a_token_is_traded_for_one_that_opens_less() {
    let app = app();
    let tokens = app.tokens();
    let trade = Trade { scope: scopes("read"), ..Trade::of(&tokens.access_token) };
    let traded = app.run(app.client.trade(&trade)).unwrap();
    assert_eq!((&traded.scope, traded.refresh_token.is_none()), (&Some(scopes("read")), true));
    assert_eq!(traded.extra["issued_token_type"], oauth2_core::client::ACCESS_TOKEN);
    assert!(app.photos(&traded).is_some());
    // Another kind of token is none here.
    let other = Trade { requested: Some("urn:ietf:params:oauth:token-type:id_token"), ..trade };
    assert!(matches!(app.run(app.client.trade(&other)).unwrap_err(), Error::Refused(_)));
}

#[test]
fn an_api_asks_what_a_token_is_until_it_is_given_back() {
    let app = app();
    let (tokens, api) = (app.tokens(), machine_client(&app.world));
    let ask = |token: &Secret| app.run(api.introspect(token).unwrap()).unwrap();
    let told = ask(&tokens.access_token);
    assert!(told.active);
    assert_eq!((&told.members["client_id"], &told.members["sub"]), (&"web".into(), &"ann".into()));
    app.run(app.client.revoke(tokens.refresh_token.as_ref().unwrap()).unwrap()).unwrap();
    let gone = Introspection { active: false, members: Default::default() };
    assert_eq!(ask(&tokens.access_token), gone);
    assert_eq!(ask(&Secret::new("never was")), gone);
    assert!(app.photos(&tokens).is_none());
}

#[test]
fn a_grant_by_its_name_is_authenticated_and_sets_nothing_of_the_protocol() {
    let app = app();
    let traded = app.client.grant("urn:example:unknown", &[("ticket", "1")]).unwrap();
    let error = app.run(traded).unwrap_err();
    assert!(matches!(error, Error::Refused(refusal) if refusal.code.as_str() == "unsupported_grant_type"));
    for name in ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"] {
        let refused = app.client.grant("urn:example:unknown", &[(name, "x")]).map(drop);
        assert_eq!(refused.unwrap_err(), Misuse::ReservedParameter.into(), "{name}");
    }
}

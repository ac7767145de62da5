//! The dances as they should go.

use oauth2_core::{
    Scopes,
    client::{ClientAuthentication, Config, ErrorCode, Misuse, Server},
    metadata::Transport,
    resource::Principal,
};

use crate::{world::SECRET, *};

#[test]
fn a_client_is_granted_access_and_uses_it() {
    let app = App::new();
    let tokens = app.tokens();
    let grant = app.photos(&tokens).unwrap();
    assert_eq!((&*grant.client_id, &grant.principal), ("web", &Principal::User("ann".into())));
    assert_eq!(tokens.scope, Some("read write".parse().unwrap()));
    assert_eq!(tokens.expires_at, Some(app.now().plus(seconds(600))));
    assert!(tokens.refused_scope.is_empty());
}

#[test]
fn a_native_client_without_a_secret_is_granted_access() {
    let world = World::new();
    let app = App { client: client(&world, "native"), world };
    assert_eq!(&*app.photos(&app.tokens()).unwrap().client_id, "native");
}

#[test]
fn a_secret_may_go_in_the_body() {
    let world = World::new();
    let metadata = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "web");
    config.redirect_uri = Some(CALLBACK.into());
    config.authentication = ClientAuthentication::SecretPost(SECRET.into());
    let app = App { client: Client::new(config).unwrap(), world };
    assert!(app.photos(&app.tokens()).is_some());
}

#[test]
fn access_ends_and_a_refresh_renews_it_with_another_refresh_token() {
    let app = App::new();
    let mut tokens = app.tokens();
    for _ in 0..5 {
        app.world.pass(599);
        assert!(app.photos(&tokens).is_some() && !tokens.is_expired(app.now()));
        app.world.pass(1);
        assert!(app.photos(&tokens).is_none() && tokens.is_expired(app.now()));
        let next = app.refresh(&tokens).unwrap();
        assert_ne!(next.refresh_token, tokens.refresh_token);
        assert_ne!(next.access_token, tokens.access_token);
        assert_eq!(app.photos(&next).unwrap().principal, Principal::User("ann".into()));
        tokens = next;
    }
}

#[test]
fn a_refresh_may_ask_for_less() {
    let app = App::new();
    let tokens = app.tokens();
    let less: Scopes = "read".parse().unwrap();
    let narrow = app.client.refresh_narrowed(tokens.refresh_token.as_ref().unwrap(), &less);
    let narrow = app.run(narrow).unwrap();
    assert_eq!(narrow.scope, Some(less.clone()));
    assert_eq!(app.photos(&narrow).unwrap().scopes, less);
}

#[test]
fn a_machine_gets_access_for_itself() {
    let world = World::new();
    let app = App { client: client(&world, "machine"), world };
    let tokens = app.run(app.client.client_credentials(&"read".parse().unwrap()).unwrap()).unwrap();
    assert_eq!(tokens.refresh_token, None);
    let grant = app.photos(&tokens).unwrap();
    assert_eq!((grant.principal, grant.scopes.as_str()), (Principal::Client, "read"));

    let native = client(&app.world, "native");
    let misuse = native.client_credentials(&Scopes::none()).unwrap_err();
    assert_eq!(misuse, Error::Misuse(Misuse::PublicClient));
}

#[test]
fn a_person_who_says_no_is_heard() {
    let app = App::new();
    let (url, pending) = app.start();
    let back = app.browse(&url, Some(Answer::Denied));
    let failed = app.callback(pending, &back).unwrap_err();
    assert!(failed.pending.is_none());
    let Error::Refused(refusal) = failed.error else { panic!("{:?}", failed.error) };
    assert_eq!(refusal.code, ErrorCode::AccessDenied);
}

#[test]
fn a_pending_authorization_survives_a_restart() {
    let app = App::new();
    let (url, pending) = app.start();
    let session = serde_json::to_string(&pending).unwrap();
    drop(pending);
    let back = app.browse(&url, world::allow());
    let pending: Pending = serde_json::from_str(&session).unwrap();
    let tokens = app.run(app.callback(pending, &back).unwrap()).unwrap();
    let kept: Tokens = serde_json::from_str(&serde_json::to_string(&tokens).unwrap()).unwrap();
    assert!(app.photos(&kept).is_some());
}

#[test]
fn a_refusal_of_the_token_endpoint_arrives_with_its_code() {
    let world = World::new();
    let metadata = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "machine");
    config.authentication = ClientAuthentication::SecretBasic("wrong".into());
    let client = Client::new(config).unwrap();
    let error = run(&world, client.client_credentials(&Scopes::none()).unwrap()).unwrap_err();
    let Error::Refused(refusal) = &error else { panic!("{error:?}") };
    assert_eq!(refusal.code, ErrorCode::InvalidClient);
    assert_eq!(refusal.status.map(|status| status.as_u16()), Some(401));
    assert!(!error.is_dead_grant() && !error.is_transient());
}

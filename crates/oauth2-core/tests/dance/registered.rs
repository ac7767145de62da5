//! Clients that nobody registered but themselves (RFC 7591, RFC 7592).

use oauth_sansio::Secret;
use oauth2_core::{
    client::{ClientMetadata, ErrorCode, Misuse, Registered, Registration},
    server::{Registrants, RegistrationPolicy},
};

use crate::{
    world::{allow, scopes},
    *,
};

fn world(change: impl FnOnce(&mut RegistrationPolicy)) -> World {
    World::with(|config| {
        let mut policy = RegistrationPolicy::for_applications(scopes("read write"));
        change(&mut policy);
        config.registration = Some(policy);
    })
}

fn server(world: &World) -> Server {
    let metadata = run(world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    Server::from_metadata(&metadata, Transport::Https).unwrap()
}

fn metadata(method: &str) -> ClientMetadata {
    let token_endpoint_auth_method = Some(method.to_owned());
    let metadata = ClientMetadata::for_application("Photo prints", [CALLBACK]);
    ClientMetadata { token_endpoint_auth_method, ..metadata }
}

fn register(world: &World, metadata: ClientMetadata) -> Result<Registered, Error> {
    run(world, Registration::new(&server(world), metadata).unwrap())
}

fn refused(result: Result<impl std::fmt::Debug, Error>) -> ErrorCode {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// The whole dance.
fn dance(app: &App) -> Tokens {
    let (url, pending) = app.start();
    let back = app.browse(&url, allow());
    app.run(app.callback(pending, &back).unwrap()).unwrap()
}

#[test]
fn a_client_registers_and_is_granted_access_however_it_authenticates() {
    for method in ["none", "client_secret_basic", "client_secret_post"] {
        let world = world(|_| {});
        let registered = register(&world, metadata(method)).unwrap();
        assert_eq!(registered.metadata.authentication_method(), method);
        assert_eq!(registered.metadata.scope, Some(scopes("read write")), "told, though not asked for");
        let client = Client::new(registered.config(server(&world), None).unwrap()).unwrap();
        let app = App { client, world };
        let tokens = dance(&app);
        assert!(app.photos(&tokens).is_some());
        assert!(app.refresh(&tokens).is_ok(), "{method}");
    }
}

#[test]
fn a_client_looks_after_its_registration_until_it_is_gone() {
    let world = world(|_| {});
    let server = server(&world);
    let known = register(&world, metadata("client_secret_basic")).unwrap();
    // The server tells the secret once; it is not lost by reading.
    let read = run(&world, known.read_again(&server).unwrap()).unwrap();
    assert_eq!(read, known);
    let mut smaller = metadata("client_secret_basic");
    smaller.scope = Some(scopes("read"));
    let replaced = run(&world, known.replace(&server, smaller).unwrap()).unwrap();
    assert_eq!(
        (&replaced.metadata.scope, &replaced.client_secret),
        (&Some(scopes("read")), &known.client_secret)
    );
    let public = run(&world, replaced.replace(&server, metadata("none")).unwrap()).unwrap();
    assert_eq!(public.client_secret, None);
    run(&world, public.delete(&server).unwrap()).unwrap();
    assert_eq!(refused(run(&world, public.read_again(&server).unwrap())), ErrorCode::InvalidToken);
}

#[test]
fn whoever_needs_a_token_to_register_brings_it() {
    let world =
        world(|policy| policy.registrants = Registrants::with_tokens([Secret::new("from-the-operator")]));
    let registration = || Registration::new(&server(&world), metadata("none")).unwrap();
    assert!(register(&world, metadata("none")).is_err());
    let wrong = registration().with_initial_access_token(Secret::new("guessed"));
    assert_eq!(refused(run(&world, wrong)), ErrorCode::InvalidToken);
    let right = registration().with_initial_access_token(Secret::new("from-the-operator"));
    assert!(run(&world, right).is_ok());
}

#[test]
fn a_server_says_what_it_does_not_take() {
    let world = world(|_| {});
    // The client lets any host of an app's own scheme through; the server does not.
    let mut scheme = metadata("none");
    scheme.redirect_uris = vec!["myapp:/cb".into()];
    assert_eq!(refused(register(&world, scheme)), ErrorCode::InvalidRedirectUri);
    assert_eq!(refused(register(&world, metadata("client_secret_jwt"))), ErrorCode::InvalidClientMetadata);
    let closed = World::new();
    let refused = Registration::new(&server(&closed), metadata("none")).map(drop).unwrap_err();
    assert_eq!(refused, Misuse::NoRegistrationEndpoint.into());
}

#[test]
fn l11_when_the_server_changes_the_client_registers_again() {
    let (one, two) = (world(|_| {}), world(|_| {}));
    let known = register(&one, metadata("client_secret_basic")).unwrap();
    let elsewhere = Registered { issuer: "https://other.example".into(), ..known.clone() };
    assert_eq!(elsewhere.config(server(&one), None).map(drop), Err(Misuse::OtherIssuer.into()));
    // A server of the same name that does not know the client refuses it: nothing was carried over.
    let client = Client::new(known.config(server(&two), None).unwrap()).unwrap();
    let stranger = App { client, world: two };
    let refused_by = refused(stranger.run(stranger.client.refresh(&Secret::new("x"))));
    assert_eq!(refused_by, ErrorCode::InvalidClient);
}

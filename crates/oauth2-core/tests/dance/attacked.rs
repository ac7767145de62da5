//! The dances with somebody in between, or too late.

use oauth2_core::client::{CallbackError, Misuse};

use crate::*;

/// The token request as a thief saw it, to be sent again.
struct Stolen(Request<bytes::Bytes>);

impl Stolen {
    fn from(exchange: &mut TokenExchange, world: &World) -> Self {
        Self(exchange.request(world.moment()).unwrap().request)
    }

    fn send(&self, app: &App, parse: TokenExchange) -> Result<Tokens, Error> {
        let reply = app.world.drive(app.world.receive(Endpoint::Token, self.0.clone()), None);
        match parse.response(reply.response, app.world.moment())? {
            Progress::Done(tokens) => Ok(tokens),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_code_that_is_used_again_ends_all_access_that_grew_from_it() {
    let app = App::new();
    let mut exchange = app.until_code();
    let stolen = Stolen::from(&mut exchange, &app.world);
    let tokens = app.run(exchange).unwrap();
    assert!(app.photos(&tokens).is_some());
    let error = stolen.send(&app, app.until_code()).unwrap_err();
    assert!(error.is_dead_grant(), "{error:?}");
    assert!(app.photos(&tokens).is_none());
    assert!(app.refresh(&tokens).unwrap_err().is_dead_grant());
}

#[test]
fn a_refresh_token_that_is_used_again_ends_the_family() {
    let app = App::new();
    let old = app.tokens();
    let new = app.refresh(&old).unwrap();
    let unrelated = app.tokens();
    assert!(app.refresh(&old).unwrap_err().is_dead_grant());
    assert!(app.photos(&new).is_none());
    assert!(app.refresh(&new).unwrap_err().is_dead_grant());
    assert!(app.photos(&unrelated).is_some(), "another login is another family");
}

#[test]
fn a_code_ends_after_a_minute() {
    for (wait, good) in [(59, true), (60, false)] {
        let app = App::new();
        let exchange = app.until_code();
        app.world.pass(wait);
        match app.run(exchange) {
            Ok(_) => assert!(good),
            Err(error) => assert!(!good && error.is_dead_grant(), "{error:?}"),
        }
    }
}

#[test]
fn l03_the_answer_of_one_server_is_not_taken_to_another() {
    // The client has two servers. The attacker's sends the browser on to the honest one, whose answer the client
    // takes for the attacker's: without `iss` it would bring the honest code to the attacker.
    let app = App::new();
    let attackers = Server::new(
        "https://attacker.example",
        Some("https://attacker.example/authorize"),
        "https://attacker.example/token",
        Transport::Https,
    );
    let mut config = Config::new(attackers.unwrap(), "web");
    config.redirect_uri = Some(CALLBACK.into());
    let deceived = Client::new(config).unwrap();
    let (url, pending) = deceived.authorize().scope("read").start(app.world.moment()).unwrap();

    let relayed =
        url.as_str().replace("https://attacker.example/authorize", "https://as.example/oauth2/authorize");
    let back = app.browse(&relayed.parse().unwrap(), world::allow());
    assert!(query(&back.to_string()).contains_key("code"), "the honest server answered");
    let failed = pending.callback(&deceived, &back, app.now()).unwrap_err();
    assert_eq!(failed.error, Error::Callback(CallbackError::IssMismatch));
}

#[test]
fn l01_the_attackers_answer_is_nothing_in_the_victims_browser() {
    let app = App::new();
    let (url, _attackers) = app.start();
    let attackers_answer = app.browse(&url, world::allow());
    let (url, victims) = app.start();
    let failed = app.callback(victims, &attackers_answer).unwrap_err();
    assert_eq!(failed.error, Error::Callback(CallbackError::StateMismatch));
    // The victim's own login is untouched.
    let back = app.browse(&url, world::allow());
    let exchange = app.callback(*failed.pending.unwrap(), &back).unwrap();
    assert!(app.photos(&app.run(exchange).unwrap()).is_some());
}

#[test]
fn a_stolen_code_is_worth_nothing_without_the_verifier_and_harms_nobody() {
    let app = App::new();
    let (url, pending) = app.start();
    let back = app.browse(&url, world::allow());
    // The thief has the whole callback, and his own authorization at the same client.
    let (_, thiefs) = app.start();
    let stolen = back.to_string().replace(pending.state().expose(), thiefs.state().expose());
    let thiefs = app.callback(thiefs, &stolen.parse().unwrap()).unwrap();
    assert!(app.run(thiefs).unwrap_err().is_dead_grant());
    let tokens = app.run(app.callback(pending, &back).unwrap()).unwrap();
    assert!(app.photos(&tokens).is_some());
}

#[test]
fn l23_one_redirect_uri_for_two_servers_mixes_nothing() {
    // Two servers, one redirect URI, two authorizations in one session: an answer fits the one it belongs to.
    let app = App::new();
    let other = Server::new(
        "https://b.example",
        Some("https://b.example/a"),
        "https://b.example/t",
        Transport::Https,
    );
    let mut config = Config::new(other.unwrap(), "web");
    config.redirect_uri = Some(CALLBACK.into());
    let other = Client::new(config).unwrap();
    let (_, at_other) = other.authorize().start(app.world.moment()).unwrap();
    let (url, at_server) = app.start();
    let back = app.browse(&url, world::allow());

    let failed = at_other.callback(&other, &back, app.now()).unwrap_err();
    assert_eq!(failed.error, Error::Callback(CallbackError::StateMismatch));
    let failed = failed.pending.unwrap().callback(&app.client, &back, app.now()).unwrap_err();
    assert_eq!(failed.error, Error::Misuse(Misuse::OtherClient));
    let failed = at_server.callback(&other, &back, app.now()).unwrap_err();
    assert_eq!(failed.error, Error::Misuse(Misuse::OtherClient));
    assert!(app.run(app.callback(*failed.pending.unwrap(), &back).unwrap()).is_ok());
}

#[test]
fn l24_what_one_session_began_another_cannot_finish() {
    // The attacker begins, and has the victim's browser go through: first to the server, then to the callback.
    let app = App::new();
    let (url, attackers) = app.start();
    let back = app.browse(&url, world::allow());
    let (_, in_the_victims_session) = app.start();
    let failed = app.callback(in_the_victims_session, &back).unwrap_err();
    assert_eq!(failed.error, Error::Callback(CallbackError::StateMismatch));
    // Nothing was sent: the code is as fresh as it was, and only the session that began can use it.
    assert!(app.run(app.callback(attackers, &back).unwrap()).is_ok());
}

//! Keeping tokens: when they are renewed, what of, and what is stored first.

use std::time::Duration;

use oauth_sansio::{Exchange as _, Progress, Secret, Timestamp};
use oauth2_core::{
    client::{
        Client, ClientAuthentication, DpopKey, Keeper, KeeperError, Kept, Need, Renewal, Save, Server, Turn,
    },
    jose::{Algorithm, LocalSigner},
    metadata::Transport,
};

use crate::common::*;

/// Tokens that came at [`NOW`].
fn kept(keeper: &Keeper, body: &str) -> Kept {
    let exchange = keeper.client().refresh(&Secret::new("used"));
    let Ok(Progress::Done(mut tokens)) = exchange.response(reply(200, body.to_owned()), moment(1)) else {
        panic!()
    };
    // As a flow would bring them that has used no refresh token.
    tokens.refresh_token = tokens.refresh_token.filter(|token| token.expose() != "used");
    keeper.keep(tokens, NOW).saved()
}

const AN_HOUR: &str =
    r#"{"access_token":"one","token_type":"Bearer","expires_in":3600,"refresh_token":"next","scope":"read"}"#;

fn keeper() -> Keeper {
    Keeper::new(client(|_| {}))
}

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn renewal(keeper: &Keeper, kept: Kept, now: Timestamp) -> Renewal {
    match keeper.turn(Some(kept), None, now).unwrap() {
        Turn::Renew(renewal) => renewal,
        Turn::Use(kept) => panic!("{kept:?}"),
    }
}

fn renewed(renewal: Renewal, body: &str) -> Save {
    match renewal.response(reply(200, body.to_owned()), moment(2)).unwrap() {
        Progress::Done(save) => save,
        other => panic!("{other:?}"),
    }
}

#[test]
fn tokens_are_renewed_a_little_before_they_end() {
    let keeper = keeper();
    let hour = kept(&keeper, AN_HOUR);
    for (passed, need) in [
        (0, Need::Use),
        (3539, Need::Use),
        (3540, Need::UseAndRenew),
        (3599, Need::UseAndRenew),
        (3600, Need::Renew),
    ] {
        assert_eq!(keeper.need(&hour, None, after(passed)), need, "{passed}");
    }
    // One that lives for a minute is not renewed all the time.
    let minute = kept(&keeper, &AN_HOUR.replace("3600", "60"));
    assert_eq!(keeper.need(&minute, None, after(44)), Need::Use);
    assert_eq!(keeper.need(&minute, None, after(45)), Need::UseAndRenew);
    // Nobody says when it ends; or there is nothing to renew it with.
    for body in [AN_HOUR.replace("\"expires_in\":3600,", ""), AN_HOUR.replace("refresh_token", "x")] {
        assert_eq!(keeper.need(&kept(&keeper, &body), None, after(3599)), Need::Use);
    }
    let eager = self::keeper().ahead(Duration::from_secs(600));
    assert_eq!(eager.need(&hour, None, after(3000)), Need::UseAndRenew);
}

#[test]
fn a_token_that_an_api_refused_is_renewed_unless_somebody_has() {
    let keeper = keeper();
    let hour = kept(&keeper, AN_HOUR);
    assert_eq!(keeper.need(&hour, Some(&Secret::new("one")), NOW), Need::Renew);
    let Turn::Use(same) = keeper.turn(Some(hour.clone()), Some(&Secret::new("older")), NOW).unwrap() else {
        panic!()
    };
    assert_eq!(same, hour);
    assert!(matches!(keeper.turn(Some(hour), Some(&Secret::new("one")), NOW), Ok(Turn::Renew(_))));
}

#[test]
fn l17_what_an_answer_leaves_out_is_as_before() {
    let keeper = keeper();
    let mut renewal = renewal(&keeper, kept(&keeper, AN_HOUR), after(3600));
    let sent = renewal.request(moment(1)).unwrap();
    assert!(!sent.safe_to_repeat);
    assert_eq!(sent.request.body(), "grant_type=refresh_token&refresh_token=next&client_id=app");
    let save = renewed(renewal, r#"{"access_token":"two","token_type":"Bearer","expires_in":60}"#);
    // What is stored is all there is to it, and can be read back.
    let stored = serde_json::to_string(save.record()).unwrap();
    let kept = save.saved();
    assert_eq!(serde_json::from_str::<Kept>(&stored).unwrap(), kept);
    assert_eq!(kept.tokens.access_token.expose(), "two");
    assert_eq!(kept.tokens.refresh_token, Some(Secret::new("next")));
    assert_eq!(kept.tokens.scope, Some("read".parse().unwrap()));
    let printed = format!("{kept:?}");
    assert!(!printed.contains("two") && !printed.contains("next"), "{printed}");
}

#[test]
fn l18_a_busy_server_is_told_from_a_dead_grant() {
    let keeper = keeper();
    let told = |status, body: &str| {
        let renewal = renewal(&keeper, kept(&keeper, AN_HOUR), after(3600));
        let error = renewal.response(reply(status, body.to_owned()), moment(2)).unwrap_err();
        (error.is_transient(), error.is_dead_grant())
    };
    assert_eq!(told(400, r#"{"error":"invalid_grant"}"#), (false, true));
    assert_eq!(told(503, r#"{"error":"invalid_grant"}"#), (true, false));
    assert_eq!(told(502, "<html>"), (true, false));
    assert_eq!(told(429, ""), (true, false));
}

#[test]
fn l11_tokens_of_one_server_are_not_sent_to_another() {
    let hour = kept(&keeper(), AN_HOUR);
    let url = "https://other.example/token";
    let elsewhere = Server::new("https://other.example", None, url, Transport::Https).unwrap();
    for other in [client(|config| config.server = elsewhere), client(|config| config.client_id = "b".into())]
    {
        let refused = Keeper::new(other).turn(Some(hour.clone()), None, after(3600)).unwrap_err();
        assert_eq!(refused, KeeperError::OtherClient);
    }
}

#[test]
fn tokens_whose_key_is_gone_are_not_presented() {
    let bound = |seed: u8| {
        let key = LocalSigner::generate(Algorithm::Es256, format!("{seed}")).unwrap();
        Keeper::new(client(|config| config.dpop = Some(DpopKey::local(key).unwrap())))
    };
    let (own, other) = (bound(1), bound(2));
    let hour = kept(&own, &AN_HOUR.replace("Bearer", "DPoP"));
    assert!(matches!(own.turn(Some(hour.clone()), None, after(3600)), Ok(Turn::Renew(_))));
    for keeper in [other, keeper()] {
        let refused = keeper.turn(Some(hour.clone()), None, after(3600)).unwrap_err();
        assert_eq!(refused, KeeperError::OtherKey);
    }
    // A bearer token is bound to nothing, and is renewed into a bound one.
    assert!(matches!(own.turn(Some(kept(&keeper(), AN_HOUR)), None, after(3600)), Ok(Turn::Renew(_))));
}

#[test]
fn what_cannot_be_renewed_says_so_before_anything_is_sent() {
    let keeper = keeper();
    assert_eq!(keeper.turn(None, None, NOW).unwrap_err(), KeeperError::Nothing);
    let lone = kept(&keeper, &AN_HOUR.replace("refresh_token", "x"));
    assert_eq!(keeper.turn(Some(lone), None, after(3600)).unwrap_err(), KeeperError::NoRefreshToken);
}

#[test]
fn tokens_of_the_application_itself_are_asked_for_again() {
    let machine: Client = client(|config| {
        config.authentication = ClientAuthentication::SecretBasic("s".into());
    });
    let keeper = Keeper::client_credentials(machine, "read".parse().unwrap());
    let Ok(Turn::Renew(mut first)) = keeper.turn(None, None, NOW) else { panic!() };
    let sent = first.request(moment(1)).unwrap().request;
    assert_eq!(sent.body(), "grant_type=client_credentials&scope=read");
    let kept = renewed(first, r#"{"access_token":"one","token_type":"Bearer","expires_in":100}"#).saved();
    assert_eq!(keeper.need(&kept, None, after(75)), Need::UseAndRenew);
    assert!(matches!(keeper.turn(Some(kept), None, after(100)), Ok(Turn::Renew(_))));
    let public = Keeper::client_credentials(client(|_| {}), "read".parse().unwrap());
    assert_eq!(public.turn(None, None, NOW).unwrap_err(), KeeperError::PublicClient);
}

#[test]
fn a_renewal_names_the_resource_that_its_tokens_are_for() {
    let keeper = keeper().resource("https://mcp.example/mcp").unwrap();
    let mut renewal = renewal(&keeper, kept(&keeper, AN_HOUR), after(3600));
    let sent = renewal.request(moment(1)).unwrap().request;
    let body = String::from_utf8(sent.body().to_vec()).unwrap();
    assert!(body.contains("&resource=https%3A%2F%2Fmcp.example%2Fmcp"), "{body}");
    assert!(self::keeper().resource("/mcp").is_err());
}

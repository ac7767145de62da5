//! How the person shall be asked and how they logged in (RFC 9470, OpenID Connect Core section 3.1.2.1).

use std::time::Duration;

use http::StatusCode;
use oauth_sansio::{Allowed, Answer, Login, LoginWish, Person, Reply, Timestamp};
use oauth2_core::{
    jose::{Algorithm, LocalSigner},
    pkce::Verifier,
    resource::{self, Grant, StepUp},
    server::{Asked, Client, Endpoint, KeyRing, Origin, Reason, Resource, RingKey, TokenFormat, Wish},
};
use serde_json::{Value, json};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const API: &str = "https://api.example/v1";

fn world() -> World {
    World::with(|config| config.acr_values = vec!["gold".into(), "silver".into()])
}

fn with<'a>(world: &World, more: &[(&'a str, &'a str)]) -> Reply<Reason> {
    world.authorize(&[&world.request("web", CHALLENGE), more].concat())
}

/// What of a request waits for the person.
fn asked(more: &[(&str, &str)]) -> Result<Asked, Reason> {
    let world = world();
    let reply = with(&world, more);
    match reply.reason {
        Some(reason) => {
            assert!(location(&reply.response).starts_with(CALLBACK), "{more:?}");
            Err(reason)
        }
        None => {
            let store = world.store.borrow();
            let pending = store.pending.values().next().unwrap();
            let oauth2_core::server::Goal::Code(requested) = &pending.goal else { panic!() };
            Ok(requested.asked.clone())
        }
    }
}

/// Ann, who logged in so many seconds ago.
fn ann(world: &World, ago: u64, acr: Option<&str>) -> Person {
    let auth_time = Timestamp::from_unix(world.now.get() - ago);
    let login = Login { auth_time, acr: acr.map(str::to_owned), amr: vec!["pwd".into()] };
    Person { login: Some(login), ..Person::new("ann") }
}

#[test]
fn prompt_is_a_set_of_known_words_in_which_none_stands_alone() {
    let wish = Wish::default();
    for (prompt, read) in [
        ("none", Ok(Wish { none: true, ..wish })),
        ("login", Ok(Wish { login: true, ..wish })),
        ("consent login", Ok(Wish { login: true, consent: true, ..wish })),
        ("select_account select_account", Ok(Wish { select_account: true, ..wish })),
        ("", Ok(wish)),
        ("none login", Err(Reason::Malformed("prompt"))),
        ("consent none", Err(Reason::Malformed("prompt"))),
        ("create", Err(Reason::PromptUnknown)),
        ("login create", Err(Reason::PromptUnknown)),
        ("Login", Err(Reason::PromptUnknown)),
        ("login  consent", Err(Reason::PromptUnknown)),
    ] {
        assert_eq!(asked(&[("prompt", prompt)]).map(|asked| asked.prompt), read, "{prompt:?}");
    }
}

#[test]
fn max_age_is_a_number_of_seconds() {
    let malformed = Err(Reason::Malformed("max_age"));
    for (max_age, read) in [
        ("0", Ok(Some(0))),
        ("3600", Ok(Some(3600))),
        ("18446744073709551615", Ok(Some(u64::MAX))),
        ("18446744073709551616", malformed),
        ("-1", malformed),
        ("+1", malformed),
        ("1.5", malformed),
        (" 1", malformed),
    ] {
        assert_eq!(asked(&[("max_age", max_age)]).map(|asked| asked.max_age), read, "{max_age:?}");
    }
}

#[test]
fn acr_values_are_few_short_words_one_of_which_can_be_reached() {
    let long = "x".repeat(257);
    let many = (0..16).map(|i| format!("level{i} ")).collect::<String>() + "silver";
    let malformed = Err(Reason::Malformed("acr_values"));
    let list = |words: &[&str]| Ok(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    for (acr_values, read) in [
        ("gold", list(&["gold"])),
        ("platinum silver silver gold", list(&["platinum", "silver", "gold"])),
        ("platinum", Err(Reason::AcrUnsupported)),
        ("Gold", Err(Reason::AcrUnsupported)),
        ("gold  silver", malformed.clone()),
        ("gold \"silver\"", malformed.clone()),
        ("g\u{f6}ld", malformed.clone()),
        (&long, malformed.clone()),
        (&many, malformed),
    ] {
        let found = asked(&[("acr_values", acr_values)]).map(|asked| asked.acr_values);
        assert_eq!(found, read, "{acr_values:?}");
    }
}

#[test]
fn a_login_hint_is_a_short_text() {
    let long = "x".repeat(257);
    assert_eq!(
        asked(&[("login_hint", "ann@example.com")]).unwrap().login_hint.as_deref(),
        Some("ann@example.com")
    );
    for hint in [&long, "ann\n", "ann\u{85}"] {
        assert_eq!(asked(&[("login_hint", hint)]).unwrap_err(), Reason::Malformed("login_hint"), "{hint:?}");
    }
}

#[test]
fn each_of_the_four_comes_once() {
    for name in ["prompt", "max_age", "acr_values", "login_hint"] {
        let twice = [(name, "login"), (name, "login")];
        assert_eq!(asked(&twice).unwrap_err(), Reason::Repeated(name));
    }
}

#[test]
fn the_page_is_told_how_the_person_must_have_logged_in() {
    let since = |ago| Some(Timestamp::from_unix(START - ago));
    let any = LoginWish::default();
    for (more, wish) in [
        (&[] as &[(&str, &str)], any.clone()),
        (&[("max_age", "60")], LoginWish { since: since(60), ..any.clone() }),
        (&[("prompt", "login")], LoginWish { since: since(0), ..any.clone() }),
        (&[("prompt", "login"), ("max_age", "60")], LoginWish { since: since(0), ..any.clone() }),
        (&[("prompt", "select_account")], LoginWish { choose: true, ..any.clone() }),
        (&[("login_hint", "ann")], LoginWish { hint: Some("ann".into()), ..any.clone() }),
        (&[("acr_values", "gold")], LoginWish { acr_values: vec!["gold".into()], ..any }),
    ] {
        let world = world();
        let reply = with(&world, more);
        // However long the person takes: who logs in meanwhile has logged in since.
        world.pass(300);
        let shown = world.look(&location(&reply.response), &cookie(&reply.response)).unwrap_err();
        assert_eq!(shown.login, wish, "{more:?}");
    }
}

#[test]
fn a_login_that_is_too_old_or_too_weak_is_told_to_the_client() {
    const UNMET: Option<&str> = Some("unmet_authentication_requirements");
    for (more, ago, acr, error) in [
        (("max_age", "60"), 60, None, None),
        (("max_age", "60"), 61, None, UNMET),
        (("max_age", "0"), 1, None, UNMET),
        (("prompt", "login"), 0, None, None),
        (("prompt", "login"), 1, None, UNMET),
        (("acr_values", "gold silver"), 900, Some("silver"), None),
        (("acr_values", "gold"), 0, Some("silver"), UNMET),
        (("acr_values", "gold"), 0, None, UNMET),
    ] {
        let world = world();
        let reply = with(&world, &[more]);
        let answer = Some(ann(&world, ago, acr).into());
        let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer);
        let told = query(&location(&reply.response));
        assert_eq!(told.get("error").map(String::as_str), error, "{more:?} {ago} {acr:?}");
        assert_eq!(told.contains_key("code"), error.is_none());
        assert_eq!(world.store.borrow().codes.len(), usize::from(error.is_none()));
    }
    // A page that does not tell when the person logged in cannot promise that it was lately.
    let world = world();
    let reply = with(&world, &[("max_age", "60")]);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    assert_eq!(redirected_error(&reply), "unmet_authentication_requirements");
}

#[test]
fn without_a_page_the_client_hears_what_it_would_have_been_for() {
    const LOGIN: &str = "login_required";
    for (person, more, error) in [
        (None, ("state", "st"), LOGIN),
        (Some((0, None)), ("state", "st"), "consent_required"),
        (Some((61, None)), ("max_age", "60"), LOGIN),
        (Some((60, None)), ("max_age", "60"), "consent_required"),
        (Some((0, Some("silver"))), ("acr_values", "gold"), LOGIN),
        (Some((0, Some("gold"))), ("acr_values", "gold"), "consent_required"),
    ] {
        let world = world();
        let person = person.map(|(ago, acr)| ann(&world, ago, acr));
        *world.logged_in.borrow_mut() = person.clone();
        let request = without(&world.request("web", CHALLENGE), "state");
        let reply = world.authorize(&[&request[..], &[("prompt", "none"), more]].concat());
        let (page, cookie) = (location(&reply.response), cookie(&reply.response));
        let reply = world.look(&page, &cookie).expect("no page");
        assert_eq!(redirected_error(&reply), error, "{more:?}");
        // That was the answer; a reload gets no other.
        assert_eq!(world.look(&page, &cookie).unwrap().reason, Some(Reason::AlreadyDecided));
        assert!(world.store.borrow().codes.is_empty());
    }
}

#[test]
fn a_form_changes_nothing_where_no_page_may_be_shown() {
    let world = world();
    let reply = with(&world, &[("prompt", "none")]);
    // The world has nobody to ask: a page would be the end of it.
    let reply = world.drive(world.visit(&location(&reply.response), Some(&cookie(&reply.response))), None);
    assert_eq!(redirected_error(&reply), "login_required");
}

#[test]
fn a07_nobody_is_sent_on_unasked_to_a_client_that_nobody_knows() {
    for origin in [Origin::Registered, Origin::Document] {
        let world = world();
        world.register(Client { origin, ..web() });
        let reply = with(&world, &[("prompt", "none")]);
        let reply = world.look(&location(&reply.response), &cookie(&reply.response)).unwrap();
        assert_direct(&reply, StatusCode::BAD_REQUEST, origin);
    }
}

#[test]
fn tokens_tell_how_the_person_logged_in_and_a_refresh_changes_nothing_of_it() {
    let key = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
    let ring = KeyRing::new([RingKey::always(key.public().unwrap())]).unwrap();
    let mut world = World::with(|config| {
        config.acr_values = vec!["gold".into()];
        config.signing = ring;
        config.resources = vec![Resource {
            token: TokenFormat::Jwt,
            introspected_by: vec!["web".into()],
            ..Resource::new(API)
        }];
    });
    world.keys.push(key);
    let verifier = Verifier::generate(&mut world.moment().entropy());
    let challenge = verifier.challenge().to_string();
    let request =
        [&world.request("web", &challenge)[..], &[("resource", API), ("acr_values", "gold")]].concat();
    let reply = world.authorize(&request);
    let answer = Some(ann(&world, 7, Some("gold")).into());
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer);
    let code = query(&location(&reply.response))["code"].clone();
    let first = Tokens::of(&world.redeem("web", &Issued { code, verifier: verifier.expose().to_owned() }));
    world.pass(500);
    let second = Tokens::of(&world.refresh("web", &first.refresh));
    for token in [&first.access, &second.access] {
        let claims = claims(token);
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("gold"), &json!(["pwd"])));
        assert_eq!(claims["auth_time"], START - 7, "of the login, not of the refresh");
        let request =
            post("/oauth2/introspect", &[("authorization", &basic("web", SECRET))], &[("token", token)]);
        let told = json(&world.drive(world.receive(Endpoint::Introspection, request), None).response);
        assert_eq!((&told["acr"], &told["auth_time"]), (&json!("gold"), &json!(START - 7)));
    }
}

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap())
        .unwrap()
}

#[test]
fn the_metadata_tells_what_can_be_asked_for() {
    let told = |world: World, member| world.server.metadata().extra.get(member).cloned();
    assert_eq!(told(world(), "acr_values_supported"), Some(json!(["gold", "silver"])));
    assert_eq!(told(World::new(), "acr_values_supported"), None);
    let prompts = json!(["none", "login", "consent", "select_account"]);
    assert_eq!(told(World::new(), "prompt_values_supported"), Some(prompts));
}

/// What an API that asks for this says to a token of Ann, who logged in so many seconds ago.
fn at_an_api(step_up: StepUp, ago: u64, acr: Option<&str>) -> Result<Grant, Reply<resource::Reason>> {
    let world = world();
    let reply = with(&world, &[]);
    let allowed = Allowed { person: ann(&world, ago, acr), scopes: None, remember: false };
    let reply = world.consent(
        &location(&reply.response),
        Some(&cookie(&reply.response)),
        Some(Answer::Allowed(allowed)),
    );
    let code = query(&location(&reply.response))["code"].clone();
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
    let tokens = Tokens::of(&world.redeem("web", &Issued { code, verifier }));
    let api = world.api.requiring_login(step_up).unwrap();
    let request = get("/photos", &[], &[("authorization", &format!("Bearer {}", tokens.access))]);
    world.protected(&api, &request)
}

#[test]
fn s20_an_api_lets_nobody_through_whose_login_is_too_old_or_too_weak_and_says_what_would_do() {
    let both = || StepUp {
        acr_values: vec!["gold".into(), "silver".into()],
        max_age: Some(Duration::from_secs(300)),
    };
    for (ago, acr) in [(0, "gold"), (300, "silver")] {
        assert!(at_an_api(both(), ago, Some(acr)).is_ok(), "{ago} {acr}");
    }
    for (ago, acr) in [(301, Some("gold")), (0, Some("bronze")), (0, Some("goldsilver")), (0, None)] {
        let reply = at_an_api(both(), ago, acr).unwrap_err();
        assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(reply.reason, Some(resource::Reason::LoginUnmet));
        let challenge = reply.response.headers()["www-authenticate"].to_str().unwrap();
        let read = oauth_sansio::auth::parse_challenges([challenge]).unwrap();
        assert_eq!(read[0].parameter("error"), Some("insufficient_user_authentication"));
        assert_eq!(read[0].parameter("acr_values"), Some("gold silver"));
        assert_eq!(read[0].parameter("max_age"), Some("300"));
    }
    // Half of it.
    let strong = StepUp { max_age: None, ..both() };
    assert!(at_an_api(strong.clone(), 100_000, Some("gold")).is_ok());
    assert!(at_an_api(strong, 0, None).is_err());
    let fresh = StepUp { acr_values: Vec::new(), ..both() };
    assert!(at_an_api(fresh.clone(), 0, None).is_ok());
    assert!(at_an_api(fresh, 301, None).is_err());
}

#[test]
fn a_client_for_itself_has_no_login_and_a_class_is_one_word() {
    let world = world();
    let own =
        Tokens::of(&world.drive(world.as_client("machine", &[("grant_type", "client_credentials")]), None));
    let any = StepUp { max_age: Some(Duration::from_secs(u64::MAX)), ..StepUp::default() };
    let api = world.api.requiring_login(any).unwrap();
    let request = get("/photos", &[], &[("authorization", &format!("Bearer {}", own.access))]);
    assert_eq!(world.protected(&api, &request).unwrap_err().reason, Some(resource::Reason::LoginUnmet));
    for acr in ["", "two words", "a\"b\r\n", "é"] {
        let step_up = StepUp { acr_values: vec![acr.into()], max_age: None };
        let refused = world.api.requiring_login(step_up).map(drop);
        assert_eq!(refused.is_err(), acr != "a\"b", "{acr:?}");
    }
}

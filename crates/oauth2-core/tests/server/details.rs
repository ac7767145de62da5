//! What is asked for in detail (RFC 9396).

use std::sync::Arc;

use http::StatusCode;
use oauth_sansio::Reply;
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner, Signer as _, Unsigned},
    pkce::Verifier,
    server::{
        AuthorizationServer, Client, ClientKeys, Config, ConfigError, Demands, Details, DetailsError,
        DetailsType, Endpoint, GrantType, JsonKind, JsonText, KeyRing, Origin, PlainDetails, Reason,
        Resource, RingKey, ServerKeys, TokenFormat,
    },
};
use serde_json::{Value, json};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PAR: &str = "/oauth2/par";

/// Payments of which a smaller one is within a larger one.
#[derive(Debug)]
struct Payments;

impl DetailsType for Payments {
    fn name(&self) -> &str {
        "payment"
    }

    fn check(&self, details: &Details) -> Result<(), DetailsError> {
        match details.get("amount").and_then(Value::as_u64) {
            Some(0) => Err(DetailsError::MemberValue),
            Some(_) => Ok(()),
            None => Err(DetailsError::MemberMissing),
        }
    }

    fn is_within(&self, asked: &Details, granted: &Details) -> bool {
        asked["amount"].as_u64() <= granted["amount"].as_u64() && asked.get("payee") == granted.get("payee")
    }
}

fn accounts() -> PlainDetails {
    PlainDetails::new("accounts")
        .with("actions", JsonKind::Texts)
        .with_optional("locations", JsonKind::Texts)
        .with_optional("limit", JsonKind::Number)
        .with_optional("silent", JsonKind::Flag)
        .with_optional("holder", JsonKind::Object)
        .with_optional("identifier", JsonKind::Text)
        .with_optional("tags", JsonKind::Array)
}

fn types(config: &mut Config) {
    config.details_types = vec![Arc::new(accounts()), Arc::new(Payments)];
    config.keys = ServerKeys::always([3; 32]);
}

fn world() -> World {
    World::with(types)
}

fn authorize(world: &World, details: &str) -> Reply<Reason> {
    world.authorize(&changed(&world.request("web", CHALLENGE), "authorization_details", details))
}

/// A code of `web` for these details, granted by Ann.
fn code(world: &World, details: &Value) -> Issued {
    let verifier = Verifier::generate(&mut world.moment().entropy());
    let (challenge, details) = (verifier.challenge().to_string(), details.to_string());
    let request = changed(&world.request("web", &challenge), "authorization_details", &details);
    let reply = world.authorize(&request);
    assert_eq!(reply.reason, None);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let code = query(&location(&reply.response))["code"].clone();
    Issued { code, verifier: verifier.expose().to_owned() }
}

fn redeem(world: &World, issued: &Issued, details: Option<&Value>) -> Reply<Reason> {
    let details = details.map(Value::to_string);
    let more = details.as_deref().map(|details| ("authorization_details", details));
    let parameters =
        [("grant_type", "authorization_code"), ("code", &*issued.code), ("code_verifier", &*issued.verifier)];
    let parameters: Vec<_> = parameters.into_iter().chain(more).collect();
    world.drive(world.as_client("web", &parameters), None)
}

fn refresh(world: &World, token: &str, details: &Value) -> Reply<Reason> {
    let details = details.to_string();
    let parameters =
        [("grant_type", "refresh_token"), ("refresh_token", token), ("authorization_details", &*details)];
    world.drive(world.as_client("web", &parameters), None)
}

fn told(reply: &Reply<Reason>) -> Value {
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    json(&reply.response)["authorization_details"].clone()
}

fn introspected(world: &World, client_id: &str, token: &str) -> Value {
    let request =
        post("/oauth2/introspect", &[("authorization", &basic(client_id, SECRET))], &[("token", token)]);
    json(&world.drive(world.receive(Endpoint::Introspection, request), None).response)
}

fn wanted() -> Value {
    json!([
        { "type": "accounts", "actions": ["list", "read"], "locations": ["https://api.example"] },
        { "type": "payment", "amount": 100, "payee": "bob" },
    ])
}

#[test]
fn what_was_granted_in_detail_is_told_with_the_token_and_to_the_api() {
    let world = world();
    let reply = redeem(&world, &code(&world, &wanted()), None);
    assert_eq!(told(&reply), wanted());
    let tokens = Tokens::of(&reply);
    for token in [&tokens.access, &tokens.refresh] {
        assert_eq!(introspected(&world, "web", token)["authorization_details"], wanted());
    }
    // Rotation keeps them.
    let reply = world.refresh("web", &tokens.refresh);
    assert_eq!(told(&reply), wanted());
    // Whoever asks for none gets none.
    let body = json(&world.redeem("web", &world.code("web")).response);
    assert_eq!(body.get("authorization_details"), None);
}

#[test]
fn an_exchange_opens_the_part_that_is_described_and_never_more() {
    let world = world();
    let grants = vec![GrantType::AuthorizationCode, GrantType::TokenExchange];
    world.register(Client { grants, ..web() });
    let subject = Tokens::of(&redeem(&world, &code(&world, &wanted()), None)).access;
    let exchange = |details: Option<&Value>| {
        let details = details.map(Value::to_string);
        let more = details.as_deref().map(|details| ("authorization_details", details));
        let parameters = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject.as_str()),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        let parameters: Vec<_> = parameters.into_iter().chain(more).collect();
        world.drive(world.as_client("web", &parameters), None)
    };
    assert_eq!(told(&exchange(None)), wanted());
    let part = json!([{ "type": "payment", "amount": 10, "payee": "bob" }]);
    assert_eq!(told(&exchange(Some(&part))), part);
    let more = json!([{ "type": "payment", "amount": 101, "payee": "bob" }]);
    assert_eq!(exchange(Some(&more)).reason, Some(Reason::Details(DetailsError::Wider)));
}

#[test]
fn details_stand_in_a_signed_access_token() {
    let key = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
    let ring = KeyRing::new([RingKey::always(key.public().unwrap())]).unwrap();
    let api = "https://api.example";
    let mut world = World::with(|config| {
        types(config);
        config.signing = ring;
        config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(api) }];
    });
    world.keys.push(key);
    let details = wanted().to_string();
    world.register(Client { grants: vec![GrantType::ClientCredentials], ..machine() });
    let parameters =
        [("grant_type", "client_credentials"), ("resource", api), ("authorization_details", &*details)];
    let reply = world.drive(world.as_client("machine", &parameters), None);
    assert_eq!(told(&reply), wanted());
    let token = Tokens::of(&reply).access;
    let payload = oauth_sansio::base64url::decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["authorization_details"], wanted());
}

#[test]
fn details_may_be_pushed_signed_and_asked_for_by_a_device() {
    let world = world();
    let details = wanted().to_string();
    let credentials = basic("web", SECRET);
    let push = |parameters: &[(&str, &str)]| {
        let request = post(PAR, &[("authorization", &credentials)], parameters);
        world.drive(world.receive(Endpoint::PushedAuthorization, request), None)
    };
    let request = changed(&world.request("web", CHALLENGE), "authorization_details", &details);
    assert_eq!(push(&request).response.status(), StatusCode::CREATED);
    assert!(world.store.borrow().pushed.values().all(|pushed| pushed.requested.details.is_some()));
    let reply = push(&changed(&request, "authorization_details", "[{\"type\":\"x\"}]"));
    assert_eq!(
        (error(&reply).as_str(), reply.response.status()),
        ("invalid_authorization_details", StatusCode::BAD_REQUEST)
    );

    // In a request object: the array, or its text.
    let key = LocalSigner::generate(Algorithm::Es256, "app").unwrap();
    let set = JwkSet::new([key.public().unwrap()]).to_value();
    world.register(Client { keys: Some(ClientKeys::Jwks(JsonText::of(&set))), ..web() });
    let mut claims = json!({
        "iss": "web", "aud": ISSUER, "exp": START + 60, "client_id": "web", "response_type": "code",
        "redirect_uri": CALLBACK, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    });
    for (details, reason) in [
        (wanted(), None),
        (json!(details), None),
        (json!([{ "type": "x" }]), Some(Reason::Details(DetailsError::TypeUnknown))),
    ] {
        claims["authorization_details"] = details;
        let unsigned = Unsigned::new(&key, None, claims.to_string().as_bytes());
        let signature = key.sign(unsigned.input()).unwrap();
        let reply = world.authorize(&[("client_id", "web"), ("request", &unsigned.signed(&signature))]);
        assert_eq!(reply.reason, reason);
    }

    world.register(Client { grants: vec![GrantType::DeviceCode], ..web() });
    let begin = |details: &str| {
        let request = post(
            "/oauth2/device_authorization",
            &[("authorization", &credentials)],
            &[("authorization_details", details)],
        );
        world.drive(world.receive(Endpoint::DeviceAuthorization, request), None)
    };
    assert_eq!(error(&begin("[7]")), "invalid_authorization_details");
    let begun = json(&begin(&details).response);
    let request = post("/device", &[], &[("user_code", begun["user_code"].as_str().unwrap())]);
    let reply = world.drive(world.receive(Endpoint::Device, request), None);
    world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let parameters = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", begun["device_code"].as_str().unwrap()),
    ];
    assert_eq!(told(&world.drive(world.as_client("web", &parameters), None)), wanted());
}

#[test]
fn p15_unknown_types_members_and_kinds_and_endless_nesting_are_refused() {
    let world = world();
    let with = |name: &str, value: Value| {
        let mut details = json!({ "type": "accounts", "actions": ["read"] });
        details[name] = value;
        json!([details]).to_string()
    };
    let deep = |depth: usize| {
        format!(
            "[{{\"type\":\"accounts\",\"actions\":[],\"tags\":{}{}}}]",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    let many = |count: usize| json!(vec![json!({ "type": "accounts", "actions": [] }); count]).to_string();
    let long = format!("[{{\"type\":\"{}\"}}]", "x".repeat(8 * 1024));
    let cases = [
        ("x".to_owned(), DetailsError::Malformed),
        ("[".to_owned(), DetailsError::Malformed),
        ("{}".to_owned(), DetailsError::Malformed),
        ("7".to_owned(), DetailsError::Malformed),
        ("[7]".to_owned(), DetailsError::Malformed),
        ("[{}]".to_owned(), DetailsError::Malformed),
        ("[{\"type\":7}]".to_owned(), DetailsError::Malformed),
        ("[[{\"type\":\"accounts\"}]]".to_owned(), DetailsError::Malformed),
        ("[] []".to_owned(), DetailsError::Malformed),
        ("[{\"type\":\"accounts\",\"type\":\"payment\",\"amount\":1}]".to_owned(), DetailsError::Malformed),
        ("[{\"type\":\"payment\",\"amount\":1,\"\\u0061mount\":9}]".to_owned(), DetailsError::Malformed),
        ("[{\"type\":\"Accounts\",\"actions\":[]}]".to_owned(), DetailsError::TypeUnknown),
        ("[{\"type\":\"accounts\"}]".to_owned(), DetailsError::MemberMissing),
        ("[{\"type\":\"payment\",\"amount\":0}]".to_owned(), DetailsError::MemberValue),
        (with("whatever", json!(1)), DetailsError::MemberUnknown),
        (with("actions", json!("read")), DetailsError::MemberType),
        (with("actions", json!([1])), DetailsError::MemberType),
        (with("actions", json!(null)), DetailsError::MemberType),
        (with("limit", json!("1")), DetailsError::MemberType),
        (with("silent", json!(0)), DetailsError::MemberType),
        (with("holder", json!([])), DetailsError::MemberType),
        (with("identifier", json!({})), DetailsError::MemberType),
        (deep(7), DetailsError::TooLarge),
        (deep(1000), DetailsError::TooLarge),
        ("[".repeat(1000), DetailsError::TooLarge),
        (many(17), DetailsError::TooLarge),
    ];
    for (details, error) in cases {
        let reply = authorize(&world, &details);
        assert_eq!(reply.reason, Some(Reason::Details(error)), "{details:.80}");
        assert_eq!(query(&location(&reply.response))["error"], "invalid_authorization_details");
        let request = post(
            PAR,
            &[("authorization", &basic("web", SECRET))],
            &changed(&world.request("web", CHALLENGE), "authorization_details", &details),
        );
        let reply = world.drive(world.receive(Endpoint::PushedAuthorization, request), None);
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST, "{details:.80}");
    }
    let reply = authorize(&world, &long);
    assert!(matches!(reply.reason, Some(Reason::TooLarge | Reason::Details(DetailsError::TooLarge))));
    let brackets = with("identifier", json!("[[[[[[[[[[\"{{{{{{{{{{\\"));
    for details in [deep(5), many(16), with("limit", json!(1.5)), brackets, "[]".to_owned(), String::new()] {
        assert_eq!(authorize(&world, &details).reason, None, "{details:.80}");
    }
    // A server without types knows none.
    let reply = authorize(&World::new(), "[{\"type\":\"accounts\",\"actions\":[]}]");
    assert_eq!(reply.reason, Some(Reason::Details(DetailsError::TypeUnknown)));
}

#[test]
fn p16_what_was_granted_in_detail_is_narrowed_and_never_widened() {
    let world = world();
    let account = |actions: Value| json!({ "type": "accounts", "actions": actions, "locations": ["https://api.example"] });
    let payment = |amount: u64| json!({ "type": "payment", "amount": amount, "payee": "bob" });
    let wider = [
        json!([payment(101)]),
        json!([payment(100), payment(1)]),
        json!([{ "type": "payment", "amount": 1, "payee": "eve" }]),
        json!([{ "type": "payment", "amount": 1 }]),
        json!([account(json!(["list", "read", "close"]))]),
        json!([account(json!([]))]),
        json!([account(json!("list"))]),
        json!([{ "type": "accounts", "actions": ["list"] }]),
        json!([{ "type": "accounts", "actions": ["list"], "locations": ["https://api.example"], "limit": 1 }]),
        json!([account(json!(["list"])), account(json!(["read"]))]),
        json!([{ "type": "unknown" }]),
        json!([payment(0)]),
    ];
    let narrower = [
        wanted(),
        json!([payment(100)]),
        json!([payment(1)]),
        json!([account(json!(["read"])), payment(99)]),
        json!([payment(99), account(json!(["list"]))]),
    ];
    let issued = code(&world, &wanted());
    for details in &wider {
        let reply = redeem(&world, &issued, Some(details));
        assert_eq!(error(&reply), "invalid_authorization_details", "{details}");
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
    }
    // Nothing was spent by that.
    let reply = redeem(&world, &issued, Some(&narrower[2]));
    assert_eq!(told(&reply), narrower[2]);
    let mut tokens = Tokens::of(&reply);
    assert_eq!(introspected(&world, "web", &tokens.access)["authorization_details"], narrower[2]);
    for details in &wider {
        assert_eq!(
            error(&refresh(&world, &tokens.refresh, details)),
            "invalid_authorization_details",
            "{details}"
        );
    }
    // One token was narrowed, and not what was granted.
    for details in &narrower {
        let reply = refresh(&world, &tokens.refresh, details);
        assert_eq!(told(&reply), *details);
        tokens = Tokens::of(&reply);
    }
    // Where nothing was granted, there is nothing to ask for.
    let reply = redeem(&world, &world.code("web"), Some(&narrower[2]));
    assert_eq!(reply.reason, Some(Reason::Details(DetailsError::Wider)));
}

#[test]
fn a_client_gets_the_types_that_are_open_to_it() {
    let world = world();
    let types = |types: &[&str]| Demands {
        authorization_details_types: Some(types.iter().map(|name| (*name).to_owned()).collect()),
        ..Demands::default()
    };
    let ask = || authorize(&world, &json!([{ "type": "payment", "amount": 1 }]).to_string());
    world.register(Client { demands: types(&["payment"]), ..web() });
    assert_eq!(ask().reason, None);
    world.register(Client { demands: types(&["accounts"]), ..web() });
    assert_eq!(ask().reason, Some(Reason::Details(DetailsError::TypeNotAllowed)));
    // Strangers get what is open to strangers.
    let stranger = Client { origin: Origin::Registered, demands: types(&["payment"]), ..web() };
    world.register(stranger.clone());
    assert_eq!(ask().reason, Some(Reason::Details(DetailsError::TypeNotAllowed)));
    let open = World::with(|config| {
        self::types(config);
        config.open_details_types = ["payment".to_owned()].into();
    });
    open.register(stranger);
    assert_eq!(authorize(&open, "[{\"type\":\"payment\",\"amount\":1}]").reason, None);
}

#[test]
fn a_type_that_a_client_has_lost_is_lost_to_its_tokens() {
    let world = world();
    let tokens = Tokens::of(&redeem(&world, &code(&world, &wanted()), None));
    let waiting = world.authorize(&changed(
        &world.request("web", CHALLENGE),
        "authorization_details",
        &wanted().to_string(),
    ));
    let demands =
        Demands { authorization_details_types: Some(vec!["accounts".into()]), ..Demands::default() };
    world.register(Client { demands, ..web() });
    let reply = world.refresh("web", &tokens.refresh);
    assert_eq!(told(&reply), json!([wanted()[0]]));
    let reply = world.consent(&location(&waiting.response), Some(&cookie(&waiting.response)), None);
    assert_eq!(reply.reason, Some(Reason::ClientChanged));
}

#[test]
fn the_metadata_names_the_types_and_no_two_have_one_name() {
    let told = |world: World| serde_json::to_value(world.server.metadata()).unwrap();
    assert_eq!(told(world())["authorization_details_types_supported"], json!(["accounts", "payment"]));
    assert_eq!(told(World::new()).get("authorization_details_types_supported"), None);
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.details_types = vec![Arc::new(accounts()), Arc::new(accounts())];
    assert_eq!(AuthorizationServer::new(config).err(), Some(ConfigError::SameDetailsType));
}

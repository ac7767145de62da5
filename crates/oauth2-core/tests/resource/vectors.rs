//! RFC 9068, case by case, through the whole API.
#![allow(clippy::print_stdout, reason = "a test tells what it left out")]

use std::time::Duration;

use http::{HeaderValue, Request, header};
use oauth_sansio::{Moment, Timestamp};
use oauth2_core::{
    jose::{ClaimError, JwkSet},
    jwt::AccessTokenError,
    resource::{Caching, Config, KeySource, Reason, Signed, Step, Verifier},
};
use serde_json::Value;

const FILE: &str = include_str!("../../../../vectors/jwt_access_token.json");

#[test]
fn s03_s04_every_access_token_of_the_vectors_opens_the_api_or_does_not_as_they_say() {
    let all: Vec<Value> = serde_json::from_str(FILE).unwrap();
    let (defaults, cases) = all.split_first().unwrap();
    let (mut ran, mut wrong) = (0, Vec::new());
    for case in cases {
        let jwks = if case["jwks"] == "default" { &defaults["jwks"] } else { &case["jwks"] };
        let (settings, expected) = (&case["config"], &case["expected"]);
        // What is too large for the smaller limit of a case is another test's business.
        let token = case["token"].as_str();
        let Some(value) = token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok())
        else {
            continue;
        };
        if expected["verdict"] == "too_large" {
            continue;
        }
        ran += 1;
        let text = |name: &str| settings[name].as_str().unwrap().to_owned();
        let keys = JwkSet::parse(jwks.to_string().as_bytes()).unwrap();
        let allowed = settings["allowed_algs"].as_array().unwrap().iter();
        let signed = Signed {
            algorithms: allowed.filter_map(|name| name.as_str()?.parse().ok()).collect(),
            leeway: Duration::from_secs(settings["leeway_seconds"].as_u64().unwrap()),
            ..Signed::by(text("issuer"), KeySource::Fixed(keys.into()))
        };
        let config = Config {
            identifier: Some(text("audience")),
            signed: vec![signed],
            caching: Caching::NONE,
            ..Config::default()
        };
        let now = Timestamp::from_unix(settings["now"].as_u64().unwrap());
        let mut request = Request::get("/").body(Default::default()).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        let moment = Moment::new(now, [7; 32]);
        let is_good = expected["verdict"] == "valid";
        let verdict = match Verifier::new(config).unwrap().receive(&request, moment) {
            Step::Admit(grant) => {
                let said = &expected["claims"];
                let is_client = said["client_id"].is_null() || said["client_id"] == *grant.client_id;
                if is_client { "valid" } else { "other" }
            }
            // It is bound, and nothing was shown; or to what nobody could show.
            Step::Reply(reply)
                if matches!(
                    reply.reason,
                    Some(
                        Reason::Possession(_)
                            | Reason::Signed(AccessTokenError::Claim(ClaimError::Type("cnf")))
                    )
                ) && is_good =>
            {
                "valid"
            }
            Step::Reply(reply) => {
                assert!(matches!(reply.response.status().as_u16(), 400 | 401), "{case}");
                "refused"
            }
            // What is no JWT the store would have to know.
            Step::Load(_) => "refused",
            other => panic!("{other:?}"),
        };
        let may_differ = case["policy_dependent"] == true || !expected["also_acceptable"].is_null();
        if (verdict == "valid") != is_good && !may_differ {
            wrong.push(format!("{} {verdict} {expected}", case["id"]));
        }
    }
    println!(
        "jwt_access_token at an API: {ran} ran, {} excluded: too large, or no header",
        cases.len() - ran
    );
    assert!(ran > 160, "{ran}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

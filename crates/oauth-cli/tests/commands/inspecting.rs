//! `oauth inspect`: each kind, good and bad.

use oauth_sansio::{Moment, Timestamp};
use oauth2_core::{
    client::{DpopKey, Tokens},
    jose::{Algorithm, JwkSet, LocalSigner, Signer, Unsigned},
};
use serde_json::{Value, json};

use crate::running::{Place, Ran, oauth};

const NOW: u64 = 1_800_000_000;

async fn inspect(place: &Place, text: &str, arguments: &[&str]) -> Ran {
    let now = NOW.to_string();
    let all = [&["inspect", "--now", &now], arguments].concat();
    oauth(place, &all).input(text).end().await
}

fn signed(signer: &LocalSigner, claims: &Value) -> String {
    let unsigned = Unsigned::new(signer, Some("at+jwt"), claims.to_string().as_bytes());
    let signature = signer.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

fn claims() -> Value {
    json!({ "iss": "https://as.example", "aud": "https://api.example", "sub": "ann", "exp": NOW + 600, "iat": NOW - 60 })
}

#[tokio::test]
async fn a_jwt_is_told_and_its_signature_checked() {
    let place = Place::new();
    let signer = LocalSigner::generate(Algorithm::Es256, "now").unwrap();
    let jwks = JwkSet::new([signer.public().unwrap()]).to_value().to_string();
    let jwks = place.with("jwks.json", &jwks);
    let jwt = signed(&signer, &claims());
    let expected = ["--jwks", &jwks, "--issuer", "https://as.example", "--audience", "https://api.example"];

    let ran = inspect(&place, &jwt, &expected).await.well().hides(&[&jwt]);
    ran.says(&["✓ the signature", "✓ it has not ended", "✓ the issuer", "✓ the audience", "in 10 minutes"]);
    // With the header that it was copied with.
    inspect(&place, &format!("Authorization: Bearer {jwt}"), &expected).await.well();

    let told = inspect(&place, &jwt, &["--json"]).await.well().json();
    assert_eq!((&told["kind"], &told["content"]["claims"]["sub"]), (&json!("jwt"), &json!("ann")));
    let signature = told["checks"].as_array().unwrap().iter().find(|check| check["check"] == "the signature");
    assert_eq!(signature.unwrap()["status"], "unchecked");
}

#[tokio::test]
async fn what_is_wrong_with_a_jwt_is_told_each_by_its_name() {
    let place = Place::new();
    let (signer, stranger) = [1, 2].map(|_| LocalSigner::generate(Algorithm::Es256, "now").unwrap()).into();
    let jwks = JwkSet::new([signer.public().unwrap()]).to_value().to_string();
    let jwks = place.with("jwks.json", &jwks);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(&signer, &claims)
    };
    let none = "eyJhbGciOiJub25lIn0.e30.";
    for (jwt, said) in [
        (signed(&stranger, &claims()), "✗ the signature: the signature is wrong"),
        (with("exp", json!(NOW)), "✗ it has not ended: exp was now"),
        (with("exp", json!("soon")), "✗ it has not ended: the claim `exp` is of the wrong type"),
        (with("nbf", json!(NOW + 3600)), "✗ it has begun: nbf begins in 60 minutes"),
        (with("iss", json!("https://other.example")), "✗ the issuer: iss is another one"),
        (with("aud", json!(["https://other.example"])), "✗ the audience: aud names others"),
        (none.to_owned(), "the signature algorithm is not allowed"),
    ] {
        let expected =
            ["--jwks", &jwks, "--issuer", "https://as.example", "--audience", "https://api.example"];
        inspect(&place, &jwt, &expected).await.code(1).says(&[said]);
    }
    // An algorithm that is not known here says nothing about the token.
    let unknown = signed(&signer, &claims()).replacen("eyJhbGciOiJFUzI1NiIs", "eyJhbGciOiJFUzM4NCIs", 1);
    inspect(&place, &unknown, &["--jwks", &jwks])
        .await
        .well()
        .says(&["· three parts", "ES384 is not known here"]);
    // What has no end is odd, and nothing else.
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    let ran = inspect(&place, &signed(&signer, &endless), &["--jwks", &jwks]).await.well();
    ran.says(&["! it has not ended: it never ends"]);
}

#[tokio::test]
async fn a_key_set_that_is_not_to_be_believed_is_called_what_it_is() {
    let place = Place::new();
    let signer = LocalSigner::generate(Algorithm::Es256, "now").unwrap();
    let mut key = signer.public().unwrap().to_value();
    key["d"] = json!("hunter2hunter2");
    let jwks = place.with("jwks.json", &json!({ "keys": [key] }).to_string());
    let ran = inspect(&place, &signed(&signer, &claims()), &["--jwks", &jwks]).await.code(1);
    ran.hides(&["hunter2"]).says(&["a private or a shared key", "change the key now"]);
    let ran =
        inspect(&place, &signed(&signer, &claims()), &["--jwks", "http://as.example.com/jwks"]).await.code(1);
    ran.says(&["it does not use https"]);
}

fn proof(method: &str, url: &str) -> (String, String) {
    let key = DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
    let tokens: Tokens = serde_json::from_value(json!({
        "access_token": "the-access-token-itself", "token_type": "DPoP", "expires_at": null, "refresh_token": null,
        "scope": null, "refused_scope": "", "extra": {},
    }))
    .unwrap();
    let mut request = http::Request::builder().method(method).uri(url).body(()).unwrap();
    key.authorize(&tokens, &mut request, Moment::new(Timestamp::from_unix(NOW), [7; 32])).unwrap();
    (request.headers()["dpop"].to_str().unwrap().to_owned(), key.thumbprint().to_string())
}

#[tokio::test]
async fn a_proof_is_checked_against_its_request() {
    let place = Place::new();
    let (proof, thumbprint) = proof("POST", "https://api.example/photos");
    let request = ["--method", "POST", "--url", "https://api.example/photos?x=1"];
    let run = |arguments: &[&str], token: &str, text: &str| {
        let now = NOW.to_string();
        let all = [&["inspect", "--now", &now], arguments].concat();
        oauth(&place, &all).env("OAUTH_TOKEN", token).input(text).end()
    };
    let ran = run(&request, "the-access-token-itself", &proof).await.well();
    ran.hides(&["the-access-token-itself"]).says(&["✓ ath", "✓ htm", "✓ htu", "✓ iat", &thumbprint]);
    // Without the request, the rest is checked.
    let header = format!("DPoP: {proof}");
    run(&[], "", &header).await.well().says(&["· htm", "· htu", "· ath", "✓ the signature"]);

    run(&request, "another-token", &proof).await.code(1).says(&["✗ ath", "not for this access token"]);
    run(&["--method", "GET"], "", &proof).await.code(1).says(&["✗ htm", "· htu"]);
    run(&["--url", "https://api.example/other"], "", &proof).await.code(1).says(&["✗ htu"]);
    let late = (NOW + 61).to_string();
    let late = ["inspect", "--now", &late];
    oauth(&place, &late).input(&proof).end().await.code(1).says(&["✗ iat", "too old"]);
    // A key that should be public and is not.
    let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": { "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "aHVudGVyMg" } });
    let encode = |value: &Value| oauth_sansio::base64url::encode(value.to_string().as_bytes());
    let given_away = format!("{}.{}.AAAA", encode(&header), encode(&json!({ "jti": "a" })));
    let ran = run(&[], "", &given_away).await.code(1).hides(&["aHVudGVyMg"]);
    ran.says(&["✗ the algorithm, and a public key", "the key is not only public"]);
    let (head, tail) = proof.split_at(proof.len() - 4);
    let forged = format!("{head}{}", if tail == "AAAA" { "BBBB" } else { "AAAA" });
    run(&[], "", &forged).await.code(1).says(&["✗ the signature", "· jti"]);
}

#[tokio::test]
async fn documents_are_known_by_their_members_and_checked() {
    let place = Place::new();
    let server = json!({
        "issuer": "https://as.example",
        "authorization_endpoint": "https://as.example/a",
        "token_endpoint": "https://as.example/t",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    });
    let text = server.to_string();
    inspect(&place, &text, &["--issuer", "https://as.example"]).await.well().says(&["✓ PKCE with S256"]);
    let ran = inspect(&place, &text, &["--issuer", "https://as.example/"]).await.code(1);
    ran.says(&["the document is of another issuer"]);
    let mut plain = server.clone();
    plain["token_endpoint"] = json!("http://as.example/t");
    inspect(&place, &plain.to_string(), &[]).await.code(1).says(&["`token_endpoint`: it does not use https"]);
    let twice = text.replacen("{\"", "{\"issuer\":\"https://x.example\",\"", 1);
    inspect(&place, &twice, &[]).await.code(1).says(&["✗ one JSON object"]);

    let api = json!({
        "resource": "https://api.example", "authorization_servers": ["https://as.example"], "scopes_supported": ["a"],
        "bearer_methods_supported": ["header"],
    });
    inspect(&place, &api.to_string(), &["--resource", "https://api.example"]).await.well();
    inspect(&place, &api.to_string(), &["--resource", "https://x.example"]).await.code(1);
    let mut odd = api.clone();
    odd["bearer_methods_supported"] = json!(["cookie"]);
    inspect(&place, &odd.to_string(), &[]).await.code(1).says(&["`cookie` is no method"]);
}

#[tokio::test]
async fn the_description_of_a_client_is_checked_as_servers_do() {
    let place = Place::new();
    let id = "https://app.example/client.json";
    let client = json!({
        "client_id": id, "client_name": "Prints", "client_uri": "https://app.example",
        "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none",
    });
    inspect(&place, &client.to_string(), &["--client-id", id])
        .await
        .well()
        .says(&["✓ servers can believe it"]);
    let ran = inspect(&place, &client.to_string(), &["--client-id", "https://app.example/x"]).await.code(1);
    ran.says(&["✗ client_id is the address of the document"]);
    for (name, value, said) in [
        ("client_secret", json!("hunter2hunter2"), "everybody can read"),
        ("token_endpoint_auth_method", json!("client_secret_basic"), "`token_endpoint_auth_method`"),
        ("redirect_uris", json!(["http://app.example/cb"]), "the redirect URI cannot be used"),
        ("client_name", json!(7), "✗ one JSON object"),
    ] {
        let mut client = client.clone();
        client[name] = value;
        let ran = inspect(&place, &client.to_string(), &["--client-id", id]).await.code(1);
        ran.hides(&["hunter2"]).says(&[said]);
    }
}

#[tokio::test]
async fn a_challenge_is_read_and_what_helps_is_told() {
    let place = Place::new();
    let metadata = "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\"";
    let challenge =
        format!("WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"photos\", {metadata}");
    let ran = inspect(&place, &challenge, &[]).await.well();
    ran.says(&["a token with the scope photos: ask the person for more", "✓ Bearer: scope"]);
    let answer =
        "HTTP/1.1 401 Unauthorized\r\nDPoP-Nonce: abc\r\nWWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\n";
    inspect(&place, answer, &[]).await.well().says(&["has the nonce of this answer"]);

    let wrong = format!("HTTP/1.1 200 OK\nWWW-Authenticate: Bearer error=\"invalid_token\", {metadata}");
    inspect(&place, &wrong, &[]).await.code(1).says(&["200 OK in the place of 401"]);
    let plain = "Bearer resource_metadata=\"http://api.example/x\"";
    inspect(&place, plain, &[]).await.code(1).says(&["it is not https"]);
    inspect(&place, "Bearer realm=\"a\", realm=\"b\"", &[]).await.code(1).says(&["✗ the grammar"]);
    inspect(&place, "what is this", &[]).await.code(1).says(&["--kind says what it should be"]);
}

//! Where people log in.

use std::{sync::Arc, time::Duration};

use http::Response;
use oauth_sansio::{Exchange as _, Progress, Secret};
use oauth2_core::{
    client::{
        CallbackError, Client, ClientAuthentication, Config, ErrorCode,
        profile::{self, SignedSecret, Site},
    },
    jose::{self, Algorithm, Jws, LocalSigner},
};
use serde_json::{Value, json};

use super::*;
use crate::common::*;

#[test]
fn google_as_published() {
    let client = client_of(&profile::GOOGLE, None);
    let (url, request, _) =
        dance(&client, "https://www.googleapis.com/auth/drive", "&iss=https%3A%2F%2Faccounts.google.com");
    assert!(url.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?response_type=code"));
    assert_eq!(parameter(&url, "access_type").as_deref(), Some("offline"));
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("consent"));
    assert!(parameter(&url, "code_challenge").is_some() && body(&request).contains("&code_verifier="));
    assert!(body(&request).ends_with("&client_id=client_id&client_secret=client+secret"));
    let tokens = granted(
        &client,
        "https://www.googleapis.com/auth/drive.metadata.readonly",
        r#"{"access_token": "1/fFAGRNJru1FTz70BzhT3Zg", "expires_in": 3920, "token_type": "Bearer",
            "scope": "https://www.googleapis.com/auth/drive.metadata.readonly",
            "refresh_token": "1//xEoDL4iW3cxlI7yDbSRFYNG01kVKM2C-259HOF2aQbI"}"#,
    );
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(3920)));
    assert!(tokens.refresh_token.is_some() && tokens.refused_scope.is_empty());
    // Who answers in Google's name is refused, though the parameter is not required.
    let pending = start(&client);
    let query = format!("code=c&state={}&iss=https%3A%2F%2Fevil.example", pending.state().expose());
    let failed = pending.callback_query(&client, &query, NOW).unwrap_err();
    assert_eq!(flaw(failed).0, CallbackError::IssMismatch);
}

#[test]
fn google_tells_devices_an_address_under_another_name() {
    let client = client_of(&profile::GOOGLE, None);
    let mut request = client.device(&"email".parse().unwrap()).unwrap();
    let sent = request.request(moment(1)).unwrap().request;
    assert_eq!(sent.uri(), "https://oauth2.googleapis.com/device/code");
    let body = r#"{"device_code": "4/4-GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8", "user_code": "GQVQ-JKEC",
        "verification_url": "https://www.google.com/device", "expires_in": 1800, "interval": 5}"#;
    let Progress::Done(codes) = request.response(reply(200, body), moment(2)).unwrap() else { panic!() };
    assert_eq!(codes.verification_uri.as_str(), "https://www.google.com/device");
}

#[test]
fn entra_as_published() {
    let client = client_of(&profile::ENTRA, Some(Site::Tenant("contoso.onmicrosoft.com")));
    let (url, request, _) = dance(&client, "User.Read", "");
    assert!(
        url.as_str()
            .starts_with("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize?")
    );
    assert_eq!(parameter(&url, "scope").as_deref(), Some("User.Read offline_access"));
    assert_eq!(request.uri().path(), "/contoso.onmicrosoft.com/oauth2/v2.0/token");
    let tokens = granted(
        &client,
        "User.Read",
        r#"{"token_type":"Bearer","scope":"User.Read profile openid email","expires_in":3599,"ext_expires_in":3599,
            "access_token":"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9","refresh_token":"AwABAAAAvPM1KaPlrEqdFSBzjqfTGAMxZGUT"}"#,
    );
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(3599)));
    let refusal = refused(
        &client,
        400,
        r#"{"error":"invalid_scope","error_description":"AADSTS70011: The provided value for the input parameter 'scope' isn't valid. The scope https://example.contoso.com/activity.read isn't valid.\r\nTrace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333\r\nCorrelation ID: aaaa0000-bb11-2222-33cc-444444dddddd\r\nTimestamp: 2016-01-09 02:02:12Z","error_codes":[70011],"timestamp":"2016-01-09 02:02:12Z"}"#,
    );
    assert_eq!(refusal.code, ErrorCode::InvalidScope);
    assert!(said(&refusal).1.unwrap().contains("isn't valid.  Trace ID: 0000aaaa"));
}

#[test]
fn apple_as_published() {
    let key = Arc::new(LocalSigner::generate(Algorithm::Es256, "ABC123DEFG").unwrap());
    let mut config = Config::new(profile::APPLE.server().unwrap(), "com.mytest.app");
    config.authentication = ClientAuthentication::SignedSecret(SignedSecret::new("DEF123GHIJ", key.clone()));
    config.redirect_uri = Some(CALLBACK.into());
    for refused in ["https://127.0.0.1/callback", "http://localhost/callback", "https://localhost/callback"] {
        let config = Config { redirect_uri: Some(refused.into()), ..config.clone() };
        assert!(Client::new(config).is_err(), "{refused}");
    }
    assert!(!format!("{config:?}").contains("DEF123GHIJ"));
    let client = Client::new(config).unwrap();
    let (url, request, exchange) =
        dance(&client, "name email", "&user=%7B%22email%22%3A%22ann%40example.com%22%7D");
    assert_eq!(parameter(&url, "response_mode").as_deref(), Some("form_post"));
    assert_eq!(request.uri(), "https://appleid.apple.com/auth/token");
    let (_, secret) = body(&request).split_once("&client_id=com.mytest.app&client_secret=").unwrap();
    let signed = Jws::parse(secret, &jose::Limits::default()).unwrap();
    assert_eq!(signed.header().key_id(), Some("ABC123DEFG"));
    let claims = signed.verify(&key.public().unwrap().verifying_key(Algorithm::Es256).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(claims).unwrap();
    let now = NOW.as_unix();
    assert_eq!(
        claims,
        json!({ "iss": "DEF123GHIJ", "iat": now, "exp": now + 300, "aud": "https://appleid.apple.com",
            "sub": "com.mytest.app" })
    );
    let tokens = answer(
        exchange,
        reply(
            200,
            r#"{"access_token":"adg61...67Or9","token_type":"Bearer","expires_in":3600,
                "refresh_token":"rca7...lABoQ","id_token":"eyJra...96sZg"}"#,
        ),
    );
    assert_eq!(tokens.unwrap().extra["id_token"], "eyJra...96sZg");
    assert_eq!(said(&refused(&client, 400, r#"{"error":"invalid_client"}"#)), ("invalid_client", None));
    assert_eq!(denied(&client, "user_cancelled_authorize"), ErrorCode::AccessDenied);
}

#[test]
fn facebook_as_published() {
    let client = client_of(&profile::FACEBOOK, None);
    let (url, request, _) = dance(&client, "email public_profile", "");
    assert_eq!(parameter(&url, "scope").as_deref(), Some("email,public_profile"));
    assert_eq!(request.uri(), "https://graph.facebook.com/oauth/access_token");
    let tokens =
        granted(&client, "email", r#"{"access_token":"EAAB","token_type":"bearer","expires_in":5183944}"#);
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(5_183_944)));
    for (body, code, text) in [
        (
            r#"{"error":{"message":"Error validating application. Invalid application ID.","type":"OAuthException","code":101}}"#,
            "invalid_client",
            "Error validating application. Invalid application ID.",
        ),
        (
            r#"{"error":{"message":"Invalid verification code format.","type":"OAuthException","code":100}}"#,
            "100",
            "Invalid verification code format.",
        ),
        (
            r#"{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100,"error_subcode":36009,"fbtrace_id":"AHtohT4VFYAhX-Ii6g-6xL7"}}"#,
            "invalid_grant",
            "This authorization code has been used.",
        ),
    ] {
        assert_eq!(said(&refused(&client, 400, body)), (code, Some(text)));
    }
    // Of old: a form without a type. Its `expires` is not what ends a token here.
    let old = Response::builder()
        .header("content-type", "application/x-www-form-urlencoded")
        .body("access_token=USER_ACCESS_TOKEN&expires=5180976".into());
    let tokens = answer(client.refresh(&Secret::new("r")), old.unwrap()).unwrap();
    assert_eq!(
        (tokens.access_token.expose(), tokens.token_type.as_deref()),
        ("USER_ACCESS_TOKEN", Some("Bearer"))
    );
}

#[test]
fn linkedin_as_published() {
    let client = client_of(&profile::LINKEDIN, None);
    let (url, request, _) = dance(&client, "openid profile", "");
    assert_eq!(parameter(&url, "code_challenge"), None);
    assert_eq!(parameter(&url, "code_challenge_method"), None);
    assert!(!body(&request).contains("code_verifier"));
    assert!(body(&request).ends_with("&client_id=client_id&client_secret=client+secret"));
    let tokens = granted(
        &client,
        "",
        r#"{"access_token":"AQXNnd2kXITHELmWblJigbHEuoFdfRhOwGA0QNnumBI8X","expires_in":86400,
            "refresh_token":"AQWAft_WjYZKwuWXLC5hQlghgTam-tuT8CvFej9-XxGyqeER_7jTr8","refresh_token_expires_in":525600}"#,
    );
    assert_eq!(
        (tokens.token_type.as_deref(), ends_in(&tokens)),
        (Some("Bearer"), Some(Duration::from_secs(86_400)))
    );
    let refusal = refused(
        &client,
        400,
        r#"{"error":"invalid_request","error_description":"Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists"}"#,
    );
    assert_eq!(refusal.code, ErrorCode::InvalidRequest);
    assert_eq!(denied(&client, "user_cancelled_login"), ErrorCode::AccessDenied);
    assert_eq!(
        denied(&client, "unauthorized_scope_error"),
        ErrorCode::Other("unauthorized_scope_error".into())
    );
    let mut asked = client.introspect(&Secret::new("t")).unwrap();
    let sent = asked.request(moment(3)).unwrap().request;
    assert_eq!(body(&sent), "token=t&client_id=client_id&client_secret=client+secret");
    let told = r#"{"active":true,"client_id":"xxxxxxxx","authorized_at":1493055596,"created_at":1493055596,
        "status":"active","expires_at":1497497620,"scope":"r_liteprofile,r_emailaddress,w_member_social","auth_type":"3L"}"#;
    let Progress::Done(told) = asked.response(reply(200, told), moment(4)).unwrap() else { panic!() };
    assert!(told.active);
}

#[test]
fn x_as_published() {
    let client = client_of(&profile::X, None);
    let (url, request, _) = dance(&client, "tweet.read users.read", "");
    assert_eq!(parameter(&url, "scope").as_deref(), Some("tweet.read users.read offline.access"));
    assert!(parameter(&url, "code_challenge").is_some());
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let tokens = granted(
        &client,
        "tweet.read users.read",
        r#"{"token_type":"bearer","expires_in":7200,"access_token":"MFpJRmFlbGJTZHVDdkNIbDN4WURTYTFiUmZtRV9HckdsUmlmd1ZxVjRvWHVUOjE2ODY1NDIwMjM5MTk6MTowOmF0OjE",
            "scope":"tweet.read users.read offline.access",
            "refresh_token":"bWRWa3gzdnk3WHRGU1o0bmRRcTJ5VUxWX1lZTDdJSUtmaWcxbTVxdEFXcW5tOjE2MjIxNDc3NDM5MTQ6MToxOnJ0OjE"}"#,
    );
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(7200)));
    let captured = r#"{"error":"invalid_request","error_description":"Value passed for the authorization code was invalid."}"#;
    assert_eq!(refused(&client, 400, captured).code, ErrorCode::InvalidRequest);
    // Its own example of a Basic header.
    let config = profile::X.config("Aladdin", "open sesame").unwrap();
    let client = Client::new(Config { redirect_uri: Some(CALLBACK.into()), ..config }).unwrap();
    let request = dance(&client, "tweet.read", "").1;
    assert_eq!(header(&request, "authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

//! Where people play.

use bytes::Bytes;
use http::{Request, Response};
use oauth_sansio::{Exchange as _, Progress, Secret};
use oauth2_core::client::{
    CallbackError, Client, Config, Error,
    profile::{self},
};

use super::*;
use crate::common::*;

#[test]
fn reddit_as_published() {
    assert_eq!(profile::REDDIT.server().unwrap_err(), profile::ProfileError::Header);
    let client = client_of(&profile::REDDIT.with_header("user-agent", "linux:org.example.printer:v1"), None);
    let (url, request, _) = dance(&client, "identity read", "");
    assert_eq!(parameter(&url, "duration").as_deref(), Some("permanent"));
    assert_eq!(header(&request, "user-agent"), Some("linux:org.example.printer:v1"));
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let tokens = granted(
        &client,
        "identity read",
        r#"{"access_token": "Your access token", "token_type": "bearer", "expires_in": 3600, "scope": "identity,read",
            "refresh_token": "Your refresh token"}"#,
    );
    assert_eq!(tokens.scope, scopes("identity read"));
    let mut request = Request::get("https://oauth.reddit.com/api/v1/me").body(()).unwrap();
    client.authorize_api(&tokens, &mut request).unwrap();
    assert_eq!(request.headers()["user-agent"], "linux:org.example.printer:v1");
    assert_eq!(said(&refused(&client, 200, r#"{"error": "invalid_grant"}"#)), ("invalid_grant", None));
    let unknown = refused(&client, 401, r#"{"message": "Unauthorized", "error": 401}"#);
    assert_eq!(said(&unknown), ("invalid_client", Some("Unauthorized")));
    let given_back = client.revoke(&Secret::new("t")).unwrap();
    let answer = Response::builder().status(204).body(Bytes::new()).unwrap();
    assert!(matches!(given_back.response(answer, moment(3)), Ok(Progress::Done(()))));
}

#[test]
fn twitch_as_published() {
    let client = client_of(&profile::TWITCH, None);
    let tokens = granted(
        &client,
        "channel:moderate chat:edit chat:read",
        r#"{"access_token": "rfx2uswqe8l4g1mkagrvg5tv0ks3", "expires_in": 14124,
            "refresh_token": "5b93chm6hdve3mycz05zfzatkfdenfspp1h1ar2xxdalen01",
            "scope": ["channel:moderate", "chat:edit", "chat:read"], "token_type": "bearer"}"#,
    );
    assert_eq!(tokens.scope, scopes("channel:moderate chat:edit chat:read"));
    let mut request = Request::get("https://api.twitch.tv/helix/users").body(()).unwrap();
    client.authorize_api(&tokens, &mut request).unwrap();
    assert_eq!(request.headers()["client-id"], "client_id");
    let tokens = granted(
        &client,
        "channel:read:subscriptions",
        r#"{"access_token": "0123456789abcdefghijABCDEFGHIJ", "refresh_token": "eyJfaWQmNzMtNGCJ9%6VFV5LNrZFUj8oU231/3Aj",
            "expires_in": 5215742, "scope": "channel:read:subscriptions", "token_type": "bearer"}"#,
    );
    assert_eq!(tokens.scope, scopes("channel:read:subscriptions"));
    let dead = refused(&client, 400, r#"{"status":400,"message":"Invalid refresh token"}"#);
    assert_eq!(said(&dead), ("invalid_grant", Some("Invalid refresh token")));
    let sick = r#"{"status": 500, "message": "Missing column authorization_id from item map[]"}"#;
    assert!(Error::Refused(refused(&client, 500, sick)).is_transient());
}

#[test]
fn discord_as_published() {
    let client = client_of(&profile::DISCORD, None);
    let (_, request, exchange) = dance(&client, "identify", "&iss=https%3A%2F%2Fdiscord.com");
    assert_eq!(request.uri(), "https://discord.com/api/oauth2/token");
    assert_eq!(header(&request, "authorization"), Some(ENCODED));
    let tokens = answer(
        exchange,
        reply(
            200,
            r#"{"access_token": "6qrZcUqja7812RVdnEKjpzOL4CvHBFG", "token_type": "Bearer", "expires_in": 604800,
                "refresh_token": "D43f5y0ahjqew82jZ4NViEr2YafMKhue", "scope": "identify"}"#,
        ),
    );
    assert_eq!(tokens.unwrap().scope, scopes("identify"));
    let refusal = refused(
        &client,
        400,
        r#"{"error": "invalid_grant", "error_description": "Invalid \"code\" in request."}"#,
    );
    assert_eq!(said(&refusal), ("invalid_grant", Some("Invalid 'code' in request.")));
    // It says that it always names itself.
    let pending = start(&client);
    let failed = pending.clone().callback(&client, &callback_uri(&pending, ""), NOW).unwrap_err();
    assert_eq!(flaw(failed).0, CallbackError::MissingIss);
}

#[test]
fn spotify_as_published() {
    let config = profile::SPOTIFY.config("client_id", "client secret").unwrap();
    let with = |uri: &str| Client::new(Config { redirect_uri: Some(uri.into()), ..config.clone() });
    assert!(
        with("http://localhost:8000/callback").is_err() && with("http://127.0.0.1:8000/callback").is_ok()
    );
    let client = client_of(&profile::SPOTIFY, None);
    let (_, request, _) = dance(&client, "user-read-private user-read-email", "");
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let tokens = granted(
        &client,
        "user-read-private user-read-email",
        r#"{"access_token": "NgCXRK...MzYjw", "token_type": "Bearer", "scope": "user-read-private user-read-email",
            "expires_in": 3600, "refresh_token": "NgAagA...Um_SHo"}"#,
    );
    assert_eq!(tokens.scope, scopes("user-read-private user-read-email"));
    let refusal = refused(
        &client,
        400,
        r#"{"error":"invalid_grant","error_description":"Invalid authorization code"}"#,
    );
    assert_eq!(said(&refusal), ("invalid_grant", Some("Invalid authorization code")));
}

#[test]
fn fitbit_as_published() {
    let client = client_of(&profile::FITBIT, None);
    let (_, request, _) = dance(&client, "activity sleep", "");
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let tokens = granted(
        &client,
        "activity sleep",
        r#"{"access_token":"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE0MzAzNDM3MzUsInNjb3BlcyI6Indwcm8gd2xvYyB3bnV0IHdzbGUgd3NldCB3aHIgd3dlaSB3YWN0IHdzb2MiLCJzdWIiOiJBQkNERUYiLCJhdWQiOiJJSktMTU4iLCJpc3MiOiJGaXRiaXQiLCJ0eXAiOiJhY2Nlc3NfdG9rZW4iLCJpYXQiOjE0MzAzNDAxMzV9.z0VHrIEzjsBnjiNMBey6wtu26yHTnSWz_qlqoEpUlpc",
            "expires_in":28800,"refresh_token":"c643a63c072f0f05478e9d18b991db80ef6061e4f8e6c822d83fed53e5fafdd7",
            "scope":"activity sleep","token_type":"Bearer","user_id":"GGNJL9"}"#,
    );
    assert_eq!(tokens.extra["user_id"], "GGNJL9");
    let captured = r#"{"errors":[{"errorType":"invalid_grant","message":"Refresh token invalid: cb4c377e10fa9b5fa715d63bbd8925f2bc4d252f620c14018fbafd99ba6e8be4. Visit https://dev.fitbit.com/docs/oauth2 for more information on the Fitbit Web API authorization process."}],"success":false}"#;
    let refusal = refused(&client, 400, captured);
    assert!(!format!("{refusal:?} {refusal}").contains("cb4c377e"));
    assert!(Error::Refused(refusal).is_dead_grant());
}

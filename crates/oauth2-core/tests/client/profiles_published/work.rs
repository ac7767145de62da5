//! Where people work.

use std::time::Duration;

use http::Request;
use oauth_sansio::{Exchange as _, Progress, Secret};
use oauth2_core::{
    Scopes,
    client::{
        Error, ErrorCode,
        profile::{self, Site},
    },
};
use serde_json::{Value, json};

use super::*;
use crate::common::*;

#[test]
fn github_as_published() {
    let client = client_of(&profile::GITHUB, None);
    let (url, request, _) = dance(&client, "repo gist", "");
    assert_eq!(parameter(&url, "scope").as_deref(), Some("repo gist"));
    assert_eq!(request.uri(), "https://github.com/login/oauth/access_token");
    assert_eq!(header(&request, "accept"), Some("application/json"));
    let tokens = granted(
        &client,
        "repo gist",
        r#"{"access_token":"gho_16C7e42F292c6912E7710c838347Ae178B4a","scope":"repo,gist","token_type":"bearer"}"#,
    );
    assert_eq!((tokens.scope, tokens.refused_scope), (scopes("repo gist"), Scopes::none()));
    // Of a GitHub App: numbers are texts, and there are no scopes.
    let tokens = granted(
        &client,
        "",
        r#"{"access_token": "ghu_16C7e42F292c6912E7710c838347Ae178B4a", "expires_in": "28800",
            "refresh_token": "ghr_1B4a2e77838347a7E420ce178F2E7c6912E169246c34E1ccbF66C46812d16D5B1A9Dc86A1498",
            "refresh_token_expires_in": "15811200", "scope": "", "token_type": "bearer"}"#,
    );
    assert_eq!((ends_in(&tokens), tokens.scope), (Some(Duration::from_secs(28_800)), Some(Scopes::none())));
    assert_eq!(tokens.extra["refresh_token_expires_in"], "15811200");
    // Refusals come with 200.
    let refusal = refused(
        &client,
        200,
        r#"{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired.",
            "error_uri":"/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#bad-verification-code"}"#,
    );
    assert_eq!(said(&refusal), ("invalid_grant", Some("The code passed is incorrect or expired.")));
    assert!(Error::Refused(refusal).is_dead_grant());
    let refusal = refused(
        &client,
        200,
        r#"{"error":"incorrect_client_credentials",
            "error_description":"The client_id and/or client_secret passed are incorrect."}"#,
    );
    assert_eq!(refusal.code, ErrorCode::InvalidClient);
    let refusal = refused(
        &client,
        200,
        r#"{"error":"redirect_uri_mismatch",
            "error_description":"The redirect_uri MUST match the registered callback URL for this application."}"#,
    );
    assert_eq!(refusal.code, ErrorCode::Other("redirect_uri_mismatch".into()));
}

#[test]
fn github_tells_devices_to_wait_with_status_200() {
    let client = client_of(&profile::GITHUB, None);
    let request = client.device(&"repo".parse().unwrap()).unwrap();
    let body = r#"{"device_code": "3584d83530557fdd1f46af8289938c8ef79f9dc5", "user_code": "WDJB-MJHT",
        "verification_uri": "https://github.com/login/device", "expires_in": 900, "interval": 5}"#;
    let Progress::Done(codes) = request.response(reply(200, body), moment(2)).unwrap() else { panic!() };
    let mut poll = codes.poll(&client).unwrap();
    poll.request(moment(3)).unwrap();
    let wait = r#"{"error":"authorization_pending","error_description":"The authorization request is still pending."}"#;
    assert!(matches!(poll.response(reply(200, wait), moment(4)).unwrap(), Progress::Wait(..)));
}

const SLACK: &str = r#"{"ok": true, "access_token": "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy",
    "token_type": "bot", "scope": "commands,incoming-webhook", "bot_user_id": "U0KRQLJ9H", "app_id": "A0KRD7HC3",
    "team": {"name": "Slack Softball Team", "id": "T9TK3CUKW"}, "enterprise": {"name": "slack-sports", "id": "E12345678"},
    "authed_user": {"id": "U1234", "scope": "chat:write", "access_token": "xoxp-1234", "token_type": "user"}}"#;

#[test]
fn slack_as_published() {
    let client = client_of(&profile::SLACK, None);
    let (url, request, _) = dance(&client, "commands incoming-webhook", "");
    assert_eq!(parameter(&url, "scope").as_deref(), Some("commands,incoming-webhook"));
    assert_eq!(parameter(&url, "code_challenge"), None);
    assert!(!body(&request).contains("code_verifier"));
    assert_eq!(header(&request, "authorization"), Some(ENCODED));
    let tokens = granted(&client, "commands incoming-webhook", SLACK);
    assert_eq!(tokens.scope, scopes("commands incoming-webhook"));
    assert_eq!(tokens.token_type.as_deref(), Some("Bearer"));
    assert_eq!(tokens.extra["authed_user"]["access_token"], "xoxp-1234");
    let mut request = Request::get("https://slack.com/api/auth.test").body(()).unwrap();
    client.authorize_api(&tokens, &mut request).unwrap();
    let token = "Bearer xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy";
    assert_eq!(request.headers()["authorization"], token);
    // Refusals come with 200.
    let dead = refused(&client, 200, r#"{"ok":false,"error":"invalid_code"}"#);
    assert!(Error::Refused(dead).is_dead_grant());
    assert_eq!(
        refused(&client, 200, r#"{"ok":false,"error":"bad_client_secret"}"#).code,
        ErrorCode::InvalidClient
    );
    // What does not say that it is fine is not.
    let silent =
        answer(client.refresh(&Secret::new("r")), reply(200, r#"{"access_token":"a","token_type":"bot"}"#));
    assert!(silent.is_err());
}

#[test]
fn slack_gives_the_token_of_a_person_in_another_place() {
    let client = client_of(&profile::SLACK_USER, None);
    let (url, ..) = dance(&client, "chat:write users:read", "");
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("chat:write,users:read"));
    assert_eq!(parameter(&url, "scope"), None);
    let tokens = granted(&client, "chat:write users:read", SLACK);
    assert_eq!((tokens.access_token.expose(), &tokens.scope), ("xoxp-1234", &scopes("chat:write")));
    assert_eq!((tokens.token_type.as_deref(), tokens.refused_scope.as_str()), (Some("Bearer"), "users:read"));
    // The token of the bot is not taken for that of the person.
    let bot = r#"{"ok":true,"access_token":"xoxb-1","token_type":"bot","scope":"commands","authed_user":{"id":"U1"}}"#;
    assert!(answer(dance(&client, "chat:write", "").2, reply(200, bot)).is_err());
}

#[test]
fn salesforce_as_published() {
    let client = client_of(&profile::SALESFORCE, Some(Site::Host("test.salesforce.com")));
    let (url, request, _) = dance(&client, "api", "");
    assert_eq!(parameter(&url, "scope").as_deref(), Some("api refresh_token"));
    assert_eq!(request.uri(), "https://test.salesforce.com/services/oauth2/token");
    let tokens = granted(
        &client,
        "id api refresh_token",
        r#"{"id":"https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P","issued_at":"1278448384422",
            "instance_url":"https://yourInstance.salesforce.com/","signature":"SSSbLO/gBhmmyNUvN18ODBDFYHzakxOMgqYtu+hDPsc=",
            "access_token":"00Dx0000000BV7z!AR8AQP0jITN80ESEsj5EbaZTFG0RNBaT1cyWk7TrqoDjoNIWQ2ME_sTZzBjfmOE6zMHq6y8PIW4eWze9JksNEkWUl.Cju7m4",
            "token_type":"Bearer","scope":"id api refresh_token"}"#,
    );
    assert_eq!(
        (tokens.expires_at, &tokens.extra["instance_url"]),
        (None, &json!("https://yourInstance.salesforce.com/"))
    );
    let dead = refused(
        &client,
        400,
        r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#,
    );
    assert!(Error::Refused(dead).is_dead_grant());
}

#[test]
fn dropbox_as_published() {
    let client = client_of(&profile::DROPBOX, None);
    let (url, request, _) = dance(&client, "files.content.read", "");
    assert_eq!(parameter(&url, "token_access_type").as_deref(), Some("offline"));
    assert_eq!(request.uri(), "https://api.dropboxapi.com/oauth2/token");
    let tokens = granted(
        &client,
        "",
        r#"{"access_token": "sl.B2M8yVLTS_ojO3UsFs2tRlXxkFh50RLOkroi3SLCwcjA2xX58JY__GXKh9vPGnGcfDkkTJJYB1Wn9tFvj6cRs3w04TnfaBQnJiOfUb58UHexTCAdck9xNFIBAQjuAQKUtkoht66bvsu4oh6Wl6gQpvU",
            "token_type": "bearer", "expires_in": 14400}"#,
    );
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(14_400)));
    let captured =
        r#"{ "error": "invalid_grant", "error_description": "code doesn't exist or has expired" }"#;
    assert_eq!(
        said(&refused(&client, 400, captured)),
        ("invalid_grant", Some("code doesn't exist or has expired"))
    );
}

#[test]
fn zoom_as_published() {
    let client = client_of(&profile::ZOOM, None);
    let (_, request, _) = dance(&client, "user:read:admin", "");
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let tokens = granted(
        &client,
        "user:read:admin",
        r#"{"access_token":"eyJhbGciOiJIUzUxMiIsInYiOiIyLjAiLCJraWQiOiI8S0lEPiJ9","token_type":"bearer",
            "refresh_token":"eyJhbGciOiJIUzUxMiIsInYiOiIyLjAiLCJraWQiOiI8S0lEPiJ9","expires_in":3599,"scope":"user:read:admin"}"#,
    );
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(3599)));
    let dead = refused(&client, 400, r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#);
    assert_eq!(said(&dead), ("invalid_grant", Some("Invalid Token!")));
    let mut given_back = client.revoke(&Secret::new("t")).unwrap();
    assert_eq!(body(&given_back.request(moment(3)).unwrap().request), "token=t");
    assert!(given_back.response(reply(200, r#"{"status": "success"}"#), moment(4)).is_ok());
}

#[test]
fn notion_as_published() {
    let client = client_of(&profile::NOTION, None);
    let (url, request, exchange) = dance(&client, "", "");
    assert_eq!(parameter(&url, "owner").as_deref(), Some("user"));
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(header(&request, "notion-version"), Some("2022-06-28"));
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let sent: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        sent,
        json!({ "grant_type": "authorization_code", "code": "the-code", "redirect_uri": CALLBACK })
    );
    let tokens = answer(
        exchange,
        reply(
            200,
            r#"{"access_token": "secret_access_token", "token_type": "bearer", "refresh_token": null, "bot_id": "bot_123",
                "workspace_icon": null, "workspace_name": "Acme Workspace", "workspace_id": "workspace_123",
                "owner": {"type": "user", "user": {"type": "person"}}, "duplicated_template_id": null}"#,
        ),
    );
    let tokens = tokens.unwrap();
    assert_eq!((tokens.refresh_token.is_none(), &tokens.extra["workspace_icon"]), (true, &Value::Null));
    let captured =
        r#"{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}"#;
    assert_eq!(said(&refused(&client, 401, captured)), ("invalid_client", Some("API token is invalid.")));
    assert_eq!(refused(&client, 400, r#"{"error":"invalid_grant"}"#).code, ErrorCode::InvalidGrant);
}

#[test]
fn gitlab_as_published() {
    let client = client_of(&profile::GITLAB, Some(Site::Host("gitlab.example.com")));
    let (_, request, _) = dance(&client, "api", "");
    assert_eq!(request.uri(), "https://gitlab.example.com/oauth/token");
    let tokens = granted(
        &client,
        "api",
        r#"{"access_token": "de6780bc506a0446309bd9362820ba8aed28aa506c71eedbe1c5c4f9dd350e54", "token_type": "bearer",
            "expires_in": 7200, "refresh_token": "8257e65c97202ed1726cf9571600918f3bffb2544b26e00a61df9897668c33a1",
            "created_at": 1607635748}"#,
    );
    assert_eq!(ends_in(&tokens), Some(Duration::from_secs(7200)));
    let doorkeeper = r#"{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}"#;
    assert!(Error::Refused(refused(&client, 400, doorkeeper)).is_dead_grant());
    assert_eq!(profile::GITLAB.server().unwrap().issuer(), "https://gitlab.com");
}

#[test]
fn atlassian_as_published() {
    let client = client_of(&profile::ATLASSIAN, None);
    let (url, ..) = dance(&client, "read:jira-work", "");
    assert_eq!(parameter(&url, "audience").as_deref(), Some("api.atlassian.com"));
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("consent"));
    assert_eq!(parameter(&url, "scope").as_deref(), Some("read:jira-work offline_access"));
    let mut exchange = client.refresh(&Secret::new("YOUR_REFRESH_TOKEN"));
    let request = exchange.request(moment(3)).unwrap().request;
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    let sent: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        sent,
        json!({ "grant_type": "refresh_token", "client_id": "client_id", "client_secret": "client secret",
            "refresh_token": "YOUR_REFRESH_TOKEN" })
    );
    let body = r#"{"access_token":"a","refresh_token":"b","expires_in":3600,"scope":"read:jira-work"}"#;
    let tokens = answer(exchange, reply(200, body)).unwrap();
    assert_eq!((tokens.token_type.as_deref(), tokens.refresh_token.unwrap().expose()), (Some("Bearer"), "b"));
    let captured = r#"{"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}"#;
    assert!(Error::Refused(refused(&client, 403, captured)).is_dead_grant());
}

//! An application changes from OAuth 1.0a to OAuth 2, at a provider that was set up by a file and the operator's commands.

use http::StatusCode;
use oauth_sansio::Secret;
use oauth1_core::client as client1;
use oauth2_core::client as client2;

use crate::application::{Application, CALLBACK, Trial};
use crate::running::admin_output;

impl Trial {
    /// The application as it was, and as it will be.
    fn application(&self) -> Application {
        let old = ["clients", "create", "oauth1", "--client-id", "printer", "--name", "Printer"];
        let old = self.admin(&[&old[..], &["--redirect-uri", CALLBACK]].concat());
        let new = ["clients", "create", "oauth2", "--client-id", "printer-2", "--name", "Printer"];
        let grants =
            ["--grant", "authorization_code", "--grant", "refresh_token", "--scope", "photos albums"];
        let new =
            self.admin(&[&new[..], &grants, &["--redirect-uri", "https://printer.example.com/"]].concat());
        let of = |client: &serde_json::Value| {
            let text = |name: &str| client[name].as_str().unwrap().to_owned();
            (text("client_id"), Secret::new(text("client_secret")))
        };
        let app = Application::of(&self.place, &self.running);
        Application { client1: of(&old), client2: of(&new), realm: Some("photos"), ..app }
    }
}

async fn trade(
    app: &Application,
    token: &client1::TokenCredentials,
    scope: &str,
) -> Result<client2::Tokens, String> {
    let trade = app.oauth2().await.migration(&scope.parse().unwrap());
    let done = app.http.run(app.oauth1().signing(trade, token)).await;
    done.map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_application_changes_over_by_settings_and_the_operators_word() {
    let provider = Trial::start("[oauth1.migration]");
    let app = provider.application();
    let token = app.token_credentials().await;
    let refused = trade(&app, &token, "photos").await.unwrap_err();
    assert!(refused.contains("unauthorized_client"), "nobody has said so: {refused}");

    let told = provider.admin(&["clients", "migrates-from", "printer-2", "printer"]);
    assert_eq!(told["migrates_from"], serde_json::json!(["printer"]));
    assert_eq!(provider.admin(&["clients", "show", "oauth2", "printer-2"]), told);
    // Another client, whose credentials are none of its business.
    let of = Application::of(&provider.place, &provider.running);
    let other = Application { client2: app.client2.clone(), realm: app.realm, ..of };
    let foreign = other.token_credentials().await;
    assert!(trade(&other, &foreign, "photos").await.unwrap_err().contains("invalid_grant"));

    let tokens = trade(&app, &token, "photos").await.unwrap();
    assert_eq!(tokens.scope.as_ref().unwrap().to_string(), "photos");
    // Whoever lost the answer gets the same once more, and nothing when it was of use.
    let again = trade(&app, &token, "photos").await.unwrap();
    assert_eq!(again.refresh_token, tokens.refresh_token);
    let refresh_token = tokens.refresh_token.unwrap();
    let renewed = app.http.run(app.oauth2().await.refresh(&refresh_token)).await.unwrap();
    assert_ne!(renewed.access_token, tokens.access_token);
    assert!(trade(&app, &token, "photos").await.unwrap_err().contains("invalid_grant"));

    // What it may trade moves with it.
    let exported = admin_output(&provider.place, provider.admin, &["export"]);
    let elsewhere = Trial::start("[oauth1.migration]");
    let lines = elsewhere.place.with("everything.jsonl", std::str::from_utf8(&exported.stdout).unwrap());
    elsewhere.admin(&["import", lines.to_str().unwrap()]);
    assert_eq!(elsewhere.admin(&["clients", "show", "oauth2", "printer-2"]), told);

    // And ends, when the operator says so.
    provider.admin(&["clients", "migrates-from", "printer-2"]);
    let token = app.token_credentials().await;
    assert!(trade(&app, &token, "photos").await.unwrap_err().contains("unauthorized_client"));
    let said = provider.running.stop().err;
    for secret in [&token.secret, &app.client1.1, &app.client2.1, &renewed.access_token] {
        assert!(!said.contains(secret.expose()));
    }
}

#[tokio::test]
async fn what_a_realm_opens_is_what_the_settings_say() {
    let provider = Trial::start("[oauth1.migration]\nrealms = { photos = [\"albums\"] }");
    let app = provider.application();
    provider.admin(&["clients", "migrates-from", "printer-2", "printer"]);
    let token = app.token_credentials().await;
    let wider = trade(&app, &token, "photos").await.unwrap_err();
    assert!(wider.contains("invalid_scope"), "{wider}");
    let tokens = trade(&app, &token, "albums").await.unwrap();
    assert_eq!(tokens.scope.unwrap().to_string(), "albums");
}

#[tokio::test]
async fn what_cannot_be_traded_is_said_to_the_operator() {
    let provider = Trial::start("[oauth1.migration]");
    provider.application();
    let unknown = provider.refuses(&["clients", "migrates-from", "printer-2", "plotter"]);
    assert!(unknown.contains("no client of OAuth 1"), "{unknown}");
    let machine =
        ["clients", "create", "oauth2", "--client-id", "m", "--name", "M", "--grant", "client_credentials"];
    provider.admin(&machine);
    let short = provider.refuses(&["clients", "migrates-from", "m", "printer"]);
    assert!(short.contains("refresh_token"), "{short}");

    let closed = Trial::start("");
    let app = closed.application();
    let off = closed.refuses(&["clients", "migrates-from", "printer-2", "printer"]);
    assert!(off.contains("oauth1.migration"), "{off}");
    let grants = app.get("/.well-known/oauth-authorization-server").await;
    assert!(!String::from_utf8_lossy(grants.body()).contains("migration"), "nor is it advertised");
    assert_eq!(grants.status(), StatusCode::OK);
}

//! What the operator reads.

use http::Method;

use crate::browser::By;
use crate::log::Log;
use crate::provider::SECRET;
use crate::stage::Stage;

#[tokio::test]
async fn l21_a_backend_logs_no_cookie_no_code_and_no_token() {
    let log = Log::of_this_process();
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    let back = browser.decide("/login?return_to=/this-place", "allow").await;
    let waiting = browser.clone();
    let login = waiting.cookies()[0];
    let handle_of_login = waiting.cookie(login).unwrap();
    // Somebody else brings it, then the right one, and then again.
    stage.browser().open(By::Other, &back).await;
    browser.open(By::Other, &back).await;
    browser.open(By::Other, &back).await;
    browser.json("/api/photos/that-photo").await;
    let first = stage.tokens(&browser).await.unwrap().tokens;
    stage.pass(700);
    browser.json("/api/photos/7").await;
    browser.script(Method::GET, "/api/photos/refused", "").await;
    let second = stage.tokens(&browser).await.unwrap().tokens;
    let handle = browser.cookie("__Host-backend-session").unwrap().to_owned();
    browser.script(Method::POST, "/logout", "").await;

    let text = log.text();
    assert!(text.contains("the browser has not begun this login") && text.contains("/api/photos/that-photo"));
    let of_back = |name: &str| back.query_pairs().find(|(other, _)| other == name).unwrap().1.into_owned();
    let (code, state) = (of_back("code"), of_back("state"));
    let mut secrets = vec![SECRET, handle_of_login, &handle, &code, &state];
    for tokens in [&first, &second] {
        secrets.push(tokens.access_token.expose());
        secrets.push(tokens.refresh_token.as_ref().unwrap().expose());
    }
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is logged");
    }
    let printed = format!("{:?} {:?}", stage.backend, stage.sessions);
    assert!(!printed.contains(SECRET));
}

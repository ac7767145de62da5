//! `oauth completions` and `oauth man`.

use crate::running::{Place, oauth};

#[tokio::test]
async fn shells_and_readers_get_the_command_line() {
    let place = Place::new();
    let ran = oauth(&place, &["completions", "bash"]).end().await.well();
    assert!(ran.out.contains("client-credentials") && ran.out.contains("--no-browser"));
    let ran = oauth(&place, &["man"]).end().await.well();
    assert!(ran.out.contains(".TH oauth 1") && ran.out.contains("oauth\\-login"), "{}", ran.out);
    let ran = oauth(&place, &["man", "login"]).end().await.well();
    assert!(ran.out.contains("no\\-browser"), "{}", ran.out);
    let ran = oauth(&place, &["man", "registration", "update"]).end().await.well();
    assert!(
        ran.out.contains("oauth\\-registration\\-update") && ran.out.contains("client\\-name"),
        "{}",
        ran.out
    );
    oauth(&place, &["man", "nothing"]).end().await.code(2).says(&["there is no command nothing"]);
}

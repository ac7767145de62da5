//! `openid-client` asks our authorization server for all that both can do.

use crate::oauth4webapi::{key, serve, told};

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_signs_pushes_proves_registers_and_polls_at_our_server() {
    let Some(peers) = crate::peers() else { return };
    let private = key();
    let told = told(&serve(&private).await, &private);
    let said =
        tokio::task::spawn_blocking(move || peers.node("openid_client_server.mjs", &told)).await.unwrap();
    let checked = said["checked"].as_array().unwrap();
    for what in [
        "signed request, pushed, with a proof",
        "nonce of the server",
        "signed answer",
        "refresh",
        "token exchange",
        "introspection",
        "revocation",
        "registration",
        "device",
    ] {
        assert!(checked.contains(&what.into()), "{what}: {said}");
    }
}

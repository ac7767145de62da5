//! A server of the Model Context Protocol with one tool, for whoever is granted access by an authorization server elsewhere:
//!
//! ```sh
//! cargo run -p oauth-hyper-server --example mcp_server -- https://as.example.com/ http://127.0.0.1:3000/mcp
//! ```
//!
//! The first argument is the issuer, whose metadata is fetched; the second is the address of this server, with the port 0 for
//! any that is free. It speaks the version of 2026-07-28, in which each request stands alone; the example of a client in
//! `oauth-hyper-client` speaks to it.
#![allow(clippy::print_stdout, reason = "an example")]

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Extension, Router, serve};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{Grant, Origins, Protect};
use oauth2_core::client::Discovery;
use oauth2_core::metadata::Transport;
use oauth2_core::resource::{Config, Signed, Verifier};
use serde_json::{Value, json};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// One message. Whoever gets here has shown a token for this server; what it opens is in the grant.
async fn message(Extension(grant): Extension<Grant>, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let result = match asked["method"].as_str() {
        Some("tools/list") => {
            json!({ "tools": [{ "name": "who_am_i", "inputSchema": { "type": "object" } }] })
        }
        Some("tools/call") if asked["params"]["name"] == "who_am_i" => {
            let who = grant.subject().unwrap_or("nobody in particular");
            json!({ "content": [{ "type": "text", "text": format!("{who}, by {}", grant.client_id()) }] })
        }
        _ => {
            let error = json!({ "code": -32601, "message": "there is no such method" });
            return answer(&json!({ "jsonrpc": "2.0", "id": asked["id"], "error": error }));
        }
    };
    answer(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result }))
}

fn answer(message: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], message.to_string()).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let (Some(issuer), Some(own)) = (arguments.next(), arguments.next()) else {
        return Err("the issuer and the address of this server are needed".into());
    };
    let mut own: url::Url = own.parse()?;
    let wanted = own.port_or_known_default().unwrap_or_default();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", wanted)).await?;
    let port = listener.local_addr()?.port();
    own.set_port(Some(port)).map_err(|()| "this server has no address")?;
    println!("listening on {own}");
    let transport = Transport::HttpsOrInsecureLoopback;
    let metadata = Http::new().run(Discovery::new(&issuer, transport)?).await?;
    // Tokens are for this server alone, the challenge says what is needed, and everybody is told whom it trusts.
    let mut config = Config::mcp(own.as_str(), [metadata.issuer.as_str()], "photos".parse()?);
    config.signed = vec![Signed::from_metadata(&metadata).ok_or("the server publishes no keys")?];
    config.transport = transport;
    if let Some(published) = &mut config.published {
        published.transport = transport;
    }
    let protect = Protect::alone().oauth2(Verifier::new(config)?);
    let router = Router::new()
        .route(own.path(), post(message).layer(protect.clone()))
        // Among all else is the place where the server says what it is.
        .fallback_service(any(|| async { StatusCode::NOT_FOUND }).layer(protect))
        // No page of another site speaks to a server on this machine.
        .layer(Origins::local(port));
    Ok(serve(listener, router).await?)
}

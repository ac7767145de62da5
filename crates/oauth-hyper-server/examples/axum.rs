//! An API in axum whose tokens come from an authorization server elsewhere.
//!
//! ```sh
//! cargo run -p oauth-hyper-server --example axum -- https://as.example.com/ http://127.0.0.1:3000
//! ```
//!
//! The first argument is the issuer, whose metadata is fetched; the second is the address of this API.
#![allow(clippy::print_stdout, reason = "an example")]

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, request::Parts};
use axum::routing::{any, get, post};
use axum::{Router, serve};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{Grant, Origins, Protect};
use oauth2_core::client::Discovery;
use oauth2_core::metadata::Transport;
use oauth2_core::resource::{Config, Dpop, Published, Signed, StepUp, Verifier};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The person whose data it is. A client that acts for itself has none, and gets 403.
struct User(String);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // Without the layer nothing is proven: better nothing than everything.
        let grant = parts.extensions.get::<Grant>().ok_or(StatusCode::UNAUTHORIZED)?;
        grant.subject().map(|subject| Self(subject.to_owned())).ok_or(StatusCode::FORBIDDEN)
    }
}

/// What the token opens, for what a handler decides itself.
struct Granted(Grant);

impl<S: Sync> FromRequestParts<S> for Granted {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Grant>().cloned().map(Self).ok_or(StatusCode::UNAUTHORIZED)
    }
}

async fn photos(User(name): User, Granted(grant): Granted) -> String {
    let may_print = if grant.allows("photos.print") { "and prints" } else { "and does not print" };
    format!("{} looks at the photos of {name} {may_print}\n", grant.client_id())
}

async fn remove(User(name): User) -> String {
    format!("the photos of {name} are gone\n")
}

/// The API: each route with what it needs.
fn api(protect: &Protect, verifier: &Verifier) -> Result<Router, Error> {
    // To remove something takes another scope, and a person who has logged in lately: the challenge says so.
    let lately = StepUp { max_age: Some(Duration::from_secs(300)), ..StepUp::default() };
    let careful = verifier.requiring("photos.write".parse()?).requiring_login(lately)?;
    Ok(Router::new()
        .route("/photos", get(photos).layer(protect.clone()))
        .route("/photos/remove", post(remove).layer(protect.clone().oauth2(careful)))
        // Among all else is the place where the API says what it is.
        .fallback_service(any(|| async { StatusCode::NOT_FOUND }).layer(protect.clone())))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let (Some(issuer), Some(own)) = (arguments.next(), arguments.next()) else {
        return Err("the issuer and the address of this API are needed".into());
    };
    let transport = Transport::HttpsOrInsecureLoopback;
    let metadata = Http::new().run(Discovery::new(&issuer, transport)?).await?;
    let verifier = Verifier::new(Config {
        identifier: Some(own.clone()),
        scopes: "photos.read".parse()?,
        signed: vec![Signed::from_metadata(&metadata).ok_or("the server publishes no keys")?],
        dpop: Some(Dpop::new(own.parse()?)),
        published: Some(Published {
            authorization_servers: vec![metadata.issuer],
            scopes: "photos.read photos.write photos.print".parse()?,
            transport,
            ..Published::default()
        }),
        transport,
        ..Config::default()
    })?;
    let protect = Protect::alone().oauth2(verifier.clone());
    let port = own.parse::<url::Url>()?.port_or_known_default().unwrap_or(3000);
    let router = api(&protect, &verifier)?.layer(Origins::local(port));
    println!("listening on {own}");
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(serve(listener, router).await?)
}

//! The OAuth 2 dance (RFC 6749 as OAuth 2.1 has it), and what becomes of a stolen code.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::{Exchange as _, Outgoing};
use oauth2_core::client::{Client, ClientAuthentication, Config, Discovery, Server, Tokens};
use oauth2_core::metadata::Transport;

use super::api;
use super::stage::{CLIENT_ID, Stage};
use super::transcript::{Actor, Scene};
use super::wire::{Walk, Wire};

/// Performs it.
pub(super) async fn dance(stage: &mut Stage, wire: &mut Wire) -> anyhow::Result<()> {
    wire.transcript.act("OAuth 2");
    let issuer = stage.provider.as_str().trim_end_matches('/');
    let metadata = wire.run(&DISCOVERY, Discovery::new(issuer, Transport::HttpsOrInsecureLoopback)?).await?;
    let mut config =
        Config::new(Server::from_metadata(&metadata, Transport::HttpsOrInsecureLoopback)?, CLIENT_ID);
    config.authentication = ClientAuthentication::SecretBasic(stage.secret.clone());
    config.redirect_uri = Some(stage.callback.to_string());
    let client = Client::new(config)?;

    let (url, pending) = client.authorize().scope(api::SCOPE).start(Wire::moment()?)?;
    let back = wire.authorize(stage, &url, &WALK).await?;
    let mut exchange = pending.callback(&client, &back, Wire::moment()?.now())?;
    let stolen = exchange.request(Wire::moment()?)?;
    let tokens = wire.run(&TOKEN, exchange).await?;

    let photo = wire.expect(StatusCode::OK, &PHOTO, authorized(stage, &tokens)?).await?;
    ensure!(photo.windows(5).any(|window| window == b"\"ann\""), "the photo is not Ann's");
    let refresh_token = tokens.refresh_token.as_ref().context("there is no refresh token")?;
    let tokens = wire.run(&REFRESH, client.refresh(refresh_token)).await?;

    wire.transcript.act("OAuth 2, attacked");
    let refusal = wire.expect(StatusCode::BAD_REQUEST, &REPLAYED, stolen).await?;
    ensure!(refusal.windows(13).any(|window| window == b"invalid_grant"), "the replay has another error");
    wire.expect(StatusCode::UNAUTHORIZED, &REVOKED, authorized(stage, &tokens)?).await?;
    Ok(())
}

fn authorized(stage: &Stage, tokens: &Tokens) -> anyhow::Result<Outgoing> {
    let mut url = stage.api.join("/photos")?;
    url.query_pairs_mut().append_pair("file", "vacation.jpg");
    let mut request = Request::get(url.as_str()).body(Bytes::new())?;
    tokens.authorize(&mut request)?;
    Ok(Outgoing::repeatable(request))
}

const DISCOVERY: Scene = Scene {
    title: "The application reads what the provider says of itself",
    standard: "RFC 8414 section 3",
    from: Actor::Application,
    to: Actor::Provider,
    checked: &["by the application: the issuer is the one it asked for, and S256 is supported"],
};

const WALK: Walk = Walk {
    sent: Scene {
        title: "The application sends the person to the provider",
        standard: "RFC 6749 section 4.1.1, RFC 7636 section 4.3",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &[
            "first of all redirect_uri, byte for byte one that the application registered",
            "client_id, response_type, scope, and an S256 code_challenge",
        ],
    },
    login_page: Scene {
        title: "The provider asks who it is",
        standard: "RFC 6749 section 3.1",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the browser: the one that began"],
    },
    logged_in: Scene {
        title: "The person logs in",
        standard: "RFC 6749 section 3.1",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the password, against its Argon2id hash"],
    },
    consent_page: Scene {
        title: "The provider asks whether the application may",
        standard: "RFC 6749 section 4.1.1",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &[],
    },
    allowed: Scene {
        title: "The person allows it",
        standard: "RFC 6749 section 4.1.2",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the decision: the first one for this request"],
    },
    back: Scene {
        title: "The provider sends the person back with a code",
        standard: "RFC 6749 section 4.1.2, RFC 9207 section 2",
        from: Actor::Browser,
        to: Actor::Application,
        checked: &["by the application: state is the one it made, iss is the provider it asked"],
    },
};

const TOKEN: Scene = Scene {
    title: "The application trades code and verifier for tokens",
    standard: "RFC 6749 section 4.1.3, RFC 7636 section 4.5",
    from: Actor::Application,
    to: Actor::Provider,
    checked: &[
        "the application's secret",
        "the code: this application's, not expired, and spent with this answer",
        "the code_verifier, whose SHA-256 is the code_challenge",
    ],
};

const PHOTO: Scene = Scene {
    title: "The application sends the token to the API",
    standard: "RFC 6750 section 2.1",
    from: Actor::Application,
    to: Actor::Api,
    checked: &["the token: known by its digest, not expired, not revoked", "the scope that this API needs"],
};

const REFRESH: Scene = Scene {
    title: "The application trades the refresh token for new tokens",
    standard: "RFC 6749 section 6, RFC 9700 section 4.14",
    from: Actor::Application,
    to: Actor::Provider,
    checked: &[
        "the application's secret",
        "the refresh token: spent with this answer, and another one given",
    ],
};

const REPLAYED: Scene = Scene {
    title: "Somebody redeems the code a second time",
    standard: "RFC 6749 section 4.1.2",
    from: Actor::Application,
    to: Actor::Provider,
    checked: &["refused: the code is spent; all that grew from it is revoked"],
};

const REVOKED: Scene = Scene {
    title: "The tokens that grew from that code are dead",
    standard: "RFC 6750 section 3.1",
    from: Actor::Application,
    to: Actor::Api,
    checked: &["refused: the family of the token is revoked"],
};

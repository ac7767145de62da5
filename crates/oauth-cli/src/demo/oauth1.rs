//! The OAuth 1.0a dance (RFC 5849), and two attempts to cheat.

use anyhow::ensure;
use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::Outgoing;
use oauth1_core::client::{Callback, Client, Config, Provider, TokenCredentials};

use super::api;
use super::stage::{CLIENT_ID, Stage};
use super::transcript::{Actor, Scene};
use super::wire::{Walk, Wire};

/// Performs it.
pub(super) async fn dance(stage: &mut Stage, wire: &mut Wire) -> anyhow::Result<()> {
    wire.transcript.act("OAuth 1.0a");
    let client = client(stage)?;

    let exchange = client.temporary_credentials(Callback::Uri(stage.callback.clone()));
    let pending = wire.run(&TEMPORARY, exchange).await?;
    let back = wire.authorize(stage, &pending.authorization_url(&client), &WALK).await?;
    let token = wire.run(&TOKEN, pending.callback(&client, &back)?).await?;

    let signed = signed(stage, &client, &token, "vacation.jpg")?;
    let photo = wire.expect(StatusCode::OK, &PHOTO, Outgoing::once(signed.clone())).await?;
    ensure!(photo.windows(5).any(|window| window == b"\"ann\""), "the photo is not Ann's");

    wire.transcript.act("OAuth 1.0a, attacked");
    wire.expect(StatusCode::UNAUTHORIZED, &REPLAYED, Outgoing::once(signed)).await?;
    let mut tampered = self::signed(stage, &client, &token, "vacation.jpg")?;
    *tampered.uri_mut() = tampered.uri().to_string().replace("vacation", "passport").parse()?;
    wire.expect(StatusCode::UNAUTHORIZED, &TAMPERED, Outgoing::once(tampered)).await?;
    Ok(())
}

fn client(stage: &Stage) -> anyhow::Result<Client> {
    let url = |path| stage.provider.join(path);
    let mut provider =
        Provider::new(url("/oauth1/initiate")?, url("/oauth1/authorize")?, url("/oauth1/token")?);
    provider.realm = Some(api::SCOPE.into());
    let config = Config::new(CLIENT_ID, stage.secret.clone(), provider);
    Ok(Client::new(Config { allow_insecure_loopback: true, ..config })?)
}

fn signed(
    stage: &Stage,
    client: &Client,
    token: &TokenCredentials,
    file: &str,
) -> anyhow::Result<Request<Bytes>> {
    let mut url = stage.api.join("/photos")?;
    url.query_pairs_mut().append_pair("file", file).append_pair("size", "original");
    let mut request = Request::get(url.as_str()).body(Bytes::new())?;
    client.sign(&mut request, Some(token), Wire::moment()?)?;
    Ok(request)
}

const TEMPORARY: Scene = Scene {
    title: "The application asks for temporary credentials",
    standard: "RFC 5849 section 2.1",
    from: Actor::Application,
    to: Actor::Provider,
    checked: &[
        "the signature, under the application's secret; then its nonce is spent",
        "the timestamp, within five minutes of the provider's clock",
        "the callback, one that the application registered",
        "by the application: oauth_callback_confirmed is true",
    ],
};

const WALK: Walk = Walk {
    sent: Scene {
        title: "The application sends the person to the provider",
        standard: "RFC 5849 section 2.2",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the temporary credentials: known, not used, not expired"],
    },
    login_page: Scene {
        title: "The provider asks who it is",
        standard: "RFC 5849 section 2.2",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the browser: the one that began"],
    },
    logged_in: Scene {
        title: "The person logs in",
        standard: "RFC 5849 section 2.2",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the password, against its Argon2id hash"],
    },
    consent_page: Scene {
        title: "The provider asks whether the application may",
        standard: "RFC 5849 section 2.2",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &[],
    },
    allowed: Scene {
        title: "The person allows it",
        standard: "RFC 5849 section 2.2",
        from: Actor::Browser,
        to: Actor::Provider,
        checked: &["the decision: the first one for these temporary credentials"],
    },
    back: Scene {
        title: "The provider sends the person back with a verifier",
        standard: "RFC 5849 section 2.2",
        from: Actor::Browser,
        to: Actor::Application,
        checked: &["by the application: the token is the one it asked for"],
    },
};

const TOKEN: Scene = Scene {
    title: "The application trades token and verifier for token credentials",
    standard: "RFC 5849 section 2.3",
    from: Actor::Application,
    to: Actor::Provider,
    checked: &[
        "the signature, under both secrets; then its nonce is spent",
        "the verifier, the one that the person brought back",
        "the temporary credentials: this application's, and spent with this answer",
    ],
};

const PHOTO: Scene = Scene {
    title: "The application signs a request to the API",
    standard: "RFC 5849 section 3.1",
    from: Actor::Application,
    to: Actor::Api,
    checked: &[
        "the signature, over method, address and every parameter, under both secrets",
        "timestamp and nonce: in the window, and never seen together",
        "the token: this application's, not expired, not revoked",
    ],
};

const REPLAYED: Scene = Scene {
    title: "Somebody sends the same signed request again",
    standard: "RFC 5849 section 3.3",
    from: Actor::Application,
    to: Actor::Api,
    checked: &["refused: the nonce is spent"],
};

const TAMPERED: Scene = Scene {
    title: "Somebody changes a signed request on its way",
    standard: "RFC 5849 section 3.2",
    from: Actor::Application,
    to: Actor::Api,
    checked: &["refused: the signature does not cover this address; no nonce is spent"],
};

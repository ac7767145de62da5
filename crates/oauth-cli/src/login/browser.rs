//! A browser on this machine, which comes back to it (RFC 8252 section 7.3).

use anyhow::Context as _;
use oauth_hyper_client::{Loopback, LoopbackError};
use oauth2_core::client::{Pending, Tokens};
use serde_json::json;
use url::Url;

use super::{Options, plan::plan};
use crate::{
    remote::{Failure, Scene, Wire},
    store::{Profile, Profiles},
    tell,
};

const PUSH: Scene =
    Scene { title: "What is asked for goes to the server first", standard: "RFC 9126 section 2.1" };
const TOKEN: Scene =
    Scene { title: "Code and verifier for tokens", standard: "RFC 6749 section 4.1.3, RFC 7636 section 4.5" };

pub(super) async fn login(
    options: &Options,
    profiles: &Profiles,
    wire: &mut Wire,
) -> anyhow::Result<(String, Profile, Tokens)> {
    let loopback = match options.port {
        Some(port) => {
            Loopback::bind_to(port).await.with_context(|| format!("port {port} cannot be listened on"))?
        }
        None => Loopback::bind().await.context("nobody can listen on this machine")?,
    };
    let (name, profile) = plan(options, profiles, wire, Some(loopback.redirect_uri())).await?;
    let client = profile.client(Some(loopback.redirect_uri().to_owned()))?;
    let (url, pending) = begin(options, &profile, &client, wire).await?;
    show(options, &url);
    let back = loopback.finish(wire.client(), &client, pending, options.patience()).await;
    let exchange = back.map_err(|error| match error {
        LoopbackError::Refused(error) => Failure::from(error),
        LoopbackError::TimedOut(_) => Failure::caller(error.to_string())
            .next("begin again; --timeout waits longer, and --device needs no browser on this machine"),
        LoopbackError::Io(_) | LoopbackError::NoEntropy(_) => Failure::caller(error.to_string()),
    })?;
    let tokens = wire.run(TOKEN, exchange).await?;
    Ok((name, profile, tokens))
}

/// The address for the browser, and what its answer is compared with. PKCE is in it always.
async fn begin(
    options: &Options,
    profile: &Profile,
    client: &oauth2_core::client::Client,
    wire: &mut Wire,
) -> anyhow::Result<(Url, Pending)> {
    let mut request = client.authorize().scope(profile.scope.as_str());
    for resource in &profile.resources {
        request = request.resource(resource);
    }
    for parameter in &options.parameter {
        let (name, value) = parameter.split_once('=').context("a parameter has no equals sign")?;
        request = request.extra(name, value);
    }
    let wants_push = profile.server.metadata.require_pushed_authorization_requests == Some(true);
    match options.par || wants_push {
        true => Ok(wire.run(PUSH, request.push(Wire::moment()?).map_err(Failure::from)?).await?),
        false => Ok(request.start(Wire::moment()?).map_err(Failure::from)?),
    }
}

/// The address holds no secret: the verifier stays here, and `state` is known to the browser.
fn show(options: &Options, url: &Url) {
    if options.output.json {
        tell::say(&format!("{}\n", json!({ "authorization_url": url.as_str() })));
    } else {
        anstream::eprintln!("Open this address to log in:\n\n  {url}\n");
    }
    // An address of any other scheme would start any other program.
    if options.no_browser || !matches!(url.scheme(), "https" | "http") {
        return;
    }
    let url = url.clone();
    // Some browsers come back from it only when they are closed.
    drop(tokio::task::spawn_blocking(move || {
        if webbrowser::open(url.as_str()).is_err() {
            anstream::eprintln!("No browser could be opened; open the address by hand.");
        }
    }));
}

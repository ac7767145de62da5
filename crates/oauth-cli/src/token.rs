//! `oauth token`: a fresh access token of a login.

use std::process::ExitCode;

use anyhow::Context as _;
use http::Request;
use oauth_hyper_client::{Locked, TokenStore as _};
use oauth2_core::client::{Keeper, Kept, Turn};
use serde_json::json;

use crate::{
    remote::{Failure, Output, Scene, TlsOptions, Wire, to_json},
    store::{Profiles, StoreOptions, Way},
    tell::{self, printable},
    tell_error,
};

/// Of which login, and in what form.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOptions,
    /// Print the whole `Authorization` header; for a token that is bound to a key, with a proof for --method and --url.
    #[arg(long)]
    header: bool,
    /// The HTTP method of the request that the proof is for.
    #[arg(long, value_name = "METHOD", default_value = "GET", requires = "header")]
    method: String,
    /// The address of that request.
    #[arg(long, value_name = "URL", requires = "header")]
    url: Option<String>,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

const RENEW: Scene = Scene { title: "The refresh token for new tokens", standard: "RFC 6749 section 6" };
const ASK_AGAIN: Scene = Scene { title: "The client asks once more", standard: "RFC 6749 section 4.4.3" };

pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut wire = Wire::new(options.output, &options.tls)?;
    let profiles = Profiles::open(&options.store)?;
    let name = profiles.name(&options.store)?;
    // Whoever else wants one of this login waits here, and finds it renewed.
    let mut locked = profiles.tokens().lock(&name).await?;
    let profile = profiles.load(&name)?;
    profile.server.guard(&mut wire);
    let keeper = profile.keeper()?;
    let Fresh { kept, unsaved } = fresh(&keeper, &mut *locked, &mut wire, profile.way, &name).await?;
    drop(locked);
    if let Some(failure) = unsaved {
        tell_error(&failure.into(), options.output.json);
    }
    let lines = match options.header {
        true => headers(options, &keeper, &kept)?,
        false => Vec::new(),
    };
    tell::say(&match (options.output.json, options.header) {
        (true, _) => {
            let mut told = to_json(&kept.tokens, Wire::moment()?.now());
            if let Some(members) = told.as_object_mut() {
                // It is of no use to whoever calls the API.
                members.remove("refresh_token");
                members.insert("issuer".to_owned(), json!(kept.issuer));
                members.extend(lines.into_iter().map(|(name, value)| (name.to_lowercase(), json!(value))));
            }
            format!("{told}\n")
        }
        (false, true) => lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect(),
        (false, false) => format!("{}\n", printable(kept.tokens.access_token.expose())),
    });
    Ok(ExitCode::SUCCESS)
}

/// Tokens that are good now.
struct Fresh {
    kept: Kept,
    /// Why they are not stored: what brought them may be spent, so that whoever asked gets them all the same.
    unsaved: Option<Failure>,
}

impl From<Kept> for Fresh {
    fn from(kept: Kept) -> Self {
        Self { kept, unsaved: None }
    }
}

async fn fresh(
    keeper: &Keeper,
    locked: &mut dyn Locked,
    wire: &mut Wire,
    way: Way,
    name: &str,
) -> anyhow::Result<Fresh> {
    let stored = locked.load().await?;
    let now = Wire::moment()?.now();
    let renewal = match keeper.turn(stored.clone(), None, now) {
        Ok(Turn::Use(kept)) => return Ok(kept.into()),
        Ok(Turn::Renew(renewal)) => renewal,
        Err(error) => return Err(Failure::caller(error.to_string()).next(way.again(name)).into()),
    };
    let scene = if way == Way::ClientCredentials { ASK_AGAIN } else { RENEW };
    match wire.run(scene, renewal).await {
        Ok(save) => {
            let unsaved = locked.save(save.record()).await.err().map(|error| {
                let what = format!("the token is good, and what was renewed cannot be stored: {error}");
                let again = way.again(name);
                Failure::caller(what).next(format!("make room for it; if no other token comes then, {again}"))
            });
            Ok(Fresh { kept: save.saved(), unsaved })
        }
        Err(failure) if failure.is_dead_grant() => {
            // What is dead is not asked for again.
            locked.remove().await?;
            Err(failure.next(way.again(name)).into())
        }
        // One that ends soon is good until then.
        Err(failure) if failure.is_transient() && is_good(stored.as_ref(), now) => {
            anstream::eprintln!("note: not renewed ahead of time: {}", printable(&failure.to_string()));
            stored.map(Fresh::from).context("there are no tokens")
        }
        Err(failure) => Err(failure.into()),
    }
}

fn is_good(stored: Option<&Kept>, now: oauth_sansio::Timestamp) -> bool {
    stored.is_some_and(|kept| !kept.tokens.is_expired(now))
}

/// What a request has in its head to use the token.
fn headers(options: &Options, keeper: &Keeper, kept: &Kept) -> anyhow::Result<Vec<(&'static str, String)>> {
    let uri = match &options.url {
        Some(url) => url.as_str(),
        None if kept.tokens.is_bound_to_a_key() => {
            return Err(Failure::caller("the token is bound to a key, and each request needs a proof")
                .next("give --url, and --method where it is not GET")
                .into());
        }
        None => "/",
    };
    let request = Request::builder().method(options.method.as_str()).uri(uri).body(());
    let mut request = request.map_err(|_| Failure::caller("--method or --url cannot be used"))?;
    keeper.authorize(kept, &mut request, Wire::moment()?).map_err(Failure::from)?;
    let mut lines = Vec::new();
    for (shown, name) in [("Authorization", "authorization"), ("DPoP", "dpop")] {
        if let Some(value) = request.headers().get(name) {
            lines.push((shown, value.to_str()?.to_owned()));
        }
    }
    Ok(lines)
}

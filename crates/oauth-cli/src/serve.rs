//! `oauth serve`: a provider for both protocols.

mod traces;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use oauth_clock::SystemClock;
use oauth_provider::config::{Log, LogFormat, Settings};
use oauth_provider::{Demonstration, Serving};
use oauth_sansio::Secret;
use traces::Traces;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::tell::{FAINT, TITLE, line, say};

/// Which provider.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The file with the settings (TOML). Variables of the environment go before it: `OAUTH__STORE__PATH` is `path` in the
    /// table `store`. Without both, a provider to try things out with.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listens here instead.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Keeps its files in this folder instead.
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// Prints the settings as they are in effect, and ends.
    #[arg(long)]
    print_config: bool,
}

/// Serves until it is told to end.
pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let settings = options.settings()?;
    if options.print_config {
        say(&settings.to_toml());
        return Ok(ExitCode::SUCCESS);
    }
    let traces = Traces::to(&settings.traces)?;
    log(&settings.log, &traces)?;
    let end = signal()?;
    // What it says is whole: the causes are in it.
    let serving = Serving::start(settings, Arc::new(SystemClock)).await.map_err(anyhow::Error::msg)?;
    // Whoever starts it to try things out looks at it; elsewhere the output may be kept, and read by others.
    let link = match serving.demonstration() {
        Some(_) => serving.admin_link().await?,
        None => None,
    };
    say(&greeting(&serving, link.as_ref()));
    tracing::info!(address = %serving.address(), "serving");
    hang_up(serving.reload())?;
    serving.run(end).await;
    traces.end().await;
    tracing::info!("ended");
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// What the command line says goes before the environment.
    fn settings(&self) -> anyhow::Result<Settings> {
        let listen = self.listen.map(|address| ("OAUTH__LISTEN".to_owned(), address.to_string()));
        let data = self.data.clone().map(|folder| ("OAUTH__DATA".to_owned(), folder));
        let variables = std::env::vars_os();
        let readable =
            variables.filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        Ok(Settings::load(self.config.as_deref(), readable.chain(listen).chain(data))?)
    }
}

fn log(log: &Log, traces: &Traces) -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(level) => EnvFilter::try_new(level).context("RUST_LOG is no level")?,
        Err(_) => {
            EnvFilter::try_new(&log.level).context("`log.level` is no level; write \"info\" or \"debug\"")?
        }
    };
    let told = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let told = told.with_ansi(std::io::stderr().is_terminal());
    let told = match log.format {
        LogFormat::Text => told.boxed(),
        LogFormat::Json => told.json().boxed(),
    };
    tracing_subscriber::registry().with(told.with_filter(filter)).with(traces.layer()).init();
    Ok(())
}

/// What an operator's system sends to end a program, or a person by Ctrl-C.
#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without signals there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}

/// What an operator's system sends to have files read again.
#[cfg(unix)]
fn hang_up(reload: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            reload();
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn hang_up(_: impl Fn() + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// What is served, and what to try.
fn greeting(serving: &Serving, link: Option<&Secret>) -> String {
    let issuer = serving.issuer().map_or("", |issuer| issuer.as_str().trim_end_matches('/'));
    let mut out = line("issuer", issuer) + &line("listening on", &serving.address().to_string());
    if let Some(address) = serving.admin_address() {
        out += &line("operator", &format!("oauth admin --address http://{address} --help"));
    }
    if let Some(link) = link {
        out += &line("admin pages", &format!("{} (opens once, within ten minutes)", link.expose()));
    }
    if let Some(demonstration) = serving.demonstration() {
        let playground = serving.issuer().and_then(|issuer| issuer.join("/playground").ok());
        out += &line("playground", playground.as_ref().map_or("", |url| url.as_str()));
        out += &to_try(issuer, demonstration);
    }
    out
}

fn to_try(issuer: &str, demonstration: &Demonstration) -> String {
    let Demonstration { username, password, client_id, secret, kept_in, is_new } = demonstration;
    let mut out =
        line("person", username) + &line("client", &format!("{client_id} (OAuth 2 and OAuth 1.0a)"));
    // Once: whoever looks at the terminal later is somebody else.
    let (password, secret) = match is_new {
        true => (password.expose(), secret.expose()),
        false => ("as at the first start", "as at the first start"),
    };
    out += &(line("password", password) + &line("client secret", secret));
    if let Some(path) = kept_in {
        out += &line("kept in", &path.display().to_string());
    }
    out += &format!("\n{TITLE}to try{TITLE:#} {FAINT}with SECRET as above; Ctrl-C ends it{FAINT:#}\n");
    out += &format!(
        "  curl {issuer}/.well-known/oauth-authorization-server\n  \
         curl -u {client_id}:SECRET -d grant_type=client_credentials {issuer}/oauth2/token\n  \
         OAUTH_CLIENT_SECRET=SECRET oauth login --issuer {issuer} --client-id {client_id} --name demo\n"
    );
    out
}

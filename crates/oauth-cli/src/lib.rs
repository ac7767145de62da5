//! The `oauth` command.
//!
//! **What it is.** The workspace's binary. `oauth demo` performs the OAuth 1.0a dance and the OAuth 2 dance on
//! loopback, each step over a real socket, and tells what happens. `oauth sign` and `oauth verify` tell how an OAuth 1
//! request is signed, and what is wrong with one. All others are a client of OAuth 2 for the command line. It is a library as well, so that tests can set the same
//! [`Stage`](demo::Stage) and have others dance on it.
//!
//! **What it is not.** It holds no protocol: every step it shows is taken by the libraries that it demonstrates.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let stage = oauth_cli::demo::Stage::set(None).await?;
//! println!("a provider at {}, an API at {}", stage.provider, stage.api);
//! # Ok(()) }
//! ```

mod admin;
mod again;
mod check;
mod client_credentials;
mod credentials;
pub mod demo;
mod discover;
mod documents;
mod exchange;
mod inspect;
mod introspect;
mod login;
mod manual;
mod private_file;
mod register;
mod registration;
mod remote;
mod request;
mod revoke;
mod serve;
mod sign;
mod store;
mod tell;
mod times;
mod token;
mod verify;

/// The README's examples, compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Those of the server's document.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/oauth2-server.md")]
struct ServerDocument;

/// Those of the client's document.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/oauth2-client.md")]
struct ClientDocument;

/// Those of the protected API's document.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/resource-server.md")]
struct ResourceDocument;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// OAuth 1.0a and OAuth 2, on all sides.
#[derive(Parser)]
#[command(name = "oauth", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tells a provider that is running what its operator wants: clients, grants.
    Admin(Box<admin::Options>),
    /// Gets a token for the client itself, and prints it (RFC 6749 section 4.4).
    ClientCredentials(client_credentials::Options),
    /// Prints what makes a shell complete this command line.
    Completions(manual::CompletionOptions),
    /// Performs both dances on this machine and tells every step.
    Demo(demo::Options),
    /// Tells what a server or an API says of itself, and what is missing or odd. Exit status: 1 if a rule is broken.
    Discover(discover::Options),
    /// Trades a token for another one, and prints it (RFC 8693).
    Exchange(exchange::Options),
    /// Tells what a JWT, a proof, a document or a challenge says, and whether it holds. Exit status: 1 if it does not.
    Inspect(inspect::Options),
    /// Asks a server what a token is (RFC 7662). Exit status: 1 if it is not active.
    Introspect(introspect::Options),
    /// Has a person grant access, and keeps the tokens; once more under a name that is kept, with what was given then.
    Login(Box<login::Options>),
    /// Prints the manual page.
    Man(manual::ManOptions),
    /// Registers a client (RFC 7591).
    Register(register::Options),
    /// Looks after a registration that is kept (RFC 7592): shows, changes or deletes it.
    Registration(registration::Options),
    /// Gives a token back (RFC 7009), or all that a login has kept.
    Revoke(revoke::Options),
    /// Runs a provider for both protocols; without a file with settings, one to try things out with on this machine.
    Serve(serve::Options),
    /// Signs an OAuth 1 request and tells how: base string, form of the key, header.
    Sign(sign::Options),
    /// Prints a fresh access token of a login, renewed if need be.
    Token(token::Options),
    /// Tells which check an OAuth 1 request fails, and why. Exit status: 0 valid, 1 not, 2 if it cannot be told.
    Verify(verify::Options),
}

/// Does what the command line says, and tells how it went.
pub async fn main() -> ExitCode {
    let command = asked();
    // A provider's settings say how it tells its operator.
    if !matches!(command, Command::Serve(_)) {
        // `RUST_LOG=info` shows the operator's side: every refusal with its exact reason.
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
    let for_machines = command.is_for_machines();
    let (outcome, failure) = match command {
        Command::Admin(options) => (admin::run(&options).await, 1),
        Command::ClientCredentials(options) => (client_credentials::run(&options).await, 1),
        Command::Completions(options) => (manual::completions(&options, Arguments::command()), 1),
        Command::Demo(options) => (demo::run(options).await.map(|()| ExitCode::SUCCESS), 1),
        Command::Discover(options) => (discover::run(&options).await, 1),
        Command::Exchange(options) => (exchange::run(&options).await, 1),
        Command::Inspect(options) => (inspect::run(&options).await, 1),
        Command::Introspect(options) => (introspect::run(&options).await, 1),
        Command::Login(options) => (login::run(&options).await, 1),
        Command::Man(options) => (manual::man(&options, Arguments::command()), USAGE),
        Command::Register(options) => (register::run(&options).await, 1),
        Command::Registration(options) => (registration::run(&options).await, 1),
        Command::Revoke(options) => (revoke::run(&options).await, 1),
        Command::Serve(options) => (serve::run(&options).await, 1),
        Command::Sign(options) => (sign::run(&options), USAGE),
        Command::Token(options) => (token::run(&options).await, 1),
        Command::Verify(options) => (verify::run(&options), USAGE),
    };
    outcome.unwrap_or_else(|error| {
        tell_error(&error, for_machines);
        ExitCode::from(failure)
    })
}

/// What the command line asks for. One that makes no sense ends here.
fn asked() -> Command {
    let mut line = Arguments::command();
    let matches = line.get_matches_mut();
    let arguments = again::check(&mut line, &matches).and_then(|()| Arguments::from_arg_matches(&matches));
    arguments.unwrap_or_else(|error| error.format(&mut line).exit()).command
}

impl Command {
    /// Whether a client's command is asked to tell a machine; the others tell errors to people.
    const fn is_for_machines(&self) -> bool {
        let output = match self {
            Self::Admin(options) => &options.output,
            Self::ClientCredentials(options) => &options.output,
            Self::Discover(options) => &options.output,
            Self::Exchange(options) => &options.output,
            Self::Inspect(options) => &options.output,
            Self::Introspect(options) => &options.output,
            Self::Login(options) => &options.output,
            Self::Register(options) => &options.output,
            Self::Registration(options) => options.output(),
            Self::Revoke(options) => &options.output,
            Self::Token(options) => &options.output,
            Self::Completions(_)
            | Self::Demo(_)
            | Self::Man(_)
            | Self::Serve(_)
            | Self::Sign(_)
            | Self::Verify(_) => return false,
        };
        output.json
    }
}

/// What went wrong, who has to do something about it, and what. Some of it comes from a server.
fn tell_error(error: &anyhow::Error, for_machines: bool) {
    let advice = error.downcast_ref::<remote::Failure>().map(remote::Failure::advice).unwrap_or_default();
    let text = format!("{error:#}");
    if for_machines {
        let advice = advice.into_iter().map(|(name, text)| (name.to_owned(), text.into()));
        let told: serde_json::Map<_, _> =
            [("error".to_owned(), text.into())].into_iter().chain(advice).collect();
        anstream::eprintln!("{}", serde_json::Value::Object(told));
        return;
    }
    let (bad, faint) = (tell::BAD, tell::FAINT);
    anstream::eprintln!("{bad}error:{bad:#} {}", tell::printable(&text));
    for (name, text) in advice {
        anstream::eprintln!("{faint}{name}:{faint:#} {}", tell::printable(&text));
    }
}

/// What was asked makes no sense, as clap says it too.
const USAGE: u8 = 2;

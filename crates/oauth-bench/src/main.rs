//! What signing, verifying and issuing cost, each beside its limit in the same run.
//!
//! `cargo xtask bench` runs all groups; `cargo xtask bench oauth1` those whose name contains `oauth1`. Read the
//! ratios: the times are this machine's, at this moment.
#![allow(clippy::print_stdout, reason = "a report is printed")]

mod elsewhere;
mod endpoint;
mod harness;
mod hyper;
mod jwt;
mod load;
mod memory;
mod oauthlib;
mod oidc_provider;
mod peers;
mod sign;
mod verify;

use clap::Parser;

/// Measures; figures are CPU time, the lowest tenth percentile of interleaved rounds.
#[derive(Parser)]
struct Arguments {
    /// Only groups whose name contains this.
    #[arg(default_value = "")]
    group: String,
    /// How many rounds of each group.
    #[arg(long, default_value_t = 300)]
    rounds: usize,
}

fn main() -> anyhow::Result<()> {
    let Arguments { group, rounds } = Arguments::parse();
    let wanted = |name: &str| name.contains(&group);
    if wanted("oauth1-sign") {
        sign::run(rounds)?;
    }
    if wanted("oauth1-verify") {
        verify::run(rounds)?;
    }
    if wanted("oauth2-token-memory") {
        endpoint::run(rounds)?;
    }
    if wanted("oauth2-token-hyper") {
        hyper::run(rounds)?;
    }
    if wanted("oauth2-token-jwt") {
        jwt::run(rounds)?;
    }
    if wanted("oauth2-memory") {
        memory::run(rounds)?;
    }
    Ok(())
}

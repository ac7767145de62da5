//! What signing, verifying and issuing cost, each beside its limit in the same run.
//!
//! `cargo xtask bench` runs all groups; `cargo xtask bench oauth1` those whose name contains `oauth1`. Read the
//! ratios: the times are this machine's, at this moment.
#![allow(clippy::print_stdout, reason = "a report is printed")]

mod client;
mod durable;
mod endpoint;
mod harness;
mod jwt;
mod memory;
mod oauthlib;
mod one_pass;
mod resource;
mod sign;
mod start;
mod verify;

use clap::Parser as _;
use oauth_bench::Arguments;

fn main() -> anyhow::Result<()> {
    let Arguments { group, rounds } = Arguments::parse();
    let wanted = |name: &str| name.contains(&group);
    if wanted("oauth1-sign") {
        sign::run(rounds)?;
    }
    if wanted("oauth1-verify") {
        verify::run(rounds)?;
    }
    if wanted("oauth2-client") {
        client::run(rounds)?;
    }
    if wanted("oauth2-token-memory") {
        endpoint::run(rounds)?;
    }
    if wanted("oauth2-token-jwt") {
        jwt::run(rounds)?;
    }
    if wanted("oauth2-resource") {
        resource::run(rounds)?;
    }
    if wanted("oauth2-memory") {
        memory::run(rounds)?;
    }
    if wanted("oauth-store-sqlite") {
        durable::sqlite(rounds)?;
    }
    if wanted("oauth-store-postgres") {
        durable::postgres(rounds)?;
    }
    if wanted("oauth-serve-start") {
        start::run(rounds)?;
    }
    Ok(())
}

//! `cargo xtask peers`: real peers against our own ends, over real sockets.
use anyhow::Result;
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {}
pub(crate) fn run(_: &Arguments) -> Result<()> {
    Ok(())
}

//! `cargo xtask check-layers`: what the architecture promises about crates, proven from manifests and sources.

mod allow;
mod foreign;
mod heads;
mod msrv;
mod order;
mod pure;
mod tree;

use anyhow::Result;

use crate::run;

/// Where a crate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// Published; knows only lower layers.
    Of(u8),
    /// Beside the layers, published nowhere; may know everything, and nothing knows it.
    Outside,
}

/// Every crate of the workspace.
const LAYERS: [(&str, Layer); 13] = [
    ("oauth-sansio", Layer::Of(0)),
    ("oauth1-core", Layer::Of(1)),
    ("oauth2-core", Layer::Of(1)),
    ("oauth-clock", Layer::Of(1)),
    ("oauth-store", Layer::Of(2)),
    ("oauth-hyper-client", Layer::Of(2)),
    ("oauth-hyper-server", Layer::Of(2)),
    ("oauth-store-postgres", Layer::Of(3)),
    ("oauth-store-sqlite", Layer::Of(3)),
    ("oauth-provider", Layer::Of(4)),
    ("oauth-cli", Layer::Of(5)),
    ("oauth-bench", Layer::Outside),
    ("xtask", Layer::Outside),
];

/// The crates that neither wait, nor read a clock, nor ask for randomness.
const CORES: [&str; 3] = ["oauth-sansio", "oauth1-core", "oauth2-core"];

pub(crate) fn run() -> Result<()> {
    let metadata = run::metadata()?;
    let mut complaints = order::check(&metadata);
    complaints.extend(pure::check()?);
    complaints.extend(heads::check(&metadata)?);
    complaints.extend(msrv::check(&metadata)?);
    complaints.extend(foreign::check(&metadata));
    run::conclude("check-layers", &format!("{} crates", metadata.workspace_members.len()), &complaints)
}

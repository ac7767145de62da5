//! What a crate is built with, all features on, for every platform.
//!
//! `cargo tree` resolves the features of one package alone, so that what another member of the workspace turns on
//! neither hides nor adds anything.

use anyhow::Result;

use crate::run;

/// One line of the tree: a package, and the chain of packages from the crate down to it.
pub(super) struct Branch {
    pub(super) chain: Vec<String>,
    pub(super) name: String,
    pub(super) version: String,
}

/// The normal dependencies of a crate, itself first.
pub(super) fn of(package: &str) -> Result<Vec<Branch>> {
    let printed = run::read(&mut run::cargo([
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--target",
        "all",
        "--all-features",
        "--prefix",
        "depth",
        "--format",
        " {p}",
    ]))?;
    Ok(parse(&printed))
}

/// Reads lines like `2 rand_core v0.10.1`, where the number is the depth.
pub(super) fn parse(printed: &str) -> Vec<Branch> {
    let mut chain: Vec<String> = Vec::new();
    let mut branches = Vec::new();
    for line in printed.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name), Some(version)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        chain.truncate(depth.parse().unwrap_or(0));
        chain.push(name.to_owned());
        let version = version.trim_start_matches('v').to_owned();
        branches.push(Branch { chain: chain.clone(), name: name.to_owned(), version });
    }
    branches
}

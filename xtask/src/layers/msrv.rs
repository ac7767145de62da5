//! No dependency of a published crate asks for a newer Rust than the workspace does.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, semver::Version};

use super::{LAYERS, Layer, tree};

pub(super) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let needs: BTreeMap<(String, String), &Version> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let version = package.rust_version.as_ref()?;
            Some(((package.name.to_string(), package.version.to_string()), version))
        })
        .collect();
    let mut complaints = Vec::new();
    for package in metadata.workspace_packages() {
        let outside = LAYERS.contains(&(package.name.as_str(), Layer::Outside));
        if outside {
            continue;
        }
        let msrv =
            package.rust_version.as_ref().with_context(|| format!("{} has no rust-version", package.name))?;
        complaints.extend(too_new(&tree::of(&package.name)?, &needs, msrv));
    }
    complaints.sort();
    complaints.dedup();
    Ok(complaints)
}

fn too_new(
    branches: &[tree::Branch],
    needs: &BTreeMap<(String, String), &Version>,
    msrv: &Version,
) -> Vec<String> {
    let newer = branches.iter().filter_map(|branch| {
        let needed = needs.get(&(branch.name.clone(), branch.version.clone()))?;
        (*needed > msrv).then(|| {
            format!("{} {} needs Rust {needed}, the workspace promises {msrv}", branch.name, branch.version)
        })
    });
    newer.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_needs_a_newer_rust_is_named() {
        let (old, new) = (Version::new(1, 70, 0), Version::new(1, 91, 0));
        let needs = BTreeMap::from([
            (("bytes".into(), "1.12.2".into()), &old),
            (("shiny".into(), "2.0.0".into()), &new),
            (("shiny".into(), "1.0.0".into()), &old),
        ]);
        let tree = tree::parse("0 oauth-cli v0.1.0\n1 bytes v1.12.2\n1 shiny v2.0.0\n2 shiny v1.0.0\n");
        let complaints = too_new(&tree, &needs, &Version::new(1, 88, 0));
        assert_eq!(complaints, ["shiny 2.0.0 needs Rust 1.91.0, the workspace promises 1.88.0"]);
    }
}

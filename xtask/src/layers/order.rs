//! A lower layer never knows a higher one.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata};

use super::{LAYERS, Layer};

/// Within one layer, only these (crate, what it may use).
const BESIDE: [(&str, &str); 2] =
    [("oauth-hyper-server", "oauth-store"), ("oauth-hyper-server", "oauth-hyper-client")];

pub(super) fn check(metadata: &Metadata) -> Vec<String> {
    let members: BTreeMap<String, Vec<String>> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let counts = |kind| matches!(kind, DependencyKind::Normal | DependencyKind::Build);
            let uses = package.dependencies.iter().filter(|dependency| counts(dependency.kind));
            (package.name.to_string(), uses.map(|dependency| dependency.name.clone()).collect())
        })
        .collect();
    complaints(&members)
}

fn complaints(members: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, uses) in members {
        let Some(own) = layer(name) else {
            complaints.push(format!("{name} has no layer; give it one in xtask/src/layers/mod.rs"));
            continue;
        };
        for used in uses.iter().filter(|used| members.contains_key(*used)) {
            let allowed = match layer(used) {
                None => true, // complained about on its own
                Some(Layer::Outside) => false,
                Some(other) => other < own || BESIDE.contains(&(name.as_str(), used.as_str())),
            };
            if !allowed {
                complaints.push(format!("{name} must not use {used}: it is not in a lower layer"));
            }
        }
    }
    complaints
}

fn layer(name: &str) -> Option<Layer> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(uses: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        uses.iter().map(|(name, uses)| ((*name).into(), uses.iter().map(|u| (*u).into()).collect())).collect()
    }

    #[test]
    fn a_crate_may_use_lower_layers_and_foreign_crates() {
        let good = members(&[
            ("oauth-sansio", &["http"]),
            ("oauth1-core", &["oauth-sansio"]),
            ("oauth-store", &["oauth1-core"]),
            ("oauth-hyper-server", &["oauth-store", "oauth1-core"]),
            ("xtask", &["oauth-hyper-server"]),
        ]);
        assert_eq!(complaints(&good), Vec::<String>::new());
    }

    #[test]
    fn looking_up_or_sideways_is_refused() {
        for (name, used) in [
            ("oauth-sansio", "oauth1-core"),
            ("oauth1-core", "oauth2-core"),
            ("oauth-store", "oauth-hyper-server"),
            ("oauth-cli", "xtask"),
        ] {
            let bad = members(&[(name, &[used]), (used, &[])]);
            assert_eq!(complaints(&bad).len(), 1, "{name} -> {used}");
        }
    }

    #[test]
    fn a_crate_without_a_layer_is_refused() {
        assert_eq!(complaints(&members(&[("oauth-new", &[])])).len(), 1);
    }
}

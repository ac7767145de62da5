//! Every core forbids unsafe code and whatever panics on bad input, at the head of its `lib.rs`.

use std::fs;

use anyhow::{Context as _, Result};
use cargo_metadata::Metadata;
use syn::{Attribute, Meta};

use super::CORES;

/// Attributes as they read without white space.
const HEAD: [&str; 2] = [
    "forbid(unsafe_code)",
    "cfg_attr(not(test),deny(clippy::unwrap_used,clippy::expect_used,clippy::panic,clippy::indexing_slicing))",
];

pub(super) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for package in metadata.workspace_packages() {
        if CORES.contains(&package.name.as_str()) {
            let path = package.manifest_path.with_file_name("src/lib.rs");
            let source = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
            let missing = missing(&source).with_context(|| format!("cannot parse {path}"))?;
            complaints.extend(missing.iter().map(|line| format!("{} lacks #![{line}]", package.name)));
        }
    }
    Ok(complaints)
}

fn missing(source: &str) -> syn::Result<Vec<&'static str>> {
    let file = syn::parse_file(source)?;
    let there: Vec<String> = file.attrs.iter().map(written).collect();
    Ok(HEAD.into_iter().filter(|line| !there.iter().any(|attribute| attribute == line)).collect())
}

fn written(attribute: &Attribute) -> String {
    match &attribute.meta {
        Meta::List(list) => {
            let name = list.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let inside: String = list.tokens.to_string().split_whitespace().collect();
            format!("{name}({})", inside.trim_end_matches(','))
        }
        Meta::Path(_) | Meta::NameValue(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_head_passes() {
        let source = "//! Doc.\n#![forbid(unsafe_code)]\n#![cfg_attr(\n    not(test),\n    deny(clippy::unwrap_used, \
                      clippy::expect_used, clippy::panic, clippy::indexing_slicing)\n)]\n";
        assert!(missing(source).unwrap().is_empty());
    }

    #[test]
    fn a_weaker_or_commented_head_is_seen() {
        let source = "//! #![forbid(unsafe_code)]\n#![deny(unsafe_code)]\n\
                      #![cfg_attr(not(test), deny(clippy::unwrap_used))]\n";
        assert_eq!(missing(source).unwrap(), HEAD);
    }
}

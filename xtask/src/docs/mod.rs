//! `cargo xtask check-docs`: what the documents say can be followed and is there.

mod attacks;
mod links;
mod markdown;
mod named_tests;
mod test_index;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use walkdir::{DirEntry, WalkDir};

use self::{markdown::Document, test_index::TestIndex};
use crate::run;

/// The document that accounts for every known attack.
const ATTACKS: &str = "docs/attacks.md";

pub(crate) fn run() -> Result<()> {
    let documents = documents()?;
    let tests = TestIndex::read(&run::root().join("crates"))?;
    let mut complaints = links::check(&documents);
    let docs = documents.iter().filter(|document| document.path.starts_with("docs"));
    complaints.extend(docs.flat_map(|document| named_tests::check(document, &tests)));
    let attacks = documents.iter().find(|document| document.path.as_os_str() == ATTACKS);
    complaints.extend(attacks::check(attacks.context(ATTACKS)?, &tests));
    let looked_at = format!("{} documents, {} tests", documents.len(), tests.len());
    run::conclude("check-docs", &looked_at, &complaints)
}

/// Every Markdown file of the project, its path relative to the root.
fn documents() -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for entry in WalkDir::new(run::root()).sort_by_file_name().into_iter().filter_entry(is_ours) {
        let path: PathBuf = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            documents.push(Document::parse(path.strip_prefix(run::root()).unwrap_or(&path), &text));
        }
    }
    Ok(documents)
}

/// Not what is hidden, built or installed.
fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || ["target", "node_modules"].contains(&name.as_ref()))
}

//! Relative links lead to a file of the project, and their anchors to a heading.

use std::path::{Component, Path, PathBuf};

use super::markdown::{Document, Link};
use crate::run;

pub(super) fn check(documents: &[Document]) -> Vec<String> {
    complaints(documents, &|path| run::root().join(path).exists())
}

fn complaints(documents: &[Document], exists: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let each = documents.iter().flat_map(|document| {
        let broken = move |link: &Link| {
            let reason = problem(&document.path, &link.target, documents, exists)?;
            Some(format!("{}:{}: `{}` {reason}", document.path.display(), link.line, link.target))
        };
        document.links.iter().filter_map(broken)
    });
    each.collect()
}

fn problem(
    from: &Path,
    target: &str,
    documents: &[Document],
    exists: &dyn Fn(&Path) -> bool,
) -> Option<&'static str> {
    if target.split(['/', '#']).next().is_some_and(|head| head.contains(':')) {
        return None; // another site
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() { Some(from.to_owned()) } else { join(from, path) };
    let Some(file) = file else { return Some("leads out of the project") };
    if !exists(&file) {
        return Some("leads nowhere");
    }
    let document = documents.iter().find(|document| document.path == file)?;
    let known = anchor.is_none_or(|anchor| document.anchors.contains(anchor));
    (!known).then_some("names no heading of that document")
}

/// `path` as seen from the document `from`, relative to the root.
fn join(from: &Path, path: &str) -> Option<PathBuf> {
    let mut file = from.parent()?.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => file.push(name),
            Component::ParentDir => file.pop().then_some(())?,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(link: &str) -> usize {
        let documents = [
            Document::parse(Path::new("docs/a.md"), &format!("# Here\n[x]({link})\n")),
            Document::parse(Path::new("README.md"), "# Top\n## Two words\n"),
        ];
        let files = ["docs/a.md", "README.md", "docs", "crates/x/src/lib.rs"];
        complaints(&documents, &|path| files.iter().any(|file| Path::new(file) == path)).len()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        for link in [
            "https://example.org/#x",
            "mailto:a@example.org",
            "../README.md",
            "../README.md#two-words",
            "#here",
            "./a.md",
            "../docs",
            "../crates/x/src/lib.rs#L3",
        ] {
            assert_eq!(broken(link), 0, "{link}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_named() {
        for link in ["b.md", "README.md", "../README.md#three", "#there", "../../x", "/etc/passwd", "a.md#x"]
        {
            assert_eq!(broken(link), 1, "{link}");
        }
    }
}

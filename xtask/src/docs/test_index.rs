//! All tests of the workspace, read from the sources.

use std::{collections::BTreeMap, ffi::OsStr, fs, path::Path};

use anyhow::{Context as _, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Item,
    visit::{self, Visit},
};
use walkdir::WalkDir;

/// Test names, each with the paths (crate, modules) at which a test of that name stands.
#[derive(Default)]
pub(super) struct TestIndex(BTreeMap<String, Vec<Vec<String>>>);

impl TestIndex {
    /// Reads every Rust file below `crates`.
    pub(super) fn read(crates: &Path) -> Result<Self> {
        let mut index = Self::default();
        for entry in WalkDir::new(crates).sort_by_file_name() {
            let entry = entry?;
            if entry.path().extension() == Some(OsStr::new("rs")) {
                let file = entry.path();
                let source =
                    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
                let path = module_path(file.strip_prefix(crates).unwrap_or(file));
                index.add(path, &source).with_context(|| format!("cannot parse {}", file.display()))?;
            }
        }
        Ok(index)
    }

    /// Adds the tests of one file; `path` is its crate and module.
    pub(super) fn add(&mut self, path: Vec<String>, source: &str) -> syn::Result<()> {
        Finder { index: self, path }.visit_file(&syn::parse_file(source)?);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// The names of all tests.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a test of this name: `name` alone, or behind some of the crate and modules it stands in, in
    /// order, as in `oauth1_core::server::name`.
    pub(super) fn has(&self, written: &str) -> bool {
        let mut segments: Vec<String> = written.replace('-', "_").split("::").map(str::to_owned).collect();
        let name = segments.pop().unwrap_or_default();
        let places = self.0.get(&name).into_iter().flatten();
        places.into_iter().any(|place| {
            let mut rest = place.iter();
            segments.iter().all(|segment| rest.any(|module| module == segment))
        })
    }
}

struct Finder<'a> {
    index: &'a mut TestIndex,
    path: Vec<String>,
}

impl Finder<'_> {
    fn found(&mut self, name: String) {
        self.index.0.entry(name).or_default().push(self.path.clone());
    }

    /// Tests inside a macro call (`proptest!`) or definition: `#[..test] fn name`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut is_test = false;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    if let Some(TokenTree::Group(group)) = tokens.peek() {
                        is_test |= group.delimiter() == Delimiter::Bracket && ends_in_test(&group.stream());
                    }
                }
                TokenTree::Ident(word) if word == "fn" => {
                    if let Some(TokenTree::Ident(name)) = tokens.peek() {
                        let name = name.to_string();
                        if std::mem::take(&mut is_test) {
                            self.found(name);
                        }
                    }
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    is_test = false;
                    self.tokens(group.stream());
                }
                TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Fn(f)
                if f.attrs.iter().any(|a| a.path().segments.last().is_some_and(|s| s.ident == "test")) =>
            {
                self.found(f.sig.ident.to_string());
            }
            Item::Mod(module) => {
                self.path.push(module.ident.to_string());
                visit::visit_item_mod(self, module);
                self.path.pop();
            }
            Item::Macro(call) => self.tokens(call.mac.tokens.clone()),
            _ => {}
        }
    }
}

fn ends_in_test(attribute: &TokenStream) -> bool {
    let words = attribute.clone().into_iter();
    let path = words.take_while(|token| !matches!(token, TokenTree::Group(_)));
    path.last().is_some_and(|token| token.to_string() == "test")
}

/// `oauth1-core/src/server/mod.rs` is `oauth1_core::server`.
fn module_path(file: &Path) -> Vec<String> {
    let file = file.with_extension("");
    let parts = file.iter().map(|part| part.to_string_lossy().replace('-', "_"));
    parts.filter(|part| !["src", "tests", "mod", "lib", "main"].contains(&part.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> TestIndex {
        let source = r#"
            fn helper() {}
            #[cfg(test)]
            mod tests {
                #[test] fn plain() {}
                #[tokio::test(flavor = "current_thread")] async fn waiting() {}
                #[cfg(test)] fn no_test() {}
                proptest::proptest! {
                    #![proptest_config(Config::default())]
                    #[test]
                    #[doc = "x"]
                    fn property(a in 0..3) { fn inner() {} }
                    fn no_property() {}
                }
                macro_rules! kit { ($s:ident) => { #[tokio::test] async fn from_the_kit() {} }; }
            }
        "#;
        let mut index = TestIndex::default();
        index.add(module_path(Path::new("oauth1-core/src/server/mod.rs")), source).unwrap();
        index
    }

    #[test]
    fn tests_are_found_plain_waiting_and_in_macros() {
        let index = index();
        assert_eq!(index.names().collect::<Vec<_>>(), ["from_the_kit", "plain", "property", "waiting"]);
    }

    #[test]
    fn a_path_must_fit() {
        let index = index();
        for yes in
            ["plain", "tests::plain", "oauth1_core::server::plain", "oauth1-core::server::tests::plain"]
        {
            assert!(index.has(yes), "{yes}");
        }
        for no in ["helper", "no_test", "oauth2_core::plain", "server::oauth1_core::plain", "", "plain::"] {
            assert!(!index.has(no), "{no}");
        }
    }
}

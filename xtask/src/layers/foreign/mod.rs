//! Foreign types in public signatures come from the allow-list.
//!
//! Read from the sources, as they are built without tests: every path in a `pub` item is followed through the `use`
//! declarations to the crate it comes from. `pub` items in private modules count as public; the lint
//! `unreachable_pub` sees to it that they are.

mod crate_tree;
mod surface;

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, Package};

use self::crate_tree::{Crate, Origin};
use super::{LAYERS, Layer, allow};
use crate::run;

/// Layers whose public signatures are checked: what others build on.
const CHECKED: std::ops::RangeInclusive<Layer> = Layer::Of(0)..=Layer::Of(2);

pub(super) fn check(metadata: &Metadata) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in metadata.workspace_packages() {
        let layer = LAYERS.iter().find(|(name, _)| package.name == *name).map(|(_, layer)| layer);
        if layer.is_some_and(|layer| CHECKED.contains(layer)) {
            let root = package.manifest_path.with_file_name("src/lib.rs");
            match Crate::load(root.as_std_path(), dependencies(package)) {
                Ok(tree) => complaints.extend(unknown(&package.name, &tree)),
                Err(error) => complaints.push(format!("{error:#}")),
            }
        }
    }
    complaints
}

fn unknown(package: &str, tree: &Crate) -> Vec<String> {
    let mut complaints = BTreeSet::new();
    for module in tree.modules.values() {
        let file = module.file.strip_prefix(run::root()).unwrap_or(&module.file).display();
        for mention in surface::mentions(module, &tree.public_types()) {
            match tree.origin(&module.path, &mention.path) {
                Origin::Local => {}
                Origin::Foreign(root) if allow::may_show(package, &root) => {}
                Origin::Foreign(root) => {
                    complaints.insert(format!(
                        "{file}:{}: `{}` shows `{root}`, which is not on the list for {package}",
                        mention.line,
                        mention.path.join("::"),
                    ));
                }
            }
        }
        for glob in module.globs.iter().filter(|glob| tree.origin(&module.path, glob) != Origin::Local) {
            complaints.insert(format!("{file}: `use {}::*` hides what it brings in", glob.join("::")));
        }
    }
    complaints.into_iter().collect()
}

/// The names under which a crate's sources know its dependencies.
fn dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal
        .map(|dependency| dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(source: &str) -> Vec<String> {
        let dependencies = ["http", "reqwest", "serde", "thiserror"].map(String::from).into();
        unknown("oauth2-core", &Crate::from_source(source, dependencies).unwrap())
    }

    #[test]
    fn allowed_and_own_types_pass() {
        let source = "use http::header::{self, HeaderName}; use std::sync::Arc; mod inner { pub struct Own(u8); }
            pub use inner::Own;
            pub fn f(a: HeaderName, b: header::HeaderValue, c: Arc<Own>) -> Result<http::Uri, std::fmt::Error> { g() }
            #[derive(Debug, thiserror::Error)] pub enum E { A(Own) }";
        assert_eq!(complaints(source), Vec::<String>::new());
    }

    #[test]
    fn foreign_types_are_found_wherever_they_show() {
        for source in [
            "pub fn f(a: reqwest::Client) {}",
            "pub fn f() -> Option<Vec<reqwest::Client>> { None }",
            "use reqwest::Client; pub fn f(a: &Client) {}",
            "use reqwest as r; pub struct S { pub a: r::Client }",
            "use ::reqwest::Client as C; pub struct S(pub C);",
            "pub enum E { A { inner: reqwest::Error } }",
            "pub trait T: reqwest::Same { }",
            "pub trait T { fn f(&self) -> impl Iterator<Item = reqwest::Client>; }",
            "pub type T = reqwest::Client;",
            "pub use reqwest::Client;",
            "pub use reqwest;",
            "pub const C: reqwest::Version = reqwest::Version::A;",
            "pub struct S; impl From<reqwest::Error> for S { fn from(e: reqwest::Error) -> S { S } }",
            "pub struct S; impl reqwest::IntoUrl for S { }",
            "pub struct S; impl Iterator for S { type Item = reqwest::Client; }",
            "pub struct S; impl S { pub fn f<T>(t: T) where T: reqwest::IntoUrl {} }",
            "pub struct S; mod m { impl super::S { pub fn f(t: reqwest::Client) {} } }",
            "use reqwest::Client; mod m { use super::Client; pub struct S { pub c: Client } }",
            "use reqwest::Client; mod m { use super::*; pub struct S { pub c: Client } }",
            "mod seam { pub(crate) use reqwest::Client; } pub fn f(c: crate::seam::Client) {}",
            "#[derive(reqwest::Magic)] pub struct S;",
        ] {
            assert_eq!(complaints(source).len(), 1, "{source}: {:?}", complaints(source));
        }
        assert_eq!(complaints("use reqwest::*;").len(), 1);
    }

    #[test]
    fn what_is_not_public_may_use_anything() {
        for source in [
            "fn f(a: reqwest::Client) {}",
            "pub(crate) fn f(a: reqwest::Client) {}",
            "pub struct S { a: reqwest::Client } impl S { fn f(a: reqwest::Client) {} }",
            "struct S; impl From<reqwest::Error> for S { fn from(e: reqwest::Error) -> S { S } }",
            "pub fn f() { let x: reqwest::Client = reqwest::get(); }",
            "#[cfg(test)] mod tests { pub fn f(a: reqwest::Client) {} }",
            "#[cfg(any(test, fuzzing))] pub fn f(a: reqwest::Client) {}",
            "use reqwest::Client; mod m { pub struct Client; pub fn f(c: Client) {} }",
        ] {
            assert_eq!(complaints(source), Vec::<String>::new(), "{source}");
        }
    }
}
